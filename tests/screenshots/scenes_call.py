"""What members see of a call."""

from __future__ import annotations

from simcord import ChannelHandle, MemberActor

from tests.cogs.speaking import Speak
from tests.screenshots.conftest import Picture


async def test_the_queue(
    picture: Picture,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    speak: Speak,
) -> None:
    await alice.join_voice(lounge)
    await bob.join_voice(lounge)
    await speak((bob, "Is the kettle on?"), (alice, "Two minutes"), (bob, "I bring biscuits"))
    await picture("queue", alice, await alice.slash(chat, "queue"))
