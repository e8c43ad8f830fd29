"""Spanish."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

SPANISH: Final = Phrases(
    locale="es",
    says="{name} dice",
    subject="{name}",
    arrives="{name} se ha unido",
    departs="{name} se ha ido",
    several_arrive="{name} se han unido",
    several_depart="{name} se han ido",
    and_so_on="y así sucesivamente",
    link="enlace",
    invite="una invitación a un servidor",
    message_link="un enlace a un mensaje",
    spoiler="spoiler",
    code="código",
    code_in="código {language}",
    quote="cita",
    member="un miembro",
    role="un rol",
    channel="un canal",
    everyone="todos",
    here="todos los presentes",
    command="barra {name}",
    places={
        Place.CUSTOMIZE: "Canales y roles",
        Place.BROWSE: "Explorar canales",
        Place.GUIDE: "Guía del servidor",
        Place.LINKED_ROLES: "Roles vinculados",
        Place.HOME: "Inicio del servidor",
    },
    sound="un sonido",
    now="ahora",
    files={
        AttachmentKind.IMAGE: ("una imagen", "{count} imágenes"),
        AttachmentKind.GIF: ("un GIF", "{count} GIF"),
        AttachmentKind.VIDEO: ("un video", "{count} videos"),
        AttachmentKind.AUDIO: ("un audio", "{count} audios"),
        AttachmentKind.VOICE: ("un mensaje de voz", "{count} mensajes de voz"),
        AttachmentKind.FILE: ("un archivo", "{count} archivos"),
    },
    sent="ha enviado {things}",
    sticker="sticker {names}",
    sent_sticker=("ha enviado el sticker {names}", "ha enviado los stickers {names}"),
    started_poll="ha abierto una encuesta",
    poll_ended="encuesta terminada",
    poll_won="ha ganado {answer} con el {percent} %",
    poll_undecided="no ha ganado nadie",
    reply="a {name}",
    reply_to_nobody="en respuesta",
    forwarded="reenvía",
)
