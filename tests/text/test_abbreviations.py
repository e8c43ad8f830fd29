"""Abbreviations of chats, said in full in ten languages, and words that only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Language
from bot.text.abbreviations import expand_abbreviations
from tests.text.hostile_words import HOSTILE_WORDS

ENGLISH, GERMAN, FRENCH = Language.ENGLISH, Language.GERMAN, Language.FRENCH
SPANISH, ITALIAN, PORTUGUESE = Language.SPANISH, Language.ITALIAN, Language.PORTUGUESE
RUSSIAN, CHINESE, AUTO = Language.RUSSIAN, Language.CHINESE, Language.AUTO
JAPANESE, KOREAN = Language.JAPANESE, Language.KOREAN


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        (ENGLISH, "brb, BTW idk!", "be right back, by the way I don't know!"),
        (ENGLISH, "gg wp", "G G well played"),
        (ENGLISH, "afk rn, ty", "A F K right now, thank you"),
        (ENGLISH, "imo that's gr8 tbh", "in my opinion that's great to be honest"),
        (ENGLISH, "e.g. this, i.e. that, etc.", "for example this, that is that, et cetera"),
        (ENGLISH, "w/ you or w/o you b/c", "with you or without you because"),
        (ENGLISH, "wtf stfu", "W T F S T F U"),
        (GERMAN, "vllt z.B. so, z. B. jetzt", "vielleicht zum Beispiel so, zum Beispiel jetzt"),
        (GERMAN, "d.h. usw. bzw. ca. 5", "das heißt und so weiter beziehungsweise circa 5"),
        (GERMAN, "kp, kA, kb", "kein Plan, keine Ahnung, kein Bock"),
        (GERMAN, "max. 5, Nr. 7", "maximal 5, Nummer 7"),
        (GERMAN, "lg, hdl", "liebe Grüße, hab dich lieb"),
        (FRENCH, "jsp stp", "je sais pas s'il te plaît"),
        (FRENCH, "slt, tkt bcp pk", "salut, t'inquiète beaucoup pourquoi"),
        (FRENCH, "c.-à-d. p. ex. demain, a+", "c'est-à-dire par exemple demain, à plus"),
        (SPANISH, "q haces? pq tmb", "que haces? porque también"),
        (
            SPANISH,
            "xfa, tqm, p. ej. EE. UU.",
            "por favor, te quiero mucho, por ejemplo Estados Unidos",
        ),
        (ITALIAN, "cmq nn so xk", "comunque non so perché"),
        (ITALIAN, "tvb, ad es. domani ecc.", "ti voglio bene, ad esempio domani eccetera"),
        (PORTUGUESE, "vc n sabe pq?", "você não sabe porque?"),
        (PORTUGUESE, "blz, vlw, hj tbm", "beleza, valeu, hoje também"),
        (RUSSIAN, "спс, пж", "спасибо, пожалуйста"),
        (RUSSIAN, "т.е. так, т. к. и т.д.", "то есть так, так как и так далее"),
        (RUSSIAN, "gg, хз, мб", "гэ гэ, хэ зэ, может быть"),
        (JAPANESE, "乙です", "おつです"),
        (JAPANESE, "おk、GG、kwsk", "オーケー、ジージー、詳しく"),
        (JAPANESE, "88888", "パチパチパチ"),
        (JAPANESE, "またねノシ ノシ", "またねノシ バイバイ"),
        (CHINESE, "真yyds", "真永远的神"),
        (CHINESE, "u1s1，xswl！", "有一说一，笑死我了！"),
        (CHINESE, "太666了 5555 88", "太六六六了 呜呜呜 拜拜"),
        (KOREAN, "ㄱㄱ ㅇㅇ ㄴㄴ", "고고 응 노노"),
        (KOREAN, "진짜ㄷㄷ, ㅇㅋ ㄳ", "진짜 덜덜, 오케이 감사"),
        (KOREAN, "gg ㅊㅋㅊㅋ", "지지 축하축하"),
    ],
)
def test_an_abbreviation_is_said_in_full(language: Language, text: str, spoken: str) -> None:
    assert expand_abbreviations(text, language) == spoken


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (AUTO, "brb gg z.B. спс ㄱㄱ yyds"),
        (ENGLISH, "Ty met Fr. Smith in BC, ATM broken; RN, GM, VC"),
        (ENGLISH, "@brb #gg gg-team https://gg.example gg.example/gg _brb_x gg's"),
        (ENGLISH, "eggs aggregate brba idky"),
        (ENGLISH, "vllt jsp tmb vcs"),
        (ENGLISH, "5 vc and 3 dm"),
        (GERMAN, "Das ist Max. Iwo! Kap, Karl, LG, PLZ"),
        (GERMAN, "gut a. u. b."),
        (FRENCH, "le CC, DS et TT; acte, dca"),
        (SPANISH, "queso Q5 tbone"),
        (ITALIAN, "kit sns DV chi"),
        (PORTUGUESE, "N, Q, SS, não, 5 tb"),
        (RUSSIAN, "спрос, пжик, 5 мб, т.п"),
        (JAPANESE, "乙女 甲乙 8888円 1,8888 カノシ okok"),
        (CHINESE, "666块 1666 6.666 88元 我有88个 5555年"),
        (KOREAN, "ㅋㅋ ㅎㅎ ㅠㅠ ㅅㅂ ㄱ"),
    ],
)
def test_what_is_or_may_be_a_word_stays(language: Language, text: str) -> None:
    assert expand_abbreviations(text, language) == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["brb", "e.g.", "z.B.", "q", "ㄱㄱ", "666", "乙", *" .,-5a你мб"])).map(
        " ".join
    ),
    st.sampled_from(list(Language)),
)
def test_what_is_said_in_full_stays(text: str, language: Language) -> None:
    said = expand_abbreviations(text, language)
    assert expand_abbreviations(said, language) == said


@pytest.mark.parametrize("language", [ENGLISH, GERMAN, KOREAN, CHINESE, JAPANESE])
@pytest.mark.parametrize("text", HOSTILE_WORDS.values(), ids=HOSTILE_WORDS)
def test_no_hostile_text_grows_much(text: str, language: Language) -> None:
    assert len(expand_abbreviations(text, language)) <= len(text) + 3_000
