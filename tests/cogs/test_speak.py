"""`/tts` and the message menus: texts that become files."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.models import VoiceSettings
from tests.cogs.answers import answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer

FRAME_SAMPLES = 480
NOTHING_TO_SAY = "There is nothing to say in that text. Write a few words."


def _shape(wav: bytes) -> tuple[int, ...]:
    with wave.open(io.BytesIO(wav)) as file:
        form = file.getframerate(), file.getnchannels(), file.getsampwidth()
        return *form, file.getnframes()


async def test_tts_posts_a_wav_for_everyone(
    env: Env, chat: ChannelHandle, alice: MemberActor, bob: MemberActor
) -> None:
    message = answer(env, await alice.slash(chat, "tts", text="Good morning, everyone!"))
    [file] = message.attachments
    content = await file.read()
    assert not message.content
    assert file.filename == "Good-morning-everyone.wav"
    assert file.description == "Good morning, everyone!"
    assert _shape(content) == (24_000, 1, 2, 5 * FRAME_SAMPLES)
    assert content[:4] == b"RIFF"
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert [seen.id for seen in chat.history(viewer=bob)] == [message.id]


async def test_a_long_text_is_one_file(
    env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    text = "This sentence is one of very many. " * 60
    [file] = answer(env, await alice.slash(chat, "tts", text=text)).attachments
    pieces = len(synthesizer.asked)
    assert pieces > 3
    assert _shape(await file.read())[-1] == pieces * 5 * FRAME_SAMPLES
    assert file.description == text[:1024]
    assert file.filename.startswith("This-sentence-is-one-of")


async def test_a_file_is_as_fast_and_loud_as_the_server_chose(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    moderator: MemberActor,
    synthesizer: AttentiveSynthesizer,
) -> None:
    synthesizer.frames = 100
    await moderator.slash(chat, "server voice", speed=2, volume=0)
    [file] = answer(env, await alice.slash(chat, "tts", text="Hush")).attachments
    content = await file.read()
    assert _shape(content)[-1] == pytest.approx(50 * FRAME_SAMPLES, rel=0.05)
    assert not any(content[44:])


async def test_too_big_a_wav_becomes_ogg_and_says_so(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    wire: dict[str, Any],
) -> None:
    synthesizer.frames = 50
    wire["attachment_size_limit"] = 20_000
    message = answer(env, await alice.slash(chat, "tts", text="One second"))
    [file] = message.attachments
    content = await file.read()
    assert message.content == "As a WAV this would be too big for this server, so it is Ogg."
    assert not message.ephemeral
    assert file.filename == "One-second.ogg"
    assert content.startswith(b"OggS")
    assert len(content) <= 20_000


async def test_an_ogg_is_posted_where_that_is_wanted(
    env: Env, chat: ChannelHandle, alice: MemberActor
) -> None:
    message = answer(env, await alice.slash(chat, "tts", text="In short", format="ogg"))
    [file] = message.attachments
    assert not message.content
    assert file.filename == "In-short.ogg"
    assert file.description == "In short"
    assert (await file.read()).startswith(b"OggS")


async def test_a_wav_of_exactly_the_limit_stays_a_wav(
    env: Env, chat: ChannelHandle, alice: MemberActor, wire: dict[str, Any]
) -> None:
    wire["attachment_size_limit"] = 44 + 5 * FRAME_SAMPLES * 2
    [file] = answer(env, await alice.slash(chat, "tts", text="Just fits")).attachments
    assert file.filename == "Just-fits.wav"


async def test_a_text_too_long_for_any_file_is_refused_in_private(
    env: Env, chat: ChannelHandle, alice: MemberActor, bob: MemberActor, wire: dict[str, Any]
) -> None:
    wire["attachment_size_limit"] = 100
    sentence = refusal(env, await alice.slash(chat, "tts", text="A very long story"))
    assert sentence == "The audio is too long for an attachment here. Shorten the text."
    assert not chat.history(viewer=bob)


@pytest.mark.parametrize("command", ["say", "tts"])
async def test_a_text_without_a_word_is_refused_before_anything_happens(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    synthesizer: AttentiveSynthesizer,
    command: str,
) -> None:
    await alice.join_voice(lounge)
    assert refusal(env, await alice.slash(chat, command, text="** ?! **")) == NOTHING_TO_SAY
    assert not chat.history(viewer=bob)
    assert not synthesizer.asked


@pytest.mark.parametrize("menu", ["Read aloud", "Save as audio"])
async def test_a_message_without_a_word_is_refused(
    env: Env, chat: ChannelHandle, lounge: ChannelHandle, alice: MemberActor, menu: str
) -> None:
    await alice.join_voice(lounge)
    dots = await alice.send(chat, "** ... **")
    assert refusal(env, await alice.context_menu(chat, menu, dots)) == NOTHING_TO_SAY


async def test_a_message_that_is_only_a_picture_says_so(
    env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    picture = await alice.send(chat, attachments=[("cat.png", b"\x89PNG")])
    answer(env, await alice.context_menu(chat, "Save as audio", picture))
    assert [request.text for request in synthesizer.asked] == ["sent an image"]


async def test_save_as_audio_posts_what_a_message_says(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    synthesizer: AttentiveSynthesizer,
) -> None:
    message = await bob.send(chat, f"Hi {alice.mention}, look at {chat.mention} @everyone")
    [file] = answer(env, await alice.context_menu(chat, "Save as audio", message)).attachments
    spoken = "Hi alice, look at chat everyone"
    assert [request.text for request in synthesizer.asked] == [spoken]
    assert file.description == spoken
    assert file.filename == "Hi-alice-look-at-chat-everyone.wav"


async def test_options_hold_for_this_one_time(
    env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    await alice.slash(chat, "tts", text="Guten Tag", voice=" ethan ", language="German")
    await alice.slash(chat, "tts", text="Hello")
    chosen = [(request.voice.id, request.language.value) for request in synthesizer.asked]
    assert chosen == [("Ethan", "German"), ("Cherry", "Auto")]


@pytest.mark.parametrize("command", ["say", "tts"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"voice": "Chery"},
            "qwen3-tts-flash has no such voice. Did you mean Cherry?",
        ),
        (
            {"voice": "<@&1>"},
            "qwen3-tts-flash has no such voice. Pick one of its 48 voices.",
        ),
        (
            {"style": "whisper"},
            (
                "qwen3-tts-flash does not follow a style. "
                "A moderator can choose an instruct model with /server voice."
            ),
        ),
    ],
    ids=["typo", "unknown", "style"],
)
async def test_a_choice_that_does_not_go_together_is_refused_before_anything_happens(
    env: Env,
    chat: ChannelHandle,
    lounge: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    synthesizer: AttentiveSynthesizer,
    command: str,
    options: dict[str, str],
    sentence: str,
) -> None:
    await alice.join_voice(lounge)
    result = await alice.slash(chat, command, text="Hello", **options)
    assert refusal(env, result) == sentence
    assert not chat.history(viewer=bob)
    assert not synthesizer.asked


class TestWithAnInstructModel:
    """What the operator's default is."""

    @pytest.fixture
    def defaults(self) -> VoiceSettings:
        return VoiceSettings(model="qwen3-tts-instruct-flash")

    async def test_a_style_is_followed(
        self, env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
    ) -> None:
        answer(env, await alice.slash(chat, "tts", text="Hello", style="as if in a hurry"))
        [request] = synthesizer.asked
        assert (request.model, request.style) == ("qwen3-tts-instruct-flash", "as if in a hurry")

    async def test_a_voice_of_other_models_is_refused(
        self, env: Env, chat: ChannelHandle, alice: MemberActor
    ) -> None:
        sentence = refusal(env, await alice.slash(chat, "tts", text="Hello", voice="Jennifer"))
        assert sentence == (
            "Jennifer does not speak with qwen3-tts-instruct-flash. Pick one of its 24 voices."
        )


async def test_tts_works_in_a_direct_message(
    env: Env, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    [file] = answer(env, await alice.user.slash("tts", text="Just for me")).attachments
    assert file.filename == "Just-for-me.wav"
    assert synthesizer.requests == ["Just for me"]
