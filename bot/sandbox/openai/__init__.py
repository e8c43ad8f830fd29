"""A server with OpenAI's speech endpoint on loopback: `SandboxOpenAI` and its options."""

from bot.sandbox.openai.options import OpenAIOptions
from bot.sandbox.openai.server import SandboxOpenAI

__all__ = ["OpenAIOptions", "SandboxOpenAI"]
