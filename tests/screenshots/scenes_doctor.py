"""What everyone can ask when nothing is heard."""

from __future__ import annotations

from simcord import ChannelHandle, MemberActor

from bot.voice.session import VoiceSession
from tests.cogs.fakes import FakePresence
from tests.screenshots.conftest import Picture


async def test_what_is_wrong_now(
    picture: Picture,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    session: VoiceSession,
    calls: list[FakePresence],
) -> None:
    await alice.join_voice(lounge)
    await alice.slash(chat, "say", text="Hello there, this is Ann.")
    session.pause()
    await picture("doctor", alice, await alice.slash(chat, "doctor"))
