"""The usual way: wait for the whole speech, let ffmpeg convert it, let discord.py encode it.

It is what most text-to-speech bots do, and what the benchmarks compare with. Run as a program, it
reads the same variables as the bot.
"""

from __future__ import annotations

import base64
import io
import json
import os

import aiohttp
import discord
import imageio_ffmpeg  # type: ignore[import-untyped]  # has no annotations
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.audio import files
from bot.audio.encode import load_opus
from bot.models import AudioFormat

WAV_HEADER_BYTES = 44
PATH = "/services/aigc/multimodal-generation/generation"


class NaiveBot(discord.Client):
    """One command, one way."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, voice_states=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.tree.add_command(say)
        await self.tree.sync()


@app_commands.command()
async def say(interaction: discord.Interaction[NaiveBot], text: str) -> None:
    """Say something."""
    await interaction.response.defer(ephemeral=True)
    guild, member = interaction.guild, interaction.user
    assert guild is not None
    assert isinstance(member, discord.Member)
    assert member.voice is not None
    assert member.voice.channel is not None
    client = guild.voice_client or await member.voice.channel.connect()
    assert isinstance(client, discord.VoiceClient)
    wav = files.wav(await fetch_whole(text), AudioFormat())
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    client.play(discord.FFmpegPCMAudio(io.BytesIO(wav), pipe=True, executable=ffmpeg))
    await interaction.followup.send("Speaking.")


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
        aiohttp.ClientSession(headers=headers) as http,
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
