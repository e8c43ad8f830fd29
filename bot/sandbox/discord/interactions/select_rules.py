"""Which menus, radio groups and checkbox groups Discord accepts ("Component Reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.interactions import components as kinds

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import FormErrors, Json

MAX_CHOSEN: Final = 25
MAX_OPTIONS: Final = 25
MAX_GROUP_OPTIONS: Final = 10
MAX_OPTION: Final = 100
MAX_PLACEHOLDER: Final = 150

DEFAULT_TYPES = {
    kinds.USER_SELECT: {"user"},
    kinds.ROLE_SELECT: {"role"},
    kinds.MENTIONABLE_SELECT: {"user", "role"},
    kinds.CHANNEL_SELECT: {"channel"},
}


def check_select(select: Json, errors: FormErrors, path: str) -> None:
    """Note what is wrong with a select menu."""
    if not select.get("custom_id"):
        errors.required(f"{path}.custom_id")
    placeholder = str(select.get("placeholder") or "")
    place = f"{path}.placeholder"
    errors.length(place, minimum=0, maximum=MAX_PLACEHOLDER, actual=len(placeholder))
    check_bounds(select, errors, path, most=MAX_CHOSEN)
    if select["type"] == kinds.STRING_SELECT:
        options = select.get("options") or []
        check_options(options, errors, f"{path}.options", fewest=1, most=MAX_OPTIONS)
        _check_chosen(select, [o for o in options if o.get("default")], errors, path)
        return
    _check_defaults(select, errors, path)


def check_bounds(component: Json, errors: FormErrors, path: str, *, most: int) -> None:
    """Note how many may be chosen, if that is no number between 0 or 1 and `most`."""
    lowest, highest = bounds(component)
    for key, value, least in (("min_values", lowest, 0), ("max_values", highest, 1)):
        if not least <= value <= most:
            text = f"int value should be between {least} and {most}."
            errors.add(f"{path}.{key}", "NUMBER_TYPE_RANGE", text)
    if lowest > highest:
        text = "min_values cannot be larger than max_values"
        errors.add(f"{path}.min_values", "SELECT_COMPONENT_MIN_VALUES_TOO_LARGE", text)


def bounds(component: Json) -> tuple[int, int]:
    """Return how many may be chosen at least and at most."""
    lowest, highest = component.get("min_values"), component.get("max_values")
    most = 1
    if component.get("type") == kinds.CHECKBOX_GROUP:
        most = len(component.get("options") or [])
    return 1 if lowest is None else int(lowest), most if highest is None else int(highest)


def check_options(
    options: list[Json], errors: FormErrors, path: str, *, fewest: int, most: int
) -> None:
    """Note what is wrong with the options of a menu or group."""
    errors.length(path, minimum=fewest, maximum=most, actual=len(options))
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        for key in ("label", "value"):
            size = len(str(option.get(key) or ""))
            errors.length(f"{path}.{index}.{key}", minimum=1, maximum=MAX_OPTION, actual=size)
        size = len(str(option.get("description") or ""))
        place = f"{path}.{index}.description"
        errors.length(place, minimum=0, maximum=MAX_OPTION, actual=size)
        if option.get("value") in values[:index]:
            code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
            text = "The specified option value is already used"
            errors.add(f"{path}.{index}.value", code, text)


def _check_chosen(select: Json, chosen: list[Json], errors: FormErrors, path: str) -> None:
    highest = bounds(select)[1]
    options = select.get("options")
    if options is not None and highest > len(options):
        text = "max_values cannot be larger than the number of options"
        errors.add(f"{path}.max_values", "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", text)
    if len(chosen) > highest:
        text = "More options are chosen by default than may be"
        errors.add(path, "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", text)


def _check_defaults(select: Json, errors: FormErrors, path: str) -> None:
    defaults = select.get("default_values") or []
    lowest, highest = bounds(select)
    if defaults:
        # "number of default values must be in the range defined by min_values and max_values"
        place = f"{path}.default_values"
        errors.length(place, minimum=lowest, maximum=highest, actual=len(defaults))
    allowed = DEFAULT_TYPES[select["type"]]
    for index, default in enumerate(defaults):
        if default.get("type") not in allowed:
            errors.choices(f"{path}.default_values.{index}.type", ", ".join(sorted(allowed)))
