"""The usual way: wait for the whole speech, let ffmpeg convert it, let discord.py encode it.

It is what most text-to-speech bots do, and what the benchmarks compare with: discord.py's classes
with their defaults, an ffmpeg for every utterance and a player's thread for every call. It is
spared what many of them do besides: to ask for a file and download it, and to write it to a disk.
Run as a program, it reads the same variables as the bot.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
from collections import defaultdict
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.audio import files
from bot.audio.encode import load_opus
from bot.models import AudioFormat
from tests.benchmarks._ffmpeg import find_ffmpeg
from tests.benchmarks._window import Pane

WAV_HEADER_BYTES = 44
PATH = "/services/aigc/multimodal-generation/generation"


class NaiveBot(discord.Client):
    """A few commands, one way."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, voice_states=True))
        self.tree = app_commands.CommandTree(self)
        self.pane = Pane()
        self.waiting: dict[int, asyncio.Queue[bytes]] = defaultdict(asyncio.Queue)
        self.speakers: dict[int, asyncio.Task[None]] = {}
        self.joining: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def setup_hook(self) -> None:
        self.pane.open(self)
        commands: list[app_commands.Command[Any, ..., Any]] = [say, join, leave, stop, show]
        for command in commands:
            self.tree.add_command(command)
        await self.tree.sync()

    async def speak(self, guild_id: int, client: discord.VoiceClient) -> None:
        """Play what waits, one after the other."""
        loop = asyncio.get_running_loop()
        while True:
            wav = await self.waiting[guild_id].get()
            ended = asyncio.Event()
            source = discord.FFmpegPCMAudio(
                io.BytesIO(wav), pipe=True, executable=find_ffmpeg().path
            )
            after = lambda _, ended=ended: loop.call_soon_threadsafe(ended.set)  # noqa: E731
            client.play(source, after=after)
            await ended.wait()


Interaction = discord.Interaction[NaiveBot]


@app_commands.command()
async def say(interaction: Interaction, text: str) -> None:
    """Say something."""
    await interaction.response.defer(ephemeral=True)
    client = await call_of(interaction)
    bot, guild_id = interaction.client, client.guild.id
    await bot.waiting[guild_id].put(files.wav(await fetch_whole(text), AudioFormat()))
    if guild_id not in bot.speakers or bot.speakers[guild_id].done():
        bot.speakers[guild_id] = asyncio.create_task(bot.speak(guild_id, client))
    await interaction.followup.send("Speaking.")


@app_commands.command()
async def join(interaction: Interaction) -> None:
    """Join the call."""
    await interaction.response.defer(ephemeral=True)
    await call_of(interaction)
    await interaction.followup.send("Here.")


@app_commands.command()
async def leave(interaction: Interaction) -> None:
    """Leave the call."""
    await interaction.response.defer(ephemeral=True)
    client = await call_of(interaction)
    if speaker := interaction.client.speakers.pop(client.guild.id, None):
        speaker.cancel()
    await client.disconnect(force=True)
    await interaction.followup.send("Gone.")


@app_commands.command()
async def stop(interaction: Interaction) -> None:
    """Fall silent."""
    await interaction.response.send_message("Stopped.", ephemeral=True)
    (await call_of(interaction)).stop()


@app_commands.command()
async def show(interaction: Interaction) -> None:
    """Show something that costs nothing."""
    await interaction.response.send_message("Nothing to see.", ephemeral=True)


async def call_of(interaction: Interaction) -> discord.VoiceClient:
    """Return the call of the guild, joined if need be."""
    guild, member = interaction.guild, interaction.user
    assert guild is not None
    assert isinstance(member, discord.Member)
    assert member.voice is not None
    assert member.voice.channel is not None
    async with interaction.client.joining[guild.id]:
        client = guild.voice_client or await member.voice.channel.connect()
    assert isinstance(client, discord.VoiceClient)
    return client


async def fetch_whole(text: str) -> bytes:
    """Return the PCM of the whole text, once all of it is there."""
    pcm = bytearray()
    body = {"model": "qwen3-tts-flash", "input": {"text": text, "voice": "Cherry"}}
    headers = {
        "Authorization": f"Bearer {os.environ['DASHSCOPE_API_KEY']}",
        "X-DashScope-SSE": "enable",
        "Accept-Encoding": "identity",
    }
    url = os.environ["DASHSCOPE_HTTP_BASE_URL"] + PATH
    async with (
        aiohttp.ClientSession(headers=headers, read_bufsize=1 << 20) as http,
        http.post(url, json=body) as response,
    ):
        async for line in response.content:
            if line.startswith(b"data:"):
                pcm += base64.b64decode(json.loads(line[5:])["output"]["audio"]["data"])
    return bytes(pcm[WAV_HEADER_BYTES:])


if __name__ == "__main__":
    load_opus()
    Route.BASE = os.environ["DISCORD_API_BASE"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY"])
    NaiveBot().run(os.environ["DISCORD_TOKEN"], log_handler=None)
