"""Long texts are broken off where a speaker would, with a word about the rest."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.cut import shorten
from bot.text.phrases import PHRASES
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, CHINESE, JAPANESE = Language.ENGLISH, Language.CHINESE, Language.JAPANESE

FOX = (
    "The fox is in. The other one, which is out, comes home in the evening. It says (at last) no. "
)


@pytest.mark.parametrize(
    ("most", "spoken"),
    [
        (9, "The fox"),
        (20, "The fox is in."),
        (30, "The fox is in. and so on"),
        (40, "The fox is in. The other, and so on"),
        (60, "The fox is in. The other one, which is out, and so on"),
        (86, "The fox is in. The other one, which is out, comes home in the evening. and so on"),
        (99, "The fox is in. The other one, which is out, comes home in the evening. and so on"),
    ],
)
def test_a_long_text_ends_with_the_best_border_that_is_near(most: int, spoken: str) -> None:
    assert shorten(FOX * 2, ENGLISH, most=most) == spoken


@pytest.mark.parametrize("most", [len(FOX), len(FOX) + 1, 4_000])
def test_a_text_that_fits_stays_as_it_is(most: int) -> None:
    assert shorten(FOX, ENGLISH, most=most) == FOX


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (
            Language.GERMAN,
            "Das war ein schöner Tag. Und jetzt gehen wir alle schlafen.",
            "Das war ein schöner Tag. und so weiter",
        ),
        (
            Language.FRENCH,
            "C'était une belle journée. Et maintenant on va tous dormir.",
            "C'était une belle journée. et ainsi de suite",
        ),
        (
            Language.SPANISH,
            "Fue un día muy bonito. Y ahora nos vamos todos a dormir ya.",
            "Fue un día muy bonito. y así sucesivamente",
        ),
        (
            Language.ITALIAN,
            "È stata una bella giornata. E adesso andiamo tutti a dormire.",
            "È stata una bella giornata. e così via",
        ),
        (
            Language.PORTUGUESE,
            "Foi um dia muito bonito. E agora vamos todos dormir, gente.",
            "Foi um dia muito bonito. e assim por diante",
        ),
        (
            Language.RUSSIAN,
            "Это был хороший день. А теперь мы все пойдём спать, пока.",
            "Это был хороший день. и так далее",
        ),
        (
            Language.KOREAN,
            "오늘은 정말 좋은 날이었어요. 이제 우리 모두 자러 가요. 내일 또 만나요. 안녕히 계세요.",
            "오늘은 정말 좋은 날이었어요. 이제 우리 모두 자러 가요. 이하 생략",
        ),
        (
            CHINESE,
            "今天天气很好。我们去公园走走吧，好不好？晚上一起吃饭，然后回家。明天我们再去看电影吧。",
            "今天天气很好。我们去公园走走吧，好不好？以下省略",
        ),
        (
            JAPANESE,
            "今日はいい天気ですね。公園に行きましょう。夜は一緒にご飯を食べて、帰りましょう。それではまた明日。",
            "今日はいい天気ですね。公園に行きましょう。以下略",
        ),
    ],
)
def test_the_rest_is_mentioned_in_the_language_of_the_text(
    language: Language, text: str, spoken: str
) -> None:
    assert shorten(text, language, most=36 if language in (CHINESE, JAPANESE) else 46) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("a" * 99, "a" * 29 + ", and so on"),
        ("good (" + "b" * 99, "good (" + "b" * 23 + ", and so on"),
        ("and then I said: “" + "c " * 99, "and then I said: “c c c c c, and so on"),
        ("one two three four five six: seven" * 9, "one two three four five six, and so on"),
        ("one\ntwo and three four\nfive six seven eight", "one\ntwo and three four, and so on"),
        ("(" * 99, ""),
    ],
)
def test_what_has_no_good_border_is_broken_off_anyway(text: str, spoken: str) -> None:
    assert shorten(text, ENGLISH, most=40) == spoken


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧‍👦", "👍🏽", "e\u0301\u0323", "नि", "각", "ก็"])
def test_what_people_see_as_one_character_is_never_cut(cluster: str) -> None:
    text = shorten(cluster * 40, CHINESE, most=35).removesuffix("，以下省略")
    assert 0 < len(text) <= 30
    assert text == cluster * (len(text) // len(cluster))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"aZ9.,!? \n(“好。，👍🏽\u0301\u200d", "word ", "end. "]), max_size=90
    ).map("".join)
    | st.text(max_size=90),
    st.sampled_from(list(Language)),
    st.integers(10, 60),
)
def test_no_text_is_longer_than_it_may_be(text: str, language: Language, most: int) -> None:
    short = shorten(text, language, most=most)
    assert len(short) <= most
    assert shorten(short, language, most=most) == short
    beginning = short.removesuffix(PHRASES[language].and_so_on).rstrip(" ，、,")
    assert text.startswith(beginning)
    assert regex.match(r"\p{M}", text[len(beginning) :]) is None or not beginning


@pytest.mark.parametrize("most", [10, 300, 600])
@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_is_longer_than_it_may_be(text: str, most: int) -> None:
    assert len(shorten(text, ENGLISH, most=most)) <= most
