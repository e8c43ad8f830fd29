"""`python -m bot voices` lists what this operator offers, and nothing else."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.end_to_end

INTERNATIONAL = "https://dashscope-intl.aliyuncs.com/api/v1"


async def voices(folder: Path, *arguments: str, **settings: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "voices", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env={**os.environ, "COLUMNS": "400", **settings},
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.parametrize(
    ("arguments", "settings", "present", "absent"),
    [
        ((), {}, ["Cherry", "48 voices of qwen3-tts-flash", "qwen-tts-latest"], ["espeak-ng"]),
        ((), {"TTS_MODEL": "qwen-tts"}, ["4 voices of qwen-tts", "Serena"], ["Jennifer"]),
        ((), {"DASHSCOPE_HTTP_BASE_URL": INTERNATIONAL}, ["qwen3-tts-vc"], ["qwen-tts-latest"]),
        ((), {"TTS_PROVIDER": "espeak"}, ["Wren", "10 voices of espeak-ng"], ["qwen", "Cherry"]),
        (
            ("--model", "espeak-ng"),
            {"TTS_FALLBACKS": "espeak"},
            ["10 voices of espeak-ng", "qwen3-tts-flash"],
            ["Cherry"],
        ),
        (
            ("--model", "qwen3-tts-vd-2026-01-26"),
            {},
            ["speaks with the voices you made yourself: give their ids"],
            ["Cherry"],
        ),
    ],
)
async def test_what_is_offered_is_listed(
    tmp_path: Path,
    arguments: tuple[str, ...],
    settings: dict[str, str],
    present: list[str],
    absent: list[str],
) -> None:
    code, output = await voices(tmp_path, *arguments, **settings)
    assert code == 0, output
    assert [word for word in present if word not in output] == []
    assert [word for word in absent if word in output] == []


async def test_a_model_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    code, output = await voices(
        tmp_path, "--model", "qwen-tts", DASHSCOPE_HTTP_BASE_URL=INTERNATIONAL
    )
    assert (code, output.strip()) == (
        64,
        "There is no such speech model. Pick one from the list, such as qwen3-tts-flash.",
    )
