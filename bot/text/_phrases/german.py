"""German."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

GERMAN: Final = Phrases(
    locale="de",
    says="{name} sagt",
    subject="{name}",
    arrives="{name} ist dazugekommen",
    departs="{name} ist gegangen",
    several_arrive="{name} sind dazugekommen",
    several_depart="{name} sind gegangen",
    and_so_on="und so weiter",
    link="Link",
    invite="eine Einladung auf einen Server",
    message_link="ein Link zu einer Nachricht",
    spoiler="Spoiler",
    code="Code",
    code_in="{language}-Code",
    quote="Zitat",
    member="ein Mitglied",
    role="eine Rolle",
    channel="ein Kanal",
    everyone="alle",
    here="alle hier",
    command="Slash {name}",
    places={
        Place.CUSTOMIZE: "Kanäle und Rollen",
        Place.BROWSE: "Kanäle durchsuchen",
        Place.GUIDE: "Server-Guide",
        Place.LINKED_ROLES: "Verknüpfte Rollen",
        Place.HOME: "Startseite des Servers",
    },
    sound="ein Geräusch",
    now="jetzt",
    # Nouns whose accusative is their nominative: they are said alone, too.
    files={
        AttachmentKind.IMAGE: ("ein Bild", "{count} Bilder"),
        AttachmentKind.GIF: ("ein GIF", "{count} GIFs"),
        AttachmentKind.VIDEO: ("ein Video", "{count} Videos"),
        AttachmentKind.AUDIO: ("eine Audiodatei", "{count} Audiodateien"),
        AttachmentKind.VOICE: ("eine Sprachnachricht", "{count} Sprachnachrichten"),
        AttachmentKind.FILE: ("eine Datei", "{count} Dateien"),
    },
    sent="hat {things} geschickt",
    sticker="Sticker {names}",
    sent_sticker=("hat den Sticker {names} geschickt", "hat die Sticker {names} geschickt"),
    started_poll="hat eine Umfrage gestartet",
    poll_ended="Umfrage beendet",
    poll_won="{answer} hat mit {percent} % gewonnen",
    poll_undecided="niemand hat gewonnen",
    reply="an {name}",
    reply_to_nobody="als Antwort",
    forwarded="leitet weiter",
)
