"""Files say what is in them."""

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from bot.audio import files
from bot.models import AudioFormat
from tests.audio.test_encode import RATE, tone


@pytest.mark.parametrize("seconds", [0.0, 0.1, 2.5])
def test_a_wav_header_tells_the_truth(seconds: float) -> None:
    pcm = tone(seconds)

    content = files.wav(pcm, AudioFormat())

    with wave.open(io.BytesIO(content)) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (RATE, 1, 2)
        assert reader.readframes(reader.getnframes()) == pcm
    assert len(content) == files.wav_size(len(pcm))


def test_an_ogg_is_as_long_as_its_pcm_and_many_times_smaller() -> None:
    pcm = tone(3.0)

    content = files.ogg(pcm, AudioFormat())

    with av.open(io.BytesIO(content)) as container:
        assert container.streams.audio[0].codec_context.name == "opus"
        seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
    assert seconds == pytest.approx(3.0, abs=0.1)
    assert len(content) < len(pcm) / 8


@pytest.mark.parametrize(("seconds", "bytes_"), [(0.0, 1), (0.05, 1), (2.5, 25), (60.0, 256)])
def test_a_waveform_has_a_byte_for_each_100_ms_and_no_more_than_discord_takes(
    seconds: float, bytes_: int
) -> None:
    pcm = tone(seconds)

    assert len(files.waveform(pcm, AudioFormat())) == bytes_
    assert files.duration_s(pcm, AudioFormat()) == pytest.approx(seconds)


def test_a_waveform_is_as_high_as_the_speech_is_loud() -> None:
    loud = np.frombuffer(tone(0.1), np.int16)
    pcm = np.concatenate([loud, loud // 2, loud * 0, loud // 4]).tobytes()

    assert list(files.waveform(pcm, AudioFormat())) == pytest.approx([255, 128, 0, 64], abs=1)
    assert not any(files.waveform(bytes(len(pcm)), AudioFormat()))


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "speech.wav"

    files.write(target, b"sound")

    assert target.read_bytes() == b"sound"
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]
