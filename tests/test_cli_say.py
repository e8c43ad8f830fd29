"""`say`, as far as it gets without a speech service."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bot import cli

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = "http://127.0.0.1:9/api/v1"
"""Asking there for speech would be another error."""


@pytest.mark.parametrize("target", ["missing/speech.wav", "folder", "file/speech.wav"])
def test_before_any_speech_is_made_the_file_must_be_one_that_can_be_written(
    target: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-0000")
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", NOBODY)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(sys, "argv", ["oriole", "say", "Ahoy", "-o", target])
    with pytest.raises(SystemExit) as ended:
        cli.main()

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{target} cannot be written: ")
    assert ended.value.code == 1
    assert sorted(tmp_path.rglob("*")) == before
