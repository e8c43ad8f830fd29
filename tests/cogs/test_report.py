"""What people and operators are told when something goes wrong."""

from __future__ import annotations

import logging
import re

import pytest
from simcord import ChannelHandle, Env, GuildHandle, MemberActor

from bot.errors import ProviderError, ProviderFault, UserError
from tests.cogs.answers import answer, messages, refusal
from tests.cogs.fakes import AttentiveSynthesizer

REFUSED_ACCOUNT = "The speech service refuses this bot's account. Its operator has to fix that."
OUT_OF_ORDER = "The speech service is out of order. Try again in a few minutes."
SENTENCES = {
    ProviderFault.BAD_KEY: REFUSED_ACCOUNT,
    ProviderFault.OUT_OF_CREDIT: REFUSED_ACCOUNT,
    ProviderFault.THROTTLED: "The speech service is busy right now. Try again in a minute.",
    ProviderFault.REFUSED_CONTENT: (
        "The speech service does not speak this text. Try other words."
    ),
    ProviderFault.INVALID_REQUEST: (
        "The speech service does not accept this. Try another voice or a shorter text."
    ),
    ProviderFault.TIMEOUT: ("The speech service did not answer in time. Try again in a moment."),
    ProviderFault.TRUNCATED: "The speech service broke off. Try again in a moment.",
    ProviderFault.UNAVAILABLE: OUT_OF_ORDER,
    ProviderFault.PROTOCOL: OUT_OF_ORDER,
    ProviderFault.UNSAFE_URL: OUT_OF_ORDER,
    ProviderFault.SUSPENDED: OUT_OF_ORDER,
    ProviderFault.STALE: ("Too much was waiting, so this came too late. Say it again in a minute."),
    ProviderFault.OVER_BUDGET: "The characters of the day are used up here. Try again tomorrow.",
    ProviderFault.MUTED: (
        "The speech service has refused too much of what you wrote. Try again in ten minutes."
    ),
}
INCIDENT = re.compile(
    r"Something went wrong on my side\. "
    r"If it happens again, quote this number: ([0-9a-f]{8})"
)
CANARY = "a secret between friends"


@pytest.mark.parametrize("fault", ProviderFault)
async def test_a_failure_of_the_service_is_told_in_private_and_passes(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    synthesizer: AttentiveSynthesizer,
    caplog: pytest.LogCaptureFixture,
    fault: ProviderFault,
) -> None:
    caplog.set_level(logging.INFO)
    synthesizer.error = ProviderError(
        "for operators", fault=fault, retryable=False, status=400, code="Code", request_id="r-1"
    )
    assert refusal(env, await alice.slash(chat, "tts", text=CANARY)) == SENTENCES[fault]
    assert not chat.history(viewer=bob), "a placeholder or an answer stayed for everyone"
    assert f"speech service failed: {fault}, status 400, code Code, request r-1" in caplog.text
    assert CANARY not in caplog.text

    synthesizer.error = None
    assert answer(env, await alice.slash(chat, "tts", text="Again")).attachments


async def test_a_bug_is_told_by_a_number_that_is_in_the_log_with_its_traceback(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    bob: MemberActor,
    synthesizer: AttentiveSynthesizer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    synthesizer.error = ZeroDivisionError("never shown")
    sentence = refusal(env, await alice.slash(chat, "tts", text=CANARY))
    found = INCIDENT.fullmatch(sentence)
    assert found
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == f"tts failed, incident {found[1]}"
    assert record.exc_info
    assert record.exc_info[1] is synthesizer.error
    assert "Traceback" in caplog.text
    assert CANARY not in caplog.text
    assert not chat.history(viewer=bob)

    synthesizer.error = None
    assert answer(env, await alice.slash(chat, "tts", text="Again")).attachments


async def test_no_two_incidents_have_the_same_number(
    env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    synthesizer.error = ZeroDivisionError()
    told = {refusal(env, await alice.slash(chat, "tts", text="Hello")) for _ in range(3)}
    assert len(told) == 3


async def test_a_command_discord_still_shows_but_the_bot_has_not_is_explained(
    env: Env, guild: GuildHandle, chat: ChannelHandle, alice: MemberActor
) -> None:
    env.backend.register_commands(guild.id, [{"name": "old", "description": "Gone", "type": 1}])
    sentence = refusal(env, await alice.slash(chat, "old"))
    assert sentence == "This command has changed since. Restart Discord, then try again."


async def test_a_channel_that_is_gone_is_explained(
    env: Env, guild: GuildHandle, chat: ChannelHandle, lounge: ChannelHandle, alice: MemberActor
) -> None:
    env.bot.get_guild(guild.id)._remove_channel(env.bot.get_channel(lounge.id))
    sentence = refusal(env, await alice.slash(chat, "join", channel=lounge))
    assert sentence == "I cannot find what you chose. Pick it from the list again."


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("POST", "/interactions/*/callback", 404, 10_062, id="heard of too late"),
        pytest.param("POST", "/webhooks/*", 404, 10_008, id="placeholder deleted"),
        pytest.param("POST", "/webhooks/*", 401, 50_027, id="token expired"),
    ],
)
async def test_an_answer_nobody_can_get_is_no_bug(
    env: Env,
    chat: ChannelHandle,
    alice: MemberActor,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    status: int,
    code: int,
) -> None:
    env.inject_error(method, path, status=status, code=code)
    await alice.slash(chat, "tts", text="Hello")
    assert env.errors
    [record] = [record for record in caplog.records if record.name == "bot.report"]
    assert record.levelno == logging.WARNING
    assert record.getMessage() == f"tts could not be answered: HTTP {status}, code {code}"


async def test_a_refusal_that_cannot_be_told_does_not_go_further(
    env: Env, chat: ChannelHandle, alice: MemberActor, caplog: pytest.LogCaptureFixture
) -> None:
    env.inject_error("POST", "/webhooks/*", status=500, times=None)
    result = await alice.slash(chat, "voice preview", voice="Nobody")
    assert len(env.errors) == 1
    assert [message.content for message in messages(result)] == [""]
    assert "voice preview could not be answered: HTTP 500, code 0" in caplog.text


async def test_a_sentence_that_repeats_very_much_is_cut(
    env: Env, chat: ChannelHandle, alice: MemberActor, synthesizer: AttentiveSynthesizer
) -> None:
    synthesizer.error = UserError("The word " + "*" * 3_000 + " is not in there.")
    sentence = refusal(env, await alice.slash(chat, "tts", text="Hello"))
    assert len(sentence) == 2_000
    assert sentence.startswith("The word ***")
