"""The real, unpatched discord.py in a call of the sandbox, heard by its listeners."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import discord
import pytest

from bot.sandbox.discord.channels import Channel
from bot.sandbox.discord.guilds import Guild
from bot.sandbox.discord.server import DiscordOptions, SandboxDiscord
from bot.sandbox.discord.voice.heard import Heard
from bot.sandbox.discord.voice.listener import Listener
from bot.sandbox.discord.voice.options import VoiceOptions
from tests.sandbox._voice_sound import likeness, opus_packets, syllables
from tests.sandbox.discord_kit import Client, point_at, running

TIMEOUT_S = 10.0
QUIET_MS = 150
MAX_GAP_MS = 60
FRAME_SAMPLES = 960
SAID = syllables()
PACKETS = opus_packets(SAID)


class Clip(discord.AudioSource):
    """Opus packets, and what is to happen in the loop when one of them is read."""

    def __init__(
        self, packets: list[bytes], events: Mapping[int, Callable[[], object]] | None = None
    ) -> None:
        self._packets = enumerate(packets)
        self._events = events or {}
        self._loop = asyncio.get_running_loop()
        self.done = asyncio.Event()

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        number, packet = next(self._packets, (-1, b""))
        if number in self._events:
            self._loop.call_soon_threadsafe(self._events[number])
        return packet

    def over(self, _: Exception | None) -> None:
        self._loop.call_soon_threadsafe(self.done.set)


@dataclass
class Scene:
    """A bot in a guild with one voice channel."""

    sandbox: SandboxDiscord
    guild: Guild
    channel: Channel
    client: Client

    @property
    def bot_id(self) -> int:
        assert self.client.user is not None
        return self.client.user.id

    async def listener(self, name: str) -> Listener:
        person = self.guild.add_member(name)
        return await person.join_voice(self.channel)

    async def connect(self) -> discord.VoiceClient:
        channel = self.client.get_channel(self.channel.id)
        assert isinstance(channel, discord.VoiceChannel)
        return await channel.connect(timeout=TIMEOUT_S)

    async def group_of(self, count: int) -> None:
        """Wait until so many share the keys, the listeners among them."""
        call = self.sandbox.voice.call(self.channel.id)
        assert call is not None
        ears = [member.ear for member in self.guild.members.values() if member.ear]
        for ear in ears:
            await ear.wait_until(
                lambda: len(call.encrypted_members) == count and call.is_settled,
                timeout_s=TIMEOUT_S,
            )

    async def play(self, voice: discord.VoiceClient, clip: Clip) -> None:
        voice.play(clip, after=clip.over)
        async with asyncio.timeout(TIMEOUT_S):
            await clip.done.wait()

    async def heard_by(self, listener: Listener) -> Heard:
        return await listener.wait_until_quiet(self.bot_id, quiet_ms=QUIET_MS, timeout_s=TIMEOUT_S)


@contextlib.asynccontextmanager
async def scene(
    monkeypatch: pytest.MonkeyPatch, voice: VoiceOptions | None = None
) -> AsyncIterator[Scene]:
    options = DiscordOptions(voice=voice or VoiceOptions())
    async with SandboxDiscord(options) as sandbox:
        guild = sandbox.add_guild("Guild")
        channel = guild.add_voice_channel("Lounge")
        point_at(sandbox, monkeypatch)
        trust = ssl.create_default_context(cafile=sandbox.ca_file)
        client = Client(connector=aiohttp.TCPConnector(ssl=trust))
        async with running(client, sandbox):
            yield Scene(sandbox, guild, channel, client)


async def test_a_listener_hears_what_the_bot_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(listener)
        assert voice.mode == "aead_xchacha20_poly1305_rtpsize"
        assert voice.voice_privacy_code is not None
    assert likeness(heard.pcm, SAID) > 0.95
    assert heard.counts.decrypted == len(PACKETS)
    assert heard.counts.plain == heard.counts.undecryptable == heard.counts.lost == 0


async def test_two_listeners_hear_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listeners = [await stage.listener("Ann"), await stage.listener("Ben")]
        voice = await stage.connect()
        await stage.group_of(3)
        await stage.play(voice, Clip(PACKETS))
        heard = [await stage.heard_by(listener) for listener in listeners]
    assert min(likeness(each.pcm, SAID) for each in heard) > 0.95


async def test_nobody_notices_that_somebody_else_comes_and_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        guest = stage.guild.add_member("Ben")
        ears: list[Listener] = []
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[None]] = []

        async def come() -> None:
            ears.append(await guest.join_voice(stage.channel))

        events = {
            15: lambda: tasks.append(loop.create_task(come())),
            45: lambda: tasks.append(loop.create_task(guest.leave_voice())),
        }
        await stage.play(voice, Clip(PACKETS, events))
        heard = await stage.heard_by(listener)
        await asyncio.gather(*tasks)
    assert likeness(heard.pcm, SAID) > 0.95
    assert heard.counts.undecryptable == heard.counts.plain == 0
    assert max(heard.gaps_ms()) < MAX_GAP_MS
    assert ears[0].heard(stage.bot_id).counts.decrypted > 20


async def test_audio_turns_from_plain_to_encrypted_when_somebody_joins_the_lonely_bot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        voice = await stage.connect()
        person = stage.guild.add_member("Ann")
        loop = asyncio.get_running_loop()
        tasks: list[asyncio.Task[Listener]] = []
        join = {10: lambda: tasks.append(loop.create_task(person.join_voice(stage.channel)))}
        await stage.play(voice, Clip(PACKETS, join))
        listener = await tasks[0]
        heard = await stage.heard_by(listener)
    missed = len(PACKETS) - heard.counts.decrypted
    assert missed < 25
    assert likeness(heard.pcm, SAID[missed * FRAME_SAMPLES :]) > 0.95


async def test_a_bot_that_lost_its_listener_speaks_encrypted_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        first = stage.guild.add_member("Ann")
        await first.join_voice(stage.channel)
        voice = await stage.connect()
        await stage.group_of(2)
        await first.leave_voice()
        second = await stage.listener("Ben")
        await second.wait_until_encrypted(timeout_s=TIMEOUT_S)
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(second)
    assert likeness(heard.pcm, SAID) > 0.95


async def test_the_bot_hears_a_member(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        session = stage.sandbox.voice.session(stage.guild.id, stage.bot_id)
        assert session is not None
        received: list[bytes] = []
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def receive(datagram: bytes) -> None:
            received.append(datagram)
            loop.call_soon_threadsafe(arrived.set)

        voice._connection.add_socket_listener(receive)
        await listener.say(PACKETS[:5])
        async with asyncio.timeout(TIMEOUT_S):
            await arrived.wait()
    assert int.from_bytes(received[0][8:12], "big") == listener.ssrc


async def test_speech_goes_on_when_the_voice_server_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        move = {20: lambda: stage.sandbox.calls.migrate(stage.guild.bot)}
        await stage.play(voice, Clip(PACKETS, move))
        heard = await stage.heard_by(listener)
    assert len({packet.ssrc for packet in heard.packets}) == 2
    assert heard.counts.decrypted > len(PACKETS) - 15


async def test_a_bot_may_leave_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch) as stage:
        listener = await stage.listener("Ann")
        voice = await stage.connect()
        await stage.group_of(2)
        await voice.disconnect()
        voice = await stage.connect()
        await stage.group_of(2)
        await stage.play(voice, Clip(PACKETS))
        heard = await stage.heard_by(listener)
    assert likeness(heard.pcm, SAID) > 0.95
