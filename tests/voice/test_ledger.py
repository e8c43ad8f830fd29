"""What became of every utterance, in numbers and in words."""

import gettext
import tracemalloc

import pytest

from bot import i18n
from bot.errors import ProviderError, ProviderFault
from bot.voice.ledger import DropReason, Ending, Entry, Ledger, NotSpokenError, Outcome

BROKEN = ProviderError("broken", fault=ProviderFault.UNAVAILABLE, retryable=True)
KICKED = "I was disconnected from the voice channel. Call me back with /join."
CUT_OFF = "I was cut off after {seconds:.0f} s."


class German(gettext.NullTranslations):
    """Two sentences of a catalogue."""

    def gettext(self, message: str) -> str:
        words = {
            KICKED: "Ich wurde aus dem Kanal geworfen.",
            CUT_OFF: "Nach {seconds:.0f} s war Schluss.",
        }
        return words.get(message, message)


@pytest.fixture(autouse=True)
def _german(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogues = {"de": German()}
    english = gettext.NullTranslations()
    monkeypatch.setattr(i18n, "_catalogue", lambda locale: catalogues.get(locale, english))


def dropped(error: Exception | None) -> Outcome:
    return Outcome(Ending.DROPPED, 10, 20, error)


async def test_what_is_accepted_is_open_until_it_is_closed() -> None:
    ledger = Ledger()
    for guild_id in (1, 1, 1, 2):
        ledger.accept(guild_id)
    ledger.close(1, Outcome(Ending.SPOKEN, 20, 20))
    ledger.close(1, Outcome(Ending.SKIPPED, 10, 20, skipped_by=7))
    ledger.close(1, dropped(NotSpokenError(DropReason.KICKED)))

    assert ledger.accepted == 4
    assert ledger.counts(1) == {"accepted": 3, "spoken": 1, "skipped": 1, "kicked": 1}
    assert ledger.counts(2) == {"accepted": 1}
    assert ledger.counts(3) == {"accepted": 0}


async def test_a_busy_hour_takes_no_more_memory_than_a_few_minutes() -> None:
    ledger = Ledger()
    tracemalloc.start()
    for number in range(10_000):
        ledger.accept(1)
        ledger.close(1, Outcome(Ending.SPOKEN, 1_000 + number, 1_000 + number))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert ledger.counts(1) == {"accepted": 10_000, "spoken": 10_000}
    assert taken < 512 * 1024


async def test_an_entry_holds_lengths_and_when_and_no_text() -> None:
    ledger = Ledger(clock=lambda: 1_234.5)
    ledger.accept(1)
    ledger.close(1, dropped(BROKEN))

    (entry,) = ledger.outcomes
    assert entry == Entry(1, Ending.DROPPED, "unavailable", 10, 20, at=1_234.5)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome(Ending.SPOKEN, 20, 20), "spoken"),
        (Outcome(Ending.SKIPPED, 0, 0), "skipped"),
        *((dropped(NotSpokenError(reason)), reason.value) for reason in DropReason),
        (dropped(BROKEN), "unavailable"),
        (dropped(RuntimeError()), "failed"),
    ],
)
async def test_an_outcome_has_a_reason(outcome: Outcome, reason: str) -> None:
    assert outcome.reason == reason


@pytest.mark.parametrize("reason", DropReason)
async def test_every_reason_is_a_sentence_of_its_own(reason: DropReason) -> None:
    sentences = {str(NotSpokenError(each)) for each in DropReason}

    assert str(NotSpokenError(reason)).endswith(".")
    assert len(sentences) == len(DropReason)


async def test_what_was_heard_of_it_is_told_from_a_second_on() -> None:
    assert str(NotSpokenError(DropReason.KICKED, frames_sent=49)) == KICKED
    assert str(NotSpokenError(DropReason.KICKED, frames_sent=150)) == (
        f"I was cut off after 3 s. {KICKED}"
    )


async def test_the_words_are_those_of_whoever_reads_them() -> None:
    error = NotSpokenError(DropReason.KICKED, frames_sent=150)
    i18n.use_locale("de")
    in_german = str(error)
    i18n.use_locale("en-US")

    assert in_german == "Nach 3 s war Schluss. Ich wurde aus dem Kanal geworfen."
    assert str(error) == f"I was cut off after 3 s. {KICKED}"


async def test_the_last_utterances_of_a_guild_are_told_apart_from_those_of_others() -> None:
    ledger = Ledger()
    spoken = Outcome(Ending.SPOKEN, 20, 20)
    for guild_id, outcome in ((1, dropped(BROKEN)), (1, spoken), (2, spoken), (1, dropped(None))):
        ledger.accept(guild_id)
        ledger.close(guild_id, outcome)

    assert [entry.reason for entry in ledger.last(1, 2)] == ["failed", "spoken"]
    assert len(ledger.last(1, 9)) == 3
    assert ledger.last(3, 9) == []
