"""What became of the messages of the last quarter of an hour."""

from __future__ import annotations

from bot.policy.admission import Silence
from bot.policy.recent import KEPT_EACH, KEPT_S, Fate, Recent


def fate(
    *, author_id: int = 1, guild_id: int = 7, at: float = 0.0, silence: Silence | None = None
) -> Fate:
    return Fate(guild_id, 3, author_id, silence, at)


def test_the_last_word_on_a_message_holds() -> None:
    recent = Recent()
    recent.note(1, fate())
    recent.note(1, fate(silence=Silence.TAKEN_BACK, at=1.0))
    assert recent.get(1, 2.0) == fate(silence=Silence.TAKEN_BACK, at=1.0)
    assert len(recent) == 1


def test_a_quarter_of_an_hour_later_nothing_is_known() -> None:
    recent = Recent()
    recent.note(1, fate())
    assert recent.get(1, KEPT_S)
    assert recent.get(1, KEPT_S + 1) is None
    recent.note(2, fate(at=KEPT_S + 1))
    assert len(recent) == 1


def test_the_last_message_of_an_author_is_found_in_their_server() -> None:
    recent = Recent()
    for message_id, (author_id, guild_id) in enumerate([(1, 7), (1, 7), (2, 7), (1, 8)]):
        recent.note(message_id, fate(author_id=author_id, guild_id=guild_id))
    assert recent.last_of(7, 1, 0.0) == (1, fate())
    assert recent.last_of(9, 1, 0.0) is None


def test_a_raid_in_one_server_pushes_out_nothing_of_another() -> None:
    recent = Recent()
    recent.note(1, fate(guild_id=8))
    for message_id in range(100, 100 + 5 * KEPT_EACH):
        recent.note(message_id, fate())
    assert recent.get(1, 0.0)
    assert len(recent) == KEPT_EACH + 1


def test_authors_and_servers_can_be_forgotten() -> None:
    recent = Recent()
    for message_id, author_id in enumerate((1, 2, 1)):
        recent.note(message_id, fate(author_id=author_id))
    recent.forget_author(1)
    assert len(recent) == 1
    recent.forget_guild(7)
    assert len(recent) == 0
