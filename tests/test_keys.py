"""An API key that is exchanged while the bot runs."""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path

import pytest

from bot.keys import LOOK_INTERVAL_S, SETTLE_S, ApiKey

OLD, NEW = "sk-old-canary", "sk-new-canary"


class KeyFile:
    """A mounted secret, and the clocks of those who look at it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.write(OLD)
        self.key = ApiKey(OLD, name="DASHSCOPE_API_KEY", file=path, now=lambda: self.now)

    def write(self, content: str, *, age_s: float = 60.0) -> None:
        self.path.write_text(content)
        written = time.time() - age_s
        os.utime(self.path, (written, written))

    def later(self) -> str:
        self.now += LOOK_INTERVAL_S
        return self.key.current()


@pytest.fixture
def mounted(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "key")


def test_a_key_without_a_file_stays(tmp_path: Path) -> None:
    key = ApiKey(OLD)
    assert (key.current(), key.renew(OLD)) == (OLD, False)


def test_a_new_key_is_taken_from_the_file(mounted: KeyFile) -> None:
    mounted.write(f"{NEW}\n", age_s=50.0)
    assert mounted.later() == NEW


def test_the_file_is_looked_at_once_a_second(mounted: KeyFile) -> None:
    assert mounted.later() == OLD
    mounted.write(NEW, age_s=50.0)
    mounted.now += LOOK_INTERVAL_S / 2
    assert mounted.key.current() == OLD
    assert mounted.later() == NEW


def test_the_link_that_kubernetes_exchanges_is_followed(tmp_path: Path) -> None:
    for name, key in (("..1", OLD), ("..2", NEW)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "key").write_text(key)
        os.utime(tmp_path / name / "key", (1e9, 1e9))  # the same time and length
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "key").symlink_to(Path("..data", "key"))
    key = ApiKey(OLD, file=tmp_path / "key", now=count().__next__)
    assert key.current() == OLD

    (tmp_path / "new").symlink_to("..2")
    (tmp_path / "new").replace(tmp_path / "..data")
    assert key.current() == NEW


def test_a_file_that_is_just_being_written_is_left_alone(mounted: KeyFile) -> None:
    mounted.write(NEW[:6], age_s=SETTLE_S / 4)
    assert mounted.later() == OLD
    mounted.write(NEW, age_s=SETTLE_S * 2)
    assert mounted.later() == NEW


def test_a_refused_key_makes_it_look_at_once(mounted: KeyFile) -> None:
    assert mounted.later() == OLD
    mounted.write(NEW, age_s=0.0)
    assert mounted.key.renew(OLD)
    assert mounted.key.current() == NEW
    assert not mounted.key.renew(NEW)


def test_a_key_read_while_it_was_being_written_is_read_again(mounted: KeyFile) -> None:
    mounted.write(NEW[:6], age_s=0.0)
    assert mounted.key.renew(OLD)
    mounted.write(NEW, age_s=SETTLE_S * 2)
    assert mounted.later() == NEW


@pytest.mark.parametrize("content", ["", " \n", '"sk-quoted-canary"', "sk canary two words", None])
def test_what_cannot_be_a_key_is_complained_of_once_and_not_taken(
    mounted: KeyFile, caplog: pytest.LogCaptureFixture, content: str | None
) -> None:
    mounted.path.unlink()
    if content is not None:
        mounted.write(content)
    assert [mounted.later() for _ in range(3)] == [OLD] * 3
    (record,) = caplog.records
    assert record.getMessage().startswith("DASHSCOPE_API_KEY stays as it was: the new one ")
    assert "canary" not in record.getMessage().replace(str(mounted.path), "")

    mounted.write(NEW, age_s=50.0)
    assert mounted.later() == NEW


def test_those_who_asked_are_told_of_a_change_and_only_of_one(mounted: KeyFile) -> None:
    told: list[str] = []
    mounted.key.on_change(lambda: told.append(mounted.key.current()))
    mounted.write(OLD, age_s=50.0)
    mounted.later()
    assert told == []
    mounted.write(NEW, age_s=40.0)
    mounted.later()
    assert told == [NEW]


def test_a_key_is_not_part_of_how_it_is_shown(mounted: KeyFile) -> None:
    assert OLD not in repr(mounted.key) + str(mounted.key)
