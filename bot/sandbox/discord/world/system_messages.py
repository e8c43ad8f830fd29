"""Messages that Discord itself writes: somebody joined, boosted, pinned, started a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world import posting
from bot.sandbox.discord.world.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.users import User


def post(
    channel: Channel,
    author: User,
    kind: int,
    content: str = "",
    *,
    embeds: Sequence[Json] = (),
    mentions: Sequence[User] = (),
    reference: Json | None = None,
    reply_to: Message | None = None,
) -> Message:
    """Write a system message in somebody's name."""
    message = Message(
        channel.world.ids.take(),
        channel,
        author,
        content,
        type=kind,
        embeds=list(embeds),
        mentions=list(mentions),
        reference=reference or (posting.reference_to(reply_to) if reply_to else None),
        reply_to=reply_to,
    )
    posting.publish(message)
    return message
