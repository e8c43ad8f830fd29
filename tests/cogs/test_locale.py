"""Every answer is in the language of the member who asked."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot import i18n
from tests.cogs.answers import answer, refusal
from tests.cogs.fakes import AttentiveSynthesizer

MO_MAGIC = 0x950412DE
HEADER_BYTES = 28
IN_NO_CALL = "I am in no voice channel. Call me with /join."
IN_GERMAN = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    IN_NO_CALL: "Ich bin in keinem Sprachkanal. Ruf mich mit /join.",
    # The number is not at the end here.
    "Something went wrong on my side. If it happens again, quote this number: {incident}": (
        "Das ging schief. Nenne die Nummer {incident}, wenn es wieder geschieht."
    ),
    "This is {voice}.": "Das ist {voice}.",
}


def _compiled(messages: dict[str, str]) -> bytes:
    """Return a catalogue as `msgfmt` writes it (GNU gettext manual, "The format of MO files")."""
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    strings = b""
    tables = b""
    start = HEADER_BYTES + 16 * len(pairs)
    for column in zip(*pairs, strict=True):
        for string in column:
            tables += struct.pack("<II", len(string), start + len(strings))
            strings += string + b"\0"
    second = HEADER_BYTES + 8 * len(pairs)
    header = struct.pack("<7I", MO_MAGIC, 0, len(pairs), HEADER_BYTES, second, 0, 0)
    return header + tables + strings


@pytest.fixture(autouse=True)
def _german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "locales" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / f"{i18n.DOMAIN}.mo").write_bytes(_compiled(IN_GERMAN))
    monkeypatch.setattr(i18n, "LOCALES", tmp_path / "locales")
    i18n._catalogue.cache_clear()
    yield
    i18n._catalogue.cache_clear()


async def test_each_member_is_answered_in_their_own_language(
    env: Env, chat: ChannelHandle, alice: MemberActor, bob: MemberActor, wire: dict[str, Any]
) -> None:
    told = []
    for locale, member in [("de", alice), ("en-US", bob), ("sv-SE", bob), ("de", alice)]:
        wire["locale"] = locale
        told.append(refusal(env, await member.slash(chat, "leave")))
    assert told == [IN_GERMAN[IN_NO_CALL], IN_NO_CALL, IN_NO_CALL, IN_GERMAN[IN_NO_CALL]]


async def test_a_command_that_goes_well_answers_in_the_language_too(
    env: Env, chat: ChannelHandle, alice: MemberActor, wire: dict[str, Any]
) -> None:
    wire["locale"] = "de"
    message = answer(env, await alice.slash(chat, "voice preview", voice="Momo"))
    assert message.content == "Das ist Momo · 茉兔 · playful, teasing."


async def test_an_incident_keeps_its_number_in_any_language(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    synthesizer: AttentiveSynthesizer,
    wire: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    wire["locale"] = "de"
    synthesizer.error = ZeroDivisionError()
    sentence = refusal(env, await alice.slash(chat, "tts", text="Hallo"))
    found = re.search(r"[0-9a-f]{8}", sentence)
    assert found
    assert sentence.startswith("Das ging schief.")
    assert f"tts failed, incident {found[0]}" in caplog.text
