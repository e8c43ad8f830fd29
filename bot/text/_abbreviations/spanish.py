"""Spanish."""

from __future__ import annotations

from typing import Final

from bot.text._abbreviations.abbreviations import Abbreviations

SPANISH: Final = Abbreviations(
    words={
        "afk": "A F K",
        "asap": "lo antes posible",
        "brb": "ya vuelvo",
        "bss": "besos",
        "btw": "por cierto",
        "eeuu": "Estados Unidos",
        "gg": "G G",
        "grax": "gracias",
        "idk": "no sé",
        "irl": "en la vida real",
        "msj": "mensaje",
        "mñn": "mañana",
        "ntp": "no te preocupes",
        "ofc": "por supuesto",
        "omg": "oh, Dios mío",
        "pls": "por favor",
        "plz": "por favor",
        "porq": "porque",
        "salu2": "saludos",
        "tbh": "la verdad",
        "tbn": "también",
        "thx": "gracias",
        "tkm": "te quiero mucho",
        "tmb": "también",
        "tqm": "te quiero mucho",
        "vdd": "verdad",
        "wtf": "W T F",
        "xfa": "por favor",
        "xfavor": "por favor",
        "xq": "porque",
    },
    small_words={
        "bn": "bien",
        "cnd": "cuando",
        "hno": "hermano",
        "np": "no hay problema",
        "pf": "por favor",
        "pq": "porque",
        "q": "que",
        "tb": "también",
        "tq": "te quiero",
    },
    dotted={
        r"p\.\s?ej\.": "por ejemplo",
        r"etc\.": "etcétera",
        r"EE\.\s?UU\.": "Estados Unidos",
        r"Uds\.": "ustedes",
        r"Ud\.": "usted",
    },
)
