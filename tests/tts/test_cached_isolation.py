"""A-07: what one guild hears never depends on what another one has said, changed or deleted."""

import asyncio
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language, Origin, SpeechRequest, Voice
from bot.tts.cached import ClipCache
from bot.tts.recorder import Recorder
from tests.tts._telling import AS_IT_IS, TellingSynthesizer, ended, settle

LISTENER, OTHER = Origin(2, 22), Origin(1, 11)

REQUESTS = st.builds(
    SpeechRequest,
    text=st.sampled_from(["Hello.", "Hello", 'Hello.", "', "早"]),
    model=st.sampled_from(["qwen3-tts-flash", "qwen-tts"]),
    voice=st.sampled_from([Voice("Cherry"), Voice("Ethan")]),
    language=st.sampled_from([Language.AUTO, Language.GERMAN]),
    style=st.sampled_from([None, "", "Auto"]),
    speed=st.sampled_from([1.0, 1.5]),
    volume=st.sampled_from([0.0, 0.5, 1.0]),
)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["say", "skip", "purge guild", "purge member", "stand in"]), REQUESTS
    ),
    max_size=6,
)


@cache
def heard_alone(request: SpeechRequest) -> list[bytes]:
    async def say() -> list[bytes]:
        recorder = Recorder(TellingSynthesizer(), effects=AS_IT_IS)
        return (await ended(recorder.record(request))).packets

    return asyncio.run(say())


async def do(recorder: Recorder, deed: str, request: SpeechRequest) -> None:
    """Do something in the other guild, and do not wait until it is over."""
    match deed:
        case "purge guild":
            await recorder.purge_guild(1)
        case "purge member":
            await recorder.purge_member(11)
        case _:
            clip = recorder.record(replace(request, origin=OTHER))
            await asyncio.sleep(0)
            if deed == "skip":
                recorder.cancel(clip)
            elif deed == "stand in":
                await settle()
                recorder.do_not_keep(request)


@settings(max_examples=150, deadline=None)
@given(before=DEEDS, meanwhile=DEEDS, wanted=REQUESTS)
def test_a_guild_hears_the_same_whatever_others_do(
    before: list[tuple[str, SpeechRequest]],
    meanwhile: list[tuple[str, SpeechRequest]],
    wanted: SpeechRequest,
) -> None:
    async def listen() -> list[bytes]:
        recorder = Recorder(
            TellingSynthesizer(), effects=AS_IT_IS, cache=ClipCache(memory_bytes=10**5)
        )
        for deed, request in before:
            await do(recorder, deed, request)
        clip = recorder.record(replace(wanted, origin=LISTENER))
        for deed, request in meanwhile:
            await do(recorder, deed, request)
        await ended(clip)
        assert clip.error is None
        await recorder.close()
        return clip.packets

    assert (asyncio.run(listen()) == heard_alone(wanted)) is True
