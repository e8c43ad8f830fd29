"""What may be chosen from a menu, and what goes over the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import ComponentError
from bot.sandbox.discord.interactions import components as kinds
from bot.sandbox.discord.interactions.select_rules import bounds
from bot.sandbox.discord.world.attachments import Upload
from bot.sandbox.discord.world.channels import Channel
from bot.sandbox.discord.world.roles import Role
from bot.sandbox.discord.world.users import Someone, User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.options import Resolved

_TAKES: dict[int, tuple[type, ...]] = {
    kinds.USER_SELECT: (Someone, User),
    kinds.ROLE_SELECT: (Role,),
    kinds.MENTIONABLE_SELECT: (Someone, User, Role),
    kinds.CHANNEL_SELECT: (Channel,),
    kinds.FILE_UPLOAD: (Upload,),
}


def chosen_values(menu: Json, values: Sequence[object], resolved: Resolved) -> list[str]:
    """Check a choice against its menu and return the values on the wire."""
    lowest, highest = bounds(menu)
    if not lowest <= len(values) <= highest:
        raise ComponentError(f"choose {lowest} to {highest}")
    if "options" in menu:
        return [option_value(menu["options"], value) for value in values]
    return [_resolve(menu, value, resolved) for value in values]


def option_value(options: list[Json], value: object) -> str:
    """Return the value of the option with this value or label."""
    for option in options:
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise ComponentError(f"there is no {value}, but {', '.join(o['label'] for o in options)}")


def _resolve(menu: Json, value: object, resolved: Resolved) -> str:
    if not isinstance(value, _TAKES[menu["type"]]):
        raise ComponentError(f"this does not take a {type(value).__name__}")
    kinds_offered = menu.get("channel_types")
    if kinds_offered and isinstance(value, Channel) and value.type not in kinds_offered:
        raise ComponentError("this does not take that kind of channel")
    return resolved.add(value)
