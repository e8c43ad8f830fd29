"""Russian."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

_TEENS: Final = range(11, 15)
_FEW: Final = range(2, 5)


def _plural(count: int) -> int:
    if count % 100 in _TEENS:
        return 2
    return 0 if count % 10 == 1 else 1 if count % 10 in _FEW else 2


RUSSIAN: Final = Phrases(
    locale="ru",
    plural=_plural,
    # The present tense does not tell whether a man or a woman speaks.
    says="{name} говорит",
    subject="{name}",
    arrives="к нам присоединяется {name}",
    departs="нас покидает {name}",
    several_arrive="к нам присоединяются {name}",
    several_depart="нас покидают {name}",
    and_so_on="и так далее",
    link="ссылка",
    invite="приглашение на сервер",
    message_link="ссылка на сообщение",
    spoiler="спойлер",
    code="код",
    code_in="код на {language}",
    quote="цитата",
    member="участник",
    role="роль",
    channel="канал",
    everyone="все",
    here="все, кто здесь",
    command="слэш {name}",
    places={
        Place.CUSTOMIZE: "Каналы и роли",
        Place.BROWSE: "Обзор каналов",
        Place.GUIDE: "Путеводитель по серверу",
        Place.LINKED_ROLES: "Связанные роли",
        Place.HOME: "Главная страница сервера",
    },
    sound="звук",
    now="сейчас",
    # Nouns whose accusative is their nominative, none of them feminine: they are said alone, too,
    # and "два" fits them all.
    files={
        AttachmentKind.IMAGE: ("изображение", "{count} изображения", "{count} изображений"),
        AttachmentKind.GIF: ("GIF-файл", "{count} GIF-файла", "{count} GIF-файлов"),
        AttachmentKind.VIDEO: ("видео", "{count} видео", "{count} видео"),
        AttachmentKind.AUDIO: ("аудиофайл", "{count} аудиофайла", "{count} аудиофайлов"),
        AttachmentKind.VOICE: (
            "голосовое сообщение",
            "{count} голосовых сообщения",
            "{count} голосовых сообщений",
        ),
        AttachmentKind.FILE: ("файл", "{count} файла", "{count} файлов"),
    },
    sent="отправляет {things}",
    sticker="стикер {names}",
    sent_sticker=(
        "отправляет стикер {names}",
        "отправляет стикеры {names}",
        "отправляет стикеры {names}",
    ),
    started_poll="начинает опрос",
    poll_ended="опрос завершён",
    poll_won="победил вариант {answer}: {percent}%",
    poll_undecided="победителя нет",
    # A name stays as it is behind "user", whatever the case.
    reply="пользователю {name}",
    reply_to_nobody="в ответ",
    forwarded="пересылает",
    year=("г.", "года"),
)
