"""Equal requests share one synthesis, and what was said is said again from memory."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.audio.clip import Clip
from bot.audio.effects import EffectsSettings
from bot.errors import ProviderError, ProviderFault
from bot.models import NOBODY, Language, Origin, SpeechRequest, Voice
from bot.tts.cached import ClipCache, KeptClip
from bot.tts.recorder import Recorder
from tests.tts._telling import AS_IT_IS, REQUEST, TellingSynthesizer, ended, settle
from tests.voice._virtual import virtual_loop

OTHER = replace(REQUEST, origin=Origin(2, 22))
"""Somebody else in another guild says the same."""

BROKEN = ProviderError("it broke", fault=ProviderFault.UNAVAILABLE, retryable=True)


class Place:
    """A recorder with its cache and the service behind it."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_800_000_000.0
        self.saved: list[tuple[Origin, int]] = []
        self.synthesizer = TellingSynthesizer()
        self.cache = ClipCache(
            **{"memory_bytes": 10**6} | options,
            on_saved=lambda origin, characters: self.saved.append((origin, characters)),
            clock=lambda: self.now,
        )
        self.recorder = Recorder(self.synthesizer, effects=AS_IT_IS, cache=self.cache)

    @property
    def asked(self) -> int:
        return len(self.synthesizer.requests)

    def hold(self) -> asyncio.Event:
        self.synthesizer.gate = asyncio.Event()
        return self.synthesizer.gate

    async def say(self, request: SpeechRequest = REQUEST) -> Clip:
        clip = await ended(self.recorder.record(request))
        await settle()
        return clip


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    yield place
    await place.recorder.close()
    assert place.synthesizer.open == 0


async def test_a_late_listener_gets_what_is_there_at_once_and_then_the_rest(place: Place) -> None:
    gate = place.hold()
    first = place.recorder.record(REQUEST)
    await first.wait_for_frames(1)

    late = place.recorder.record(OTHER)

    assert late.packets == first.packets != []
    assert not late.is_closed
    gate.set()
    await ended(late)
    assert len(late.packets) == place.synthesizer.frames
    assert late.packets == (await ended(first)).packets
    assert place.asked == 1


async def test_who_lets_go_ends_it_for_nobody_else(place: Place) -> None:
    gate = place.hold()
    leaving, staying = place.recorder.record(REQUEST), place.recorder.record(OTHER)
    await leaving.wait_for_frames(1)

    place.recorder.cancel(leaving)
    place.recorder.cancel(leaving)

    assert leaving.is_closed
    assert not staying.is_closed
    gate.set()
    assert len((await ended(staying)).packets) == place.synthesizer.frames
    assert staying.error is None


async def test_a_listener_who_has_let_go_hears_of_no_failure(place: Place) -> None:
    gate = place.hold()
    place.synthesizer.errors = [BROKEN]
    leaving, staying = place.recorder.record(REQUEST), place.recorder.record(OTHER)
    place.recorder.cancel(leaving)

    gate.set()

    assert (await ended(staying)).error is BROKEN
    assert leaving.error is None


async def test_what_nobody_listens_to_ends_and_is_asked_for_anew(place: Place) -> None:
    place.hold()
    clips = [place.recorder.record(REQUEST) for _ in range(3)]
    await place.synthesizer.has_begun.wait()

    for clip in clips:
        place.recorder.cancel(clip)
    again = place.recorder.record(REQUEST)  # before the other one has noticed
    await settle()

    assert place.asked == 2
    assert place.synthesizer.open == 1
    assert not again.is_closed


@pytest.mark.parametrize("turns", range(24))
async def test_being_cut_off_at_any_moment_keeps_nothing(place: Place, turns: int) -> None:
    """T-27: no partial entry, and the request is released."""
    clip = place.recorder.record(REQUEST)
    for _ in range(turns):
        await asyncio.sleep(0)
    was_whole = clip.is_closed

    place.recorder.cancel(clip)
    await settle()

    assert place.synthesizer.open == 0
    assert place.cache.stats.clips_in_memory == was_whole
    whole = await ended(place.recorder.record(REQUEST))
    assert len(whole.packets) == place.synthesizer.frames


async def test_what_was_said_is_said_again_without_a_request(place: Place) -> None:
    first = await place.say()

    again = place.recorder.record(OTHER)

    assert again.is_closed
    assert again.packets == first.packets
    assert place.asked == 1


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Good morning"},
        {"model": "qwen-tts"},
        {"voice": Voice("cherry")},
        {"language": Language.ENGLISH},
        {"style": ""},
        {"speed": 1.25},
        {"volume": 0.5},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_whatever_changes_the_sound_is_another_clip(
    place: Place, change: dict[str, Any]
) -> None:
    first = await place.say()

    other = await place.say(replace(REQUEST, **change))

    assert place.asked == 2
    assert other.packets != first.packets


async def test_what_people_call_a_voice_changes_nothing(place: Place) -> None:
    await place.say()

    await place.say(replace(REQUEST, voice=Voice("Cherry", name="芊悦"), speed=1, volume=1))

    assert place.asked == 1


async def test_other_effects_are_other_clips() -> None:
    cache, synthesizer = ClipCache(memory_bytes=10**6), TellingSynthesizer()
    for effects in (AS_IT_IS, replace(AS_IT_IS, is_trimmed=True)):
        await ended(Recorder(synthesizer, effects=effects, cache=cache).record(REQUEST))

    assert len(synthesizer.requests) == 2


async def test_a_failure_belongs_to_those_who_waited_and_to_nobody_later(place: Place) -> None:
    place.synthesizer.errors = [BROKEN]
    clips = [place.recorder.record(REQUEST) for _ in range(3)]
    for clip in clips:
        await ended(clip)

    again = await place.say()

    assert [clip.error for clip in clips] == [BROKEN] * 3
    assert again.error is None
    assert place.asked == 2


async def test_out_of_credit_what_was_said_before_is_still_spoken(place: Place) -> None:
    await place.say()
    place.synthesizer.errors = [
        ProviderError("arrears", fault=ProviderFault.OUT_OF_CREDIT, retryable=False)
    ] * 2

    known, unknown = await place.say(), await place.say(replace(REQUEST, text="Something new."))

    assert known.error is None
    assert unknown.error is not None


async def test_memory_is_bounded_and_the_least_recently_heard_goes_first() -> None:
    place = Place(memory_bytes=15_000)
    place.synthesizer.frames = 20
    texts = [replace(REQUEST, text=f"Number {number}.") for number in range(8)]
    first = await place.say(texts[0])
    for request in texts:
        await place.say(request)
        await place.say(texts[0])
        assert place.cache.stats.bytes_in_memory <= 15_000

    assert place.asked == 8
    assert len(first.packets) == 20
    await place.say(texts[1])
    assert place.asked == 9


async def test_what_is_being_read_may_be_forgotten_meanwhile() -> None:
    place = Place(memory_bytes=9_000)
    place.synthesizer.frames = 20
    await place.say()
    reader = place.recorder.record(REQUEST)

    await place.say(replace(REQUEST, text="Something else."))
    await place.say(replace(REQUEST, text="And something more."))

    assert place.cache.stats.clips_in_memory == 1
    assert len(reader.packets) == 20


async def test_a_clip_that_is_larger_than_all_memory_is_just_not_kept() -> None:
    place = Place(memory_bytes=1_000)

    assert (await place.say()).error is None
    assert place.cache.stats.clips_in_memory == 0


def test_memory_is_counted_about_as_python_does() -> None:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    clips = [
        KeptClip([bytes(100 + number % 120) for number in range(150)], 0.0, ()) for _ in range(200)
    ]
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert sum(clip.memory_bytes for clip in clips) == pytest.approx(taken, rel=0.1)


async def test_after_its_time_a_clip_is_made_anew() -> None:
    place = Place(ttl_s=3_600.0)
    await place.say()
    place.now += 3_599.0
    await place.say()
    assert place.asked == 1

    place.now += 1.0
    await place.say()

    assert place.asked == 2


async def test_nothing_is_kept_longer_than_a_week() -> None:
    place = Place(ttl_s=10**9)
    await place.say()

    place.now += 7 * 24 * 3600
    await place.say()

    assert place.asked == 2


async def test_a_stand_in_voice_is_heard_once_and_not_kept(place: Place) -> None:
    gate = place.hold()
    clip = place.recorder.record(REQUEST)
    await place.synthesizer.has_begun.wait()

    place.recorder.do_not_keep(replace(REQUEST))
    gate.set()
    await ended(clip)

    assert clip.error is None
    assert place.cache.stats.clips_in_memory == 0


async def test_what_is_asked_for_in_private_is_not_kept(place: Place) -> None:
    await place.say(replace(REQUEST, origin=Origin(None, 11)))
    assert place.cache.stats.clips_in_memory == 0

    await place.say(replace(REQUEST, origin=NOBODY))
    assert place.cache.stats.clips_in_memory == 1


@pytest.mark.parametrize("who", ["guild", "member"])
async def test_a_purge_deletes_what_somebody_has_caused_and_nothing_else(
    place: Place, who: str
) -> None:
    theirs = replace(REQUEST, text="Something else.", origin=Origin(2, 22))
    await place.say()
    await place.say(theirs)

    purge = {"guild": place.recorder.purge_guild, "member": place.recorder.purge_member}
    await purge[who](REQUEST.origin.guild_id if who == "guild" else REQUEST.origin.member_id)

    await place.say(theirs)
    assert place.asked == 2
    await place.say()
    assert place.asked == 3


@pytest.mark.parametrize("who", ["guild", "member"])
async def test_what_is_being_made_during_a_purge_is_heard_and_not_kept(
    place: Place, who: str
) -> None:
    gate = place.hold()
    clip = place.recorder.record(REQUEST)
    await place.synthesizer.has_begun.wait()

    purge = {"guild": place.recorder.purge_guild, "member": place.recorder.purge_member}
    await purge[who](REQUEST.origin.guild_id if who == "guild" else REQUEST.origin.member_id)
    gate.set()
    await ended(clip)

    assert clip.error is None
    assert place.cache.stats.clips_in_memory == 0


async def test_hits_and_saved_characters_are_counted(place: Place) -> None:
    chinese = replace(REQUEST, text="早上好。", origin=Origin(3, 33))
    clips = [place.recorder.record(request) for request in (REQUEST, OTHER, chinese)]
    for clip in clips:
        await ended(clip)
    await place.say(chinese)

    stats = place.cache.stats

    assert (stats.synthesized, stats.joined, stats.memory_hits, stats.store_hits) == (2, 1, 1, 0)
    assert stats.hit_rate == 0.5
    assert place.saved == [(OTHER.origin, 13), (chinese.origin, 7)]
    assert stats.saved_characters == 20


async def test_a_flight_that_fails_has_saved_nothing(place: Place) -> None:
    place.synthesizer.errors = [BROKEN]
    for clip in [place.recorder.record(REQUEST), place.recorder.record(OTHER)]:
        await ended(clip)

    assert not place.saved
    assert place.cache.stats.hit_rate == 0.0


class HangingStore:
    """A disk that never answers."""

    key = bytes(32)

    def has(self, name: bytes) -> bool:
        return True

    async def load(self, name: bytes) -> KeptClip | None:
        await asyncio.Event().wait()
        return None

    def save(self, name: bytes, clip: KeptClip) -> None:
        """Forget it."""

    async def purge(self, owner: bytes) -> None:
        """Nothing is there."""


def test_a_store_that_does_not_answer_is_not_waited_for() -> None:
    async def say() -> tuple[Clip, float]:
        place = Place(store=HangingStore())
        began = loop.time()
        return await ended(place.recorder.record(REQUEST)), loop.time() - began

    with virtual_loop() as loop:
        clip, took_s = loop.run_until_complete(say())

    assert clip.error is None
    assert len(clip.packets) == 8
    assert took_s < 0.4


class SlowStore(HangingStore):
    """A disk that has everything, and hands it over when it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def load(self, name: bytes) -> KeptClip | None:
        await self.gate.wait()
        return KeptClip([b"packet"], 1_800_000_000.0, (b"guild", b"member"))


async def test_what_is_purged_while_it_is_read_is_not_in_memory_afterwards() -> None:
    store = SlowStore()
    place = Place(store=store)
    clip = place.recorder.record(REQUEST)
    await settle()

    await place.recorder.purge_guild(1)
    store.gate.set()

    assert (await ended(clip)).packets == [b"packet"]
    assert place.cache.stats.clips_in_memory == 0
    await place.say()
    assert place.cache.stats.clips_in_memory == 1
    assert place.asked == 0


async def test_a_clip_is_new_only_to_those_who_wait_for_all_of_it(place: Place) -> None:
    gate = place.hold()
    first, second = place.recorder.record(REQUEST), place.recorder.record(OTHER)
    await first.wait_for_frames(1)
    late = place.recorder.record(OTHER)
    gate.set()
    await ended(late)

    assert (first.is_new, second.is_new, late.is_new) == (True, True, False)
    assert not (await place.say()).is_new


async def test_what_comes_out_of_a_store_is_not_new() -> None:
    store = SlowStore()
    place = Place(store=store)
    clip = place.recorder.record(REQUEST)
    await settle()
    store.gate.set()

    assert (await ended(clip)).packets == [b"packet"]
    assert not clip.is_new
    assert place.asked == 0


def test_names_tell_nothing_without_the_key() -> None:
    caches = [ClipCache(memory_bytes=0) for _ in range(2)]
    effects = EffectsSettings()

    assert len({cache.name_of(REQUEST, effects) for cache in caches}) == 2
    assert caches[0].name_of(REQUEST, effects) == caches[0].name_of(OTHER, effects)
