"""Italian."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

ITALIAN: Final = Phrases(
    locale="it",
    says="{name} dice",
    subject="{name}",
    # Neither tells whether a man or a woman comes.
    arrives="{name} entra nel canale",
    departs="{name} esce dal canale",
    several_arrive="{name} entrano nel canale",
    several_depart="{name} escono dal canale",
    and_so_on="e così via",
    link="link",
    invite="un invito a un server",
    message_link="un link a un messaggio",
    spoiler="spoiler",
    code="codice",
    code_in="codice {language}",
    quote="citazione",
    member="un membro",
    role="un ruolo",
    channel="un canale",
    everyone="tutti",
    here="tutti i presenti",
    command="slash {name}",
    places={
        Place.CUSTOMIZE: "Canali e ruoli",
        Place.BROWSE: "Sfoglia i canali",
        Place.GUIDE: "Guida del server",
        Place.LINKED_ROLES: "Ruoli collegati",
        Place.HOME: "Home del server",
    },
    sound="un suono",
    now="adesso",
    files={
        AttachmentKind.IMAGE: ("un'immagine", "{count} immagini"),
        AttachmentKind.GIF: ("una GIF", "{count} GIF"),
        AttachmentKind.VIDEO: ("un video", "{count} video"),
        AttachmentKind.AUDIO: ("un file audio", "{count} file audio"),
        AttachmentKind.VOICE: ("un messaggio vocale", "{count} messaggi vocali"),
        AttachmentKind.FILE: ("un file", "{count} file"),
    },
    sent="ha inviato {things}",
    sticker="adesivo {names}",
    sent_sticker=("ha inviato l'adesivo {names}", "ha inviato gli adesivi {names}"),
    started_poll="ha aperto un sondaggio",
    poll_ended="sondaggio concluso",
    poll_won="ha vinto {answer} con il {percent}%",
    poll_undecided="non ha vinto nessuno",
    reply="a {name}",
    reply_to_nobody="in risposta",
    forwarded="inoltra",
)
