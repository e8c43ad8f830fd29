"""T-25: a key is exchanged while the bot runs, and nobody hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from bot.errors import ProviderError, ProviderFault
from bot.keys import ApiKey
from bot.sandbox.qwen import QwenOptions, SandboxQwen
from bot.tts.breaker import Breaker, GuardedSynthesizer
from bot.tts.qwen import QwenEndpoint, QwenSynthesizer, open_session
from bot.tts.rekeyed import RekeyedSynthesizer
from bot.tts.synthesizer import Synthesizer
from tests.tts.conftest import REQUEST

pytestmark = pytest.mark.asyncio(loop_scope="function")

OLD, NEW = "sk-old-canary", "sk-new-canary"


@dataclass
class Rotation:
    """A bot's way to the endpoint, and the file of its key."""

    qwen: SandboxQwen
    file: Path
    key: ApiKey
    direct: QwenSynthesizer
    synthesizer: Synthesizer
    numbers: count[int] = field(default_factory=count)

    async def hear(self) -> int:
        """Return how many bytes an utterance of its own has."""
        request = replace(
            REQUEST, text=f"Number {next(self.numbers)} is on its way to the harbour."
        )
        async with aclosing(self.synthesizer.stream(request)) as pieces:
            return sum([len(pcm) async for pcm in pieces])

    def put(self, key: str) -> None:
        """Exchange the file as Kubernetes and `install` do, at once."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{key}\n")
        fresh.replace(self.file)

    def used_keys(self) -> list[str]:
        return [sent.headers["Authorization"].split()[-1] for sent in self.qwen.requests]


@pytest.fixture
async def rotation(tmp_path: Path) -> AsyncIterator[Rotation]:
    file = tmp_path / "key"
    file.write_text(OLD)
    key = ApiKey(OLD, file=file)
    options = QwenOptions(key=OLD, throttle=None, first_audio_delay_s=0.02, real_time_factor=0.1)
    async with SandboxQwen(options) as qwen:
        endpoint = QwenEndpoint(key, qwen.base_url)
        async with open_session(endpoint) as http:
            direct = QwenSynthesizer(http, endpoint)
            yield Rotation(qwen, file, key, direct, RekeyedSynthesizer(direct, key))


async def test_t25_no_utterance_fails_while_a_key_is_exchanged_under_load(
    rotation: Rotation,
) -> None:
    is_over = asyncio.Event()
    heard: list[int] = []

    async def talk() -> None:
        while not is_over.is_set():
            heard.append(await rotation.hear())

    async with asyncio.TaskGroup() as guilds:
        for _ in range(8):
            guilds.create_task(talk())
        await rotation.qwen.wait_for_answers(16)
        rotation.put(NEW)
        rotation.qwen.key = NEW  # the old one is worth nothing from now on
        exchanged = time.monotonic()
        await rotation.qwen.wait_for_answers(len(rotation.qwen.requests) + 32)
        is_over.set()

    assert all(heard)
    refused = [record for record in rotation.qwen.requests if record.status == 401]
    assert len(refused) <= 8, "each guild's request on the way at most"
    late = [each for each in rotation.qwen.requests if each.received_at > exchanged + 1.5]
    assert all(each.headers["Authorization"] == f"Bearer {NEW}" for each in late)


async def test_t25_a_request_in_flight_finishes_and_the_next_one_has_the_new_key(
    rotation: Rotation,
) -> None:
    in_flight = asyncio.create_task(rotation.hear())
    await rotation.qwen.wait_for_requests(1)
    rotation.put(NEW)
    rotation.qwen.key = NEW
    rotation.key.renew(OLD)
    assert await rotation.hear()
    assert await in_flight
    assert rotation.used_keys() == [OLD, NEW]


async def test_t25_a_key_that_is_refused_without_another_one_is_refused_once(
    rotation: Rotation,
) -> None:
    rotation.qwen.key = NEW
    with pytest.raises(ProviderError) as caught:
        await rotation.hear()
    assert caught.value.fault is ProviderFault.BAD_KEY
    assert rotation.used_keys() == [OLD]


async def test_t25_a_new_key_that_is_refused_too_is_refused_once(rotation: Rotation) -> None:
    rotation.qwen.key = "sk-yet-another"
    rotation.put(NEW)
    with pytest.raises(ProviderError) as caught:
        await rotation.hear()
    assert caught.value.fault is ProviderFault.BAD_KEY
    assert rotation.used_keys() == [OLD, NEW]


async def test_t25_a_half_written_file_leaves_the_old_key_at_work(rotation: Rotation) -> None:
    rotation.file.write_text("")
    assert await rotation.hear()
    assert rotation.used_keys() == [OLD]


async def test_t25_a_breaker_that_is_open_for_a_bad_key_lets_a_new_one_pass_at_once(
    rotation: Rotation,
) -> None:
    breaker = Breaker("qwen")
    rotation.key.on_change(breaker.renew)
    guarded = GuardedSynthesizer(rotation.direct, breaker)
    rotation.synthesizer = RekeyedSynthesizer(guarded, rotation.key)
    rotation.qwen.key = NEW
    for _ in range(3):
        with pytest.raises(ProviderError) as caught:
            await rotation.hear()
        assert caught.value.fault is ProviderFault.BAD_KEY
    assert rotation.used_keys() == [OLD]

    rotation.put(NEW)
    assert await rotation.hear()
    assert rotation.used_keys() == [OLD, NEW]
