"""How settings and ids are written in an export."""

from __future__ import annotations

from typing import Any

from bot.policy.budget import NO_ID
from bot.settings.declare import settings_of


def server_id(guild_id: int) -> str | None:
    """Return the id of a server as text, or nothing where it is no single one."""
    return str(guild_id) if guild_id != NO_ID else None


def written(settings: Any) -> dict[str, Any]:
    """Return what is set, as JSON can hold it."""
    return {
        name: setting.dump(value)
        for name, setting in settings_of(type(settings)).items()
        if (value := getattr(settings, name)) != setting.default
    }


def labels_of(settings: Any) -> list[str]:
    """Return what people call the settings that are set, to be translated."""
    declared = settings_of(type(settings))
    return [declared[name].label for name in written(settings)]
