"""A message that is not read, and the answer to why."""

from __future__ import annotations

from collections.abc import Iterator

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import Bot
from bot.policy.admission import Silence
from bot.policy.silence import sentence
from bot.voice.session import VoiceSession
from tests.cogs.answers import private_answer
from tests.cogs.fakes import AttentiveSynthesizer
from tests.cogs.reading import until_it_is


@pytest.fixture(autouse=True)
def _today(today: None) -> None:
    """Messages are of this moment, or all would come too late."""


@pytest.fixture
async def alice(alice: MemberActor, lounge: ChannelHandle) -> MemberActor:
    """A member who is in the lounge."""
    await alice.join_voice(lounge)
    return alice


@pytest.fixture
def called(session: VoiceSession) -> None:
    """The bot is in the lounge."""


class Why:
    """Waits until the bot is silent for the reason of a test, and asks it why."""

    def __init__(
        self, env: Env, bot: Bot, synthesizer: AttentiveSynthesizer, silence: Silence
    ) -> None:
        self._env = env
        self._bot = bot
        self._synthesizer = synthesizer
        self._silence = silence
        self.has_asked = False

    async def __call__(
        self, asker: MemberActor, channel: ChannelHandle, message: discord.Message
    ) -> None:
        """Ask about a message of which nothing was said."""
        asked = len(self._synthesizer.asked)
        await self.broken_off(asker, channel, message)
        assert len(self._synthesizer.asked) == asked, "it was read"

    async def broken_off(
        self, asker: MemberActor, channel: ChannelHandle, message: discord.Message
    ) -> None:
        """Ask about a message that was accepted, and not said to its end."""
        await until_it_is(self._bot, message, self._silence)
        result = await asker.slash(channel, "read why", message=str(message.id))
        assert private_answer(self._env, result) == sentence(self._silence)
        self.has_asked = True


@pytest.fixture
def why(env: Env, bot: Bot, synthesizer: AttentiveSynthesizer, silence: Silence) -> Iterator[Why]:
    why = Why(env, bot, synthesizer, silence)
    yield why
    assert why.has_asked
