"""How people write units, and what Unicode's locale data calls them."""

from __future__ import annotations

from typing import Final

from bot.models import Language

UNITS: Final = {
    **dict.fromkeys(("km/h", "kmh", "km/ч"), "speed-kilometer-per-hour"),
    **dict.fromkeys(("m/s", "м/с"), "speed-meter-per-second"),
    "mph": "speed-mile-per-hour",
    **dict.fromkeys(("km²", "km2", "км²"), "area-square-kilometer"),
    **dict.fromkeys(("m²", "m2", "м²"), "area-square-meter"),
    **dict.fromkeys(("cm²", "cm2", "см²"), "area-square-centimeter"),
    **dict.fromkeys(("m³", "m3", "м³"), "volume-cubic-meter"),
    **dict.fromkeys(("km", "км"), "length-kilometer"),
    **dict.fromkeys((" m", " м"), "length-meter"),
    **dict.fromkeys(("cm", "см"), "length-centimeter"),
    **dict.fromkeys(("mm", "мм"), "length-millimeter"),
    **dict.fromkeys(("kg", "кг"), "mass-kilogram"),
    **dict.fromkeys(("g", "г"), "mass-gram"),
    **dict.fromkeys(("mg", "мг"), "mass-milligram"),
    **dict.fromkeys(("l", "L", "л"), "volume-liter"),
    **dict.fromkeys(("ml", "mL", "мл"), "volume-milliliter"),
    **dict.fromkeys(("kB", "KB", "kb", "кб", "КБ"), "digital-kilobyte"),
    **dict.fromkeys(("MB", "Mb", "mb", "мб", "МБ"), "digital-megabyte"),
    **dict.fromkeys(("GB", "Gb", "gb", "гб", "ГБ"), "digital-gigabyte"),
    **dict.fromkeys(("TB", "Tb", "tb", "тб", "ТБ"), "digital-terabyte"),
    **dict.fromkeys(("kB/s", "KB/s", "kb/s"), "digital-kilobyte/duration-second"),
    **dict.fromkeys(("MB/s", "mb/s"), "digital-megabyte/duration-second"),
    **dict.fromkeys(("GB/s", "gb/s"), "digital-gigabyte/duration-second"),
    **dict.fromkeys(("Mbit/s", "Mbps", "mbps"), "digital-megabit/duration-second"),
    **dict.fromkeys(("Gbit/s", "Gbps", "gbps"), "digital-gigabit/duration-second"),
    **dict.fromkeys(("Hz", "hz", "Гц"), "frequency-hertz"),
    **dict.fromkeys(("kHz", "khz", "кГц"), "frequency-kilohertz"),
    **dict.fromkeys(("MHz", "mhz", "МГц"), "frequency-megahertz"),
    **dict.fromkeys(("GHz", "ghz", "ГГц"), "frequency-gigahertz"),
    **dict.fromkeys(("W", "Вт"), "power-watt"),
    **dict.fromkeys(("kW", "кВт"), "power-kilowatt"),
    **dict.fromkeys(("kWh", "кВтч"), "energy-kilowatt-hour"),
    "kcal": "energy-kilocalorie",
    "V": "electric-volt",
    "mA": "electric-milliampere",
    **dict.fromkeys(("°C", "° C", "ºC", "℃"), "temperature-celsius"),
    **dict.fromkeys(("°F", "° F", "℉"), "temperature-fahrenheit"),
    "°": "angle-degree",
    **dict.fromkeys(("ms", "мс"), "duration-millisecond"),
    **dict.fromkeys((" s", "sec", "secs", "Sek", "сек"), "duration-second"),
    **dict.fromkeys(("min", "mins", "Min", "мин"), "duration-minute"),
    **dict.fromkeys(("h", "hr", "hrs", "Std", "ч"), "duration-hour"),
    "px": "graphics-pixel",
}
"""By how they are written; a space in front means that there must be one, for it is one letter.

Behind a stroke is what they are a rate of.
"""

ENGLISH_UNITS: Final = {
    "mi": "length-mile",
    "ft": "length-foot",
    "yd": "length-yard",
    "oz": "mass-ounce",
    **dict.fromkeys(("lb", "lbs"), "mass-pound"),
}
"""Those that are words elsewhere."""

_SHORT_TIMES: Final = {"duration-minute", "duration-second", "duration-millisecond"}
_FEMININE: Final = {"energy-kilocalorie", "speed-mile-per-hour"}
FEMININE: Final = {
    Language.GERMAN: {*_FEMININE, *_SHORT_TIMES, "duration-hour", "energy-kilowatt-hour"},
    Language.FRENCH: {"energy-kilocalorie", *_SHORT_TIMES, "duration-hour"},
    Language.SPANISH: {*_FEMININE, "duration-hour"},
    Language.ITALIAN: {"energy-kilocalorie", "duration-hour"},
    Language.PORTUGUESE: {*_FEMININE, "duration-hour"},
    Language.RUSSIAN: {*_FEMININE, *_SHORT_TIMES},
}
"""Those with a feminine name."""

ONE: Final = {
    Language.ENGLISH: ("one", "one"),
    Language.GERMAN: ("ein", "eine"),
    Language.FRENCH: ("un", "une"),
    Language.SPANISH: ("un", "una"),
    Language.ITALIAN: ("un", "una"),
    Language.PORTUGUESE: ("um", "uma"),
    Language.RUSSIAN: ("один", "одна"),
}
"""One of something: masculine or neuter, and feminine."""

TWO: Final = {Language.PORTUGUESE: "duas", Language.RUSSIAN: "две"}
"""Two of something feminine, where that is another word."""
