"""Any value a setting may have, and any settings made of such values."""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from functools import singledispatch
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.settings.declare import Setting, settings_of
from bot.settings.kinds import (
    MAX_SNOWFLAKE,
    Choice,
    Flag,
    Hours,
    HoursOfDay,
    Id,
    Ids,
    Kind,
    Number,
    Text,
    TimeZone,
    WordPerKey,
    Words,
)

T = TypeVar("T")

MOST_IN_A_LIST = 4
"""Longer lists make examples no better."""

_TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
_IDS = st.integers(1, MAX_SNOWFLAKE)


@singledispatch
def _valid(kind: Kind) -> st.SearchStrategy[Any]:
    raise NotImplementedError(kind)


@_valid.register
def _flags(_: Flag) -> st.SearchStrategy[Any]:
    return st.booleans()


@_valid.register
def _numbers(kind: Number) -> st.SearchStrategy[Any]:
    if kind.is_whole:
        return st.integers(int(kind.least), int(kind.most))
    return st.floats(kind.least, kind.most).map(lambda number: round(number, 2))


@_valid.register
def _choices(kind: Choice) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(kind.labels))


@_valid.register
def _texts(kind: Text) -> st.SearchStrategy[Any]:
    fields_ = "".join(f"{{{name}}}" for name in kind.fields)
    plain = st.characters(exclude_characters="\0{}", exclude_categories=("Cs",))
    texts = st.text(plain, min_size=1, max_size=min(kind.most, 30) - len(fields_))
    return texts.map(lambda text: " ".join(f"{text}{fields_}".split())).filter(bool)


@_valid.register
def _id(_: Id) -> st.SearchStrategy[Any]:
    return _IDS


@_valid.register
def _ids(_: Ids) -> st.SearchStrategy[Any]:
    return st.frozensets(_IDS, max_size=MOST_IN_A_LIST).map(lambda ids: tuple(sorted(ids)))


@_valid.register
def _words(kind: Words) -> st.SearchStrategy[Any]:
    return st.lists(_texts(Text(kind.most_characters)), max_size=MOST_IN_A_LIST, unique=True).map(
        tuple
    )


@_valid.register
def _word_per_key(kind: WordPerKey) -> st.SearchStrategy[Any]:
    words = st.dictionaries(
        _choices(kind.keys), _texts(Text(kind.most_characters)), max_size=MOST_IN_A_LIST
    )
    return words.map(
        lambda chosen: tuple((key, chosen[key]) for key in kind.keys.labels if key in chosen)
    )


@_valid.register
def _hours(_: HoursOfDay) -> st.SearchStrategy[Any]:
    return st.builds(Hours, _TIMES, _TIMES).filter(lambda hours: hours.start != hours.end)


@_valid.register
def _time_zones(_: TimeZone) -> st.SearchStrategy[Any]:
    return st.sampled_from(["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Tokyo"]).map(
        ZoneInfo
    )


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    """Return any value of a setting, its default among them."""
    return st.one_of(st.just(setting.default), _valid(setting.kind))


def settings_like(model: type[T]) -> st.SearchStrategy[T]:
    """Return any settings of a model."""
    declared = settings_of(model)
    return st.builds(model, **{each.name: values_of(declared[each.name]) for each in fields(model)})
