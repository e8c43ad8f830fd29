"""Speech that is cut off fades instead of clicking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bot.audio.encode import (
    FRAME_BYTES,
    LOOKAHEAD_SAMPLES,
    Framer,
    SpeechDecoder,
    SpeechEncoder,
)
from bot.audio.samples import from_pcm, to_pcm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.audio.samples import Samples

FADE_FRAMES: Final = 10
WARM_UP_FRAMES: Final = 10
"""Packets gone through before the fade: by then decoder and encoder agree with the listener's."""


def fade_out(packets: Sequence[bytes], start: int, frames: int = FADE_FRAMES) -> list[bytes]:
    """Return packets that continue `packets[:start]` and fall smoothly to silence.

    They last `frames` packets of 20 ms, fewer where fewer are left; none are left, none come.
    Takes about 2 ms with the default length.
    """
    first = max(start - WARM_UP_FRAMES, 0)
    count = min(frames, len(packets) - start)
    if count <= 0:
        return []
    decoder, encoder = SpeechDecoder(), SpeechEncoder()
    # The listener's decoder has heard other packets than this encoder has made.
    encoder.make_independent()
    # One packet more, because the sound comes out of the decoder a little late.
    played = packets[first : start + count + 1]
    pcm = b"".join(decoder.decode_packet(packet) for packet in played)
    due = (start - first + count) * FRAME_BYTES
    sound = from_pcm(pcm[LOOKAHEAD_SAMPLES * 2 :].ljust(due, b"\0")[:due])
    ramp = _ramp(count * FRAME_BYTES // 2)
    sound[-len(ramp) :] *= ramp
    encoded = [encoder.encode_frame(frame) for frame in Framer().push(to_pcm(sound))]
    return encoded[start - first :]


def _ramp(length: int) -> Samples:
    """Return half a cosine from 1 to 0 that is over before the last packet is."""
    falling = length - 3 * LOOKAHEAD_SAMPLES
    curve = 0.5 + 0.5 * np.cos(np.pi * np.arange(length) / falling)
    curve[falling:] = 0.0
    return curve.astype(np.float32)
