"""What is said for what comes with a message: files, stickers, polls, answers, forwards."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models import Language
from bot.text.markup import parse
from bot.text.message import AttachmentKind, ChatMessage, Poll, PollResult, kind_of
from bot.text.speakable import Spoken, written_words
from tests.text.saying import DE, EN, ES, FR, IT, JA, KO, PT, RU, USERS, ZH, speak_of

IMAGE, GIF, VIDEO = AttachmentKind.IMAGE, AttachmentKind.GIF, AttachmentKind.VIDEO
AUDIO, VOICE, FILE = AttachmentKind.AUDIO, AttachmentKind.VOICE, AttachmentKind.FILE


def spoken_of(language: Language = EN, content: str = "", **parts: Any) -> str:
    return speak_of(ChatMessage(content, users=USERS, **parts), language).text


@pytest.mark.parametrize(
    ("filename", "content_type", "kind"),
    [
        ("a.png", "image/png", IMAGE),
        ("a.gif", "image/gif", GIF),
        ("a.mp4", "video/mp4", VIDEO),
        ("a.ogg", "audio/ogg; codecs=opus", AUDIO),
        ("a.txt", "text/plain; charset=utf-8", FILE),
        ("a.png", "application/octet-stream", IMAGE),
        ("A.JPEG", None, IMAGE),
        ("a.webm", None, VIDEO),
        ("a.mp3", "", AUDIO),
        ("a.tar.gz", None, FILE),
        ("noname", None, FILE),
        ("", None, FILE),
        ("x", "file/x", FILE),
    ],
)
def test_a_file_is_known_by_its_type_or_its_name(
    filename: str, content_type: str | None, kind: AttachmentKind
) -> None:
    assert kind_of(filename, content_type) is kind


@pytest.mark.parametrize(
    ("attachments", "spoken"),
    [
        ((IMAGE,), "sent an image"),
        ((IMAGE,) * 3, "sent 3 images"),
        ((GIF,), "sent a GIF"),
        ((VIDEO,), "sent a video"),
        ((AUDIO, AUDIO), "sent 2 audio files"),
        ((VOICE,), "sent a voice message"),
        ((FILE,) * 3, "sent 3 files"),
        ((IMAGE, FILE, IMAGE), "sent 2 images and a file"),
        ((IMAGE, VIDEO, FILE), "sent an image, a video, and a file"),
    ],
)
def test_files_are_said_by_kind_and_count(
    attachments: tuple[AttachmentKind, ...], spoken: str
) -> None:
    assert spoken_of(attachments=attachments) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "发了两张图片和一个文件"),
        (DE, "hat 2 Bilder und eine Datei geschickt"),
        (IT, "ha inviato 2 immagini e un file"),
        (PT, "enviou duas imagens e um arquivo"),
        (ES, "ha enviado 2 imágenes y un archivo"),
        (JA, "画像2枚、ファイルを送信しました"),
        (KO, "이미지 2장 및 파일을 보냈습니다"),
        (FR, "a envoyé 2 images et un fichier"),
        (RU, "отправляет 2 изображения и файл"),
    ],
)
def test_files_are_said_in_the_language(language: Language, spoken: str) -> None:
    assert spoken_of(language, attachments=(IMAGE, IMAGE, FILE)) == spoken


@pytest.mark.parametrize(
    ("parts", "spoken"),
    [
        ({"content": "look", "attachments": (IMAGE,)}, "look. an image"),
        ({"content": "look!", "attachments": (IMAGE, FILE)}, "look! an image and a file"),
        ({"content": "look", "stickers": ("Wave",)}, "look. sticker Wave"),
        ({"attachments": (IMAGE,), "stickers": ("Wave",)}, "sent an image. sticker Wave"),
        ({"stickers": ("Wave",)}, "sent the sticker Wave"),
        ({"stickers": ("Wave", "Hug")}, "sent the stickers Wave and Hug"),
        ({"stickers": ("✨",)}, "sent the sticker"),
        ({"content": "see", "embed_titles": ("New **song**",)}, "see"),
    ],
)
def test_what_comes_with_a_text_is_said_behind_it(parts: dict[str, Any], spoken: str) -> None:
    assert spoken_of(**parts) == spoken


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (ZH, "发了贴纸Wave"),
        (DE, "hat den Sticker Wave geschickt"),
        (IT, "ha inviato l'adesivo Wave"),
        (PT, "enviou a figurinha Wave"),
        (ES, "ha enviado el sticker Wave"),
        (JA, "スタンプWaveを送信しました"),
        (KO, "스티커 Wave를 보냈습니다"),
        (FR, "a envoyé l'autocollant Wave"),
        (RU, "отправляет стикер Wave"),
    ],
)
def test_a_sticker_is_said_in_the_language(language: Language, spoken: str) -> None:
    assert spoken_of(language, stickers=("Wave",)) == spoken


def test_the_titles_of_embeds_are_said_if_moderators_want_them() -> None:
    message = ChatMessage("see", embed_titles=("New **song**", "||x|| <@1>"), users=USERS)
    assert speak_of(message, reads_embeds=True).text == "see. New song. spoiler Bob"


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (EN, "started a poll: Pizza? Yes or No"),
        (ZH, "发起了投票：Pizza? Yes或No"),
        (DE, "hat eine Umfrage gestartet: Pizza? Yes oder No"),
        (IT, "ha aperto un sondaggio: Pizza? Yes o No"),
        (PT, "abriu uma enquete: Pizza? Yes ou No"),
        (ES, "ha abierto una encuesta: Pizza? Yes o No"),
        (JA, "投票を開始しました、Pizza? YesまたはNo"),
        (KO, "투표를 시작했습니다: Pizza? Yes 또는 No"),
        (FR, "a lancé un sondage : Pizza? Yes ou No"),
        (RU, "начинает опрос: Pizza? Yes или No"),
    ],
)
def test_a_poll_is_read_with_its_answers(language: Language, spoken: str) -> None:
    assert spoken_of(language, poll=Poll("Pizza?", ("Yes", "No", ""))) == spoken


@pytest.mark.parametrize(
    ("language", "won", "undecided"),
    [
        (EN, "poll ended: Pizza. Yes won with 63%", "poll ended: Pizza. nobody won"),
        (ZH, "投票结束：Pizza. Yes以63%胜出", "投票结束：Pizza. 没有选项胜出"),
        (
            DE,
            "Umfrage beendet: Pizza. Yes hat mit 63 % gewonnen",
            "Umfrage beendet: Pizza. niemand hat gewonnen",
        ),
        (
            IT,
            "sondaggio concluso: Pizza. ha vinto Yes con il 63%",
            "sondaggio concluso: Pizza. non ha vinto nessuno",
        ),
        (
            PT,
            "enquete encerrada: Pizza. Yes venceu com 63%",
            "enquete encerrada: Pizza. ninguém venceu",
        ),
        (
            ES,
            "encuesta terminada: Pizza. ha ganado Yes con el 63 %",
            "encuesta terminada: Pizza. no ha ganado nadie",
        ),
        (JA, "投票終了、Pizza. 63%でYesに決まりました", "投票終了、Pizza. 決まりませんでした"),
        (KO, "투표 종료: Pizza. 63%로 Yes 선정", "투표 종료: Pizza. 선정된 답이 없습니다"),
        (
            FR,
            "sondage terminé : Pizza. Yes l'emporte avec 63 %",
            "sondage terminé : Pizza. personne ne l'emporte",
        ),
        (
            RU,
            "опрос завершён: Pizza. победил вариант Yes: 63%",
            "опрос завершён: Pizza. победителя нет",
        ),
    ],
)
def test_the_end_of_a_poll_is_said(language: Language, won: str, undecided: str) -> None:
    assert spoken_of(language, poll_result=PollResult("Pizza", "Yes", 63)) == won
    assert spoken_of(language, poll_result=PollResult("Pizza", None)) == undecided


@pytest.mark.parametrize(
    ("language", "named", "nameless"),
    [
        (EN, "to Bob: hi", "in reply: hi"),
        (ZH, "回复Bob：hi", "回复：hi"),
        (DE, "an Bob: hi", "als Antwort: hi"),
        (IT, "a Bob: hi", "in risposta: hi"),
        (PT, "para Bob: hi", "em resposta: hi"),
        (ES, "a Bob: hi", "en respuesta: hi"),
        (JA, "Bobさんへ、hi", "返信、hi"),
        (KO, "Bob 님에게: hi", "답장: hi"),
        (FR, "à Bob : hi", "en réponse : hi"),
        (RU, "пользователю Bob: hi", "в ответ: hi"),
    ],
)
def test_an_answer_says_to_whom(language: Language, named: str, nameless: str) -> None:
    assert spoken_of(language, "hi", reply_to="Bob ✨") == named
    assert spoken_of(language, "hi", reply_to="✨") == nameless
    assert spoken_of(language, "hi", reply_to="") == nameless


def test_an_answer_without_words_says_nothing() -> None:
    assert speak_of(ChatMessage("", reply_to="Bob")) == Spoken()


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        (EN, "forwarded: hi. you"),
        (ZH, "转发了：hi. you"),
        (DE, "leitet weiter: hi. you"),
        (IT, "inoltra: hi. you"),
        (PT, "encaminhou: hi. you"),
        (ES, "reenvía: hi. you"),
        (JA, "転送しました、hi. you"),
        (KO, "전달했습니다: hi. you"),
        (FR, "transfère : hi. you"),
        (RU, "пересылает: hi. you"),
    ],
)
def test_a_forwarded_message_is_read_as_one(language: Language, spoken: str) -> None:
    assert spoken_of(language, forwarded=ChatMessage("hi\nyou")) == spoken


@pytest.mark.parametrize(
    ("forwarded", "spoken"),
    [
        (ChatMessage("||x|| <@1>", users=USERS), "forwarded: spoiler Bob"),
        (ChatMessage("look", attachments=(IMAGE,)), "forwarded: look. an image"),
        (ChatMessage("", attachments=(IMAGE,)), "forwarded: sent an image"),
        (ChatMessage("a", forwarded=ChatMessage("b")), "forwarded: a"),
        (ChatMessage("a", reply_to="Bob"), "forwarded: a"),
        (ChatMessage(""), ""),
    ],
)
def test_what_is_forwarded_is_said_by_the_same_rules(forwarded: ChatMessage, spoken: str) -> None:
    assert spoken_of(forwarded=forwarded) == spoken


@pytest.mark.parametrize(
    ("setting", "parts", "spoken"),
    [
        ("reads_attachments", {"attachments": (IMAGE,)}, ""),
        ("reads_stickers", {"stickers": ("Wave",)}, ""),
        ("reads_polls", {"poll": Poll("Pizza?", ("Yes",))}, ""),
        ("reads_polls", {"poll_result": PollResult("Pizza?", "Yes", 63)}, ""),
        ("reads_replies", {"content": "hi", "reply_to": "Bob"}, "hi"),
        ("reads_forwards", {"forwarded": ChatMessage("hi")}, ""),
        ("reads_embeds", {"embed_titles": ("hi",)}, ""),
    ],
)
def test_each_part_can_be_left_out(setting: str, parts: dict[str, Any], spoken: str) -> None:
    assert speak_of(ChatMessage(**parts), **{setting: False}).text == spoken


@pytest.mark.parametrize(
    ("parts", "is_deed", "is_reply"),
    [
        ({"content": "hi"}, False, False),
        ({"content": "hi", "attachments": (IMAGE,)}, False, False),
        ({"content": "hi", "reply_to": "Bob"}, False, True),
        ({"attachments": (IMAGE,)}, True, False),
        ({"attachments": (IMAGE,), "reply_to": "Bob"}, True, True),
        ({"stickers": ("Wave",)}, True, False),
        ({"poll": Poll("Pizza?", ("Yes",))}, True, False),
        ({"poll_result": PollResult("Pizza?", None)}, False, False),
        ({"forwarded": ChatMessage("hi")}, True, False),
    ],
)
def test_what_is_done_is_told_from_what_is_said(
    parts: dict[str, Any], is_deed: bool, is_reply: bool
) -> None:
    spoken = speak_of(ChatMessage(**parts))
    assert (spoken.is_deed, spoken.is_reply) == (is_deed, is_reply)


def test_all_that_was_written_can_be_changed_at_once() -> None:
    message = ChatMessage(
        "a",
        users={1: "a"},
        stickers=("a",),
        poll=Poll("a", ("a", "b")),
        poll_result=PollResult("a", "a", 1),
        reply_to="a",
        forwarded=ChatMessage("a"),
        embed_titles=("a",),
    )
    changed = message.with_texts(str.upper)
    assert changed == ChatMessage(
        "A",
        users={1: "a"},
        stickers=("a",),
        poll=Poll("A", ("A", "B")),
        poll_result=PollResult("A", "A", 1),
        reply_to="a",
        forwarded=ChatMessage("A"),
        embed_titles=("A",),
    )
    assert ChatMessage("a").with_texts(str.upper) == ChatMessage("A")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (ChatMessage("hi **you**", forwarded=ChatMessage("others")), "hi you"),
        (ChatMessage("<@1> …", forwarded=ChatMessage("hi _you_")), "hi you"),
        (ChatMessage("", poll=Poll("Pizza?", ("Yes", "No"))), "Pizza?\nYes\nNo"),
        (ChatMessage("", poll_result=PollResult("Pizza?", "Yes", 63)), "Pizza?"),
        (
            ChatMessage("", embed_titles=("a",), forwarded=ChatMessage("", embed_titles=("b",))),
            "a\n\nb",
        ),
        (ChatMessage("", attachments=(IMAGE,)), ""),
    ],
)
def test_the_language_is_that_of_what_people_wrote(message: ChatMessage, words: str) -> None:
    assert written_words(message, parse(message.content)) == words
