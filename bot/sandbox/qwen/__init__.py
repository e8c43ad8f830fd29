"""A Qwen-TTS on loopback: `SandboxQwen`, its options, and faults to switch on."""

from bot.sandbox.qwen.options import Counting, QwenOptions, Throttle
from bot.sandbox.qwen.requests import RequestRecord
from bot.sandbox.qwen.server import SandboxQwen
from bot.sandbox.qwen.wav import WavShape, WavSizes

__all__ = [
    "Counting",
    "QwenOptions",
    "RequestRecord",
    "SandboxQwen",
    "Throttle",
    "WavShape",
    "WavSizes",
]
