"""What the bot can do, as members see it."""

from __future__ import annotations

from simcord import ChannelHandle, MemberActor

from tests.screenshots.conftest import Picture


async def test_the_help(picture: Picture, chat: ChannelHandle, alice: MemberActor) -> None:
    await picture("help", alice, await alice.slash(chat, "help"))
