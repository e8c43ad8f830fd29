"""What an answer has cost, in tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.models import AudioFormat
from bot.sandbox.qwen.answers import text_tokens

if TYPE_CHECKING:
    from bot.sandbox.openai.contract import Call

_FRAMES_PER_S: Final = 12.5  # of the codec: what Qwen3-TTS counts as tokens


def usage(call: Call, pcm_bytes: int, rate_hz: int) -> dict[str, Any]:
    """Return the usage object; no speaker of a CustomVoice model costs audio tokens."""
    text = text_tokens(call.text + (call.style or ""))
    output = round(_FRAMES_PER_S * pcm_bytes / (rate_hz * AudioFormat.SAMPLE_WIDTH))
    return {
        "input_tokens": text,
        "output_tokens": output,
        "total_tokens": text + output,
        "input_token_details": {"text_tokens": text, "audio_tokens": 0},
    }


def usage_headers(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the same as the headers of an answer whose body is sound."""
    details = said["input_token_details"]
    counts = {
        "input-tokens": said["input_tokens"],
        "output-tokens": said["output_tokens"],
        "total-tokens": said["total_tokens"],
        "input-text-tokens": details["text_tokens"],
        "input-audio-tokens": details["audio_tokens"],
    }
    return tuple((f"x-vllm-omni-{name}", str(count)) for name, count in counts.items())
