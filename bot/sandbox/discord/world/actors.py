"""What a person does in front of a Discord client."""

from __future__ import annotations

from bot.sandbox.discord.world.branching import Branching
from bot.sandbox.discord.world.moderating import Moderating
from bot.sandbox.discord.world.talking import Talking
from bot.sandbox.discord.world.using import Using
from bot.sandbox.discord.world.writing import Writing


class Actor(Writing, Branching, Using, Talking, Moderating):
    """A person who reads, writes, clicks, talks and moderates."""
