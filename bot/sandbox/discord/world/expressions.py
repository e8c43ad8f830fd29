"""Stickers and custom emoji of a guild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.sandbox.discord.world.snowflakes import Entity

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild

GUILD_STICKER: Final = 2  # "Sticker Types"
PNG, APNG, LOTTIE, GIF = 1, 2, 3, 4  # "Sticker Format Types"


@dataclass(eq=False, repr=False)
class Sticker(Entity):
    """A picture to send as a message."""

    id: int
    guild: Guild
    name: str
    description: str | None = None
    tags: str = ""
    format: int = PNG

    def item(self) -> Json:
        """Return the sticker item object, which is all that messages carry."""
        return {"id": str(self.id), "name": self.name, "format_type": self.format}

    def payload(self) -> Json:
        """Return the sticker object."""
        return self.item() | {
            "description": self.description,
            "tags": self.tags,
            "type": GUILD_STICKER,
            "available": True,
            "guild_id": str(self.guild.id),
        }


@dataclass(eq=False, repr=False)
class Emoji(Entity):
    """A picture to put into a text."""

    id: int
    name: str
    animated: bool = False

    @property
    def mention(self) -> str:
        """Return what stands for this picture in a text."""
        return f"<{'a' if self.animated else ''}:{self.name}:{self.id}>"

    def payload(self) -> Json:
        """Return the emoji object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "roles": [],
            "require_colons": True,
            "managed": False,
            "animated": self.animated,
            "available": True,
        }


class Expressions:
    """What a guild has of its own to express oneself with."""

    def __init__(self, guild: Guild) -> None:
        self._guild = guild
        self.stickers: dict[int, Sticker] = {}
        self.emojis: dict[int, Emoji] = {}

    def add_sticker(self, name: str, *, description: str | None = None, tags: str = "") -> Sticker:
        """Add a sticker and tell everybody."""
        sticker = Sticker(self._guild.world.ids.take(), self._guild, name, description, tags)
        self.stickers[sticker.id] = sticker
        self._announce("GUILD_STICKERS_UPDATE", "stickers", self.sticker_payloads())
        return sticker

    def add_emoji(self, name: str, *, animated: bool = False) -> Emoji:
        """Add an emoji and tell everybody."""
        emoji = Emoji(self._guild.world.ids.take(), name, animated)
        self.emojis[emoji.id] = emoji
        self._announce("GUILD_EMOJIS_UPDATE", "emojis", self.emoji_payloads())
        return emoji

    def sticker_payloads(self) -> list[Json]:
        """Return all stickers."""
        return [sticker.payload() for sticker in self.stickers.values()]

    def emoji_payloads(self) -> list[Json]:
        """Return all emoji."""
        return [emoji.payload() for emoji in self.emojis.values()]

    def _announce(self, event: str, key: str, payloads: list[Json]) -> None:
        self._guild.dispatch(event, {"guild_id": str(self._guild.id), key: payloads})
