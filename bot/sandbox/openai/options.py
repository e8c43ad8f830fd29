"""What can be set on the sandbox server with OpenAI's speech endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.models import AudioFormat
from bot.sandbox.qwen.wav import WavShape

# vLLM-Omni, "Speech API": the speakers of Qwen3-TTS CustomVoice, as the server spells them.
SPEAKERS = (
    "aiden",
    "dylan",
    "eric",
    "ono_anna",
    "ryan",
    "serena",
    "sohee",
    "uncle_fu",
    "vivian",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIOptions:
    """How the sandbox behaves while no fault is switched on.

    Args:
        port: 0 for any free one.
        key: The only accepted API key; none to ask for none, as vLLM does by default.
        model: The one model it serves.
        voices: Its speakers; a name in any case is one.
        uploaded_voices: Voices that were uploaded to it.
        lists_voices: Has `/v1/audio/voices`; other servers have not.
        is_old: Streams bytes for `stream` alone and knows no `stream_format`, as before March 2026.
        always_events: Streams events whatever format is asked for, as SGLang did before June 2026.
        rate_hz: The rate of its model.
        states_rate: Names that rate in the content type of bare samples.
        wav: What the header of a streamed WAV says.
        first_audio_delay_s: From the request to its first piece of audio.
        real_time_factor: Seconds needed to make one second of speech; 0 for at once.
        piece_ms: Audio in one piece of a stream.
    """

    port: int = 0
    key: str | None = None
    model: str = "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice"
    voices: tuple[str, ...] = SPEAKERS
    uploaded_voices: tuple[str, ...] = ()
    lists_voices: bool = True
    is_old: bool = False
    always_events: bool = False
    rate_hz: int = AudioFormat().rate
    states_rate: bool = False
    wav: WavShape = field(default_factory=WavShape)
    first_audio_delay_s: float = 0.0
    real_time_factor: float = 0.0
    piece_ms: int = 200
