"""What a file would do to a dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.text.lexicon import LexiconEntry
from bot.text.lexicon_difference import Difference, difference, merged

SQL = LexiconEntry("SQL", "sequel")
SQL_SPELLED = LexiconEntry("sql", "ess cue ell")
LOL = LexiconEntry("lol", "")
GIF = LexiconEntry("GIF", "jif")

ENTRIES = st.lists(
    st.builds(LexiconEntry, st.sampled_from(["a", "A", "b", "c"]), st.sampled_from(["x", "y"]))
)


def test_what_is_new_changed_and_gone_is_told_apart() -> None:
    assert difference((SQL, LOL), (SQL_SPELLED, GIF)) == Difference(
        added=(GIF,), changed=((SQL, SQL_SPELLED),), removed=(LOL,)
    )


def test_a_merge_takes_nothing_away() -> None:
    after = merged((SQL, LOL), (SQL_SPELLED, GIF))
    assert after == (SQL_SPELLED, LOL, GIF)
    assert difference((SQL, LOL), after).removed == ()


@given(ENTRIES)
def test_a_dictionary_does_not_differ_from_itself(entries: list[LexiconEntry]) -> None:
    assert not difference(entries, entries)


@given(ENTRIES, ENTRIES)
def test_a_difference_leads_from_one_to_the_other(
    before: list[LexiconEntry], after: list[LexiconEntry]
) -> None:
    found = difference(before, after)
    entries = {entry.key: entry for entry in before}
    for entry in found.removed:
        del entries[entry.key]
    for old, new in found.changed:
        assert entries[new.key] == old
        entries[new.key] = new
    entries |= {entry.key: entry for entry in found.added}
    assert entries == {entry.key: entry for entry in after}
