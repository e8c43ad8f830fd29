"""French."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

FRENCH: Final = Phrases(
    locale="fr",
    says="{name} dit",
    subject="{name}",
    # Neither tells whether a man or a woman comes.
    arrives="{name} nous rejoint",
    departs="{name} nous quitte",
    several_arrive="{name} nous rejoignent",
    several_depart="{name} nous quittent",
    and_so_on="et ainsi de suite",
    link="lien",
    invite="une invitation à un serveur",
    message_link="un lien vers un message",
    spoiler="spoiler",
    code="code",
    code_in="code {language}",
    quote="citation",
    member="un membre",
    role="un rôle",
    channel="un salon",
    everyone="tout le monde",
    here="tout le monde ici",
    command="slash {name}",
    places={
        Place.CUSTOMIZE: "Salons et rôles",
        Place.BROWSE: "Parcourir les salons",
        Place.GUIDE: "Guide du serveur",
        Place.LINKED_ROLES: "Rôles liés",
        Place.HOME: "Accueil du serveur",
    },
    sound="un son",
    now="maintenant",
    files={
        AttachmentKind.IMAGE: ("une image", "{count} images"),
        AttachmentKind.GIF: ("un GIF", "{count} GIF"),
        AttachmentKind.VIDEO: ("une vidéo", "{count} vidéos"),
        AttachmentKind.AUDIO: ("un fichier audio", "{count} fichiers audio"),
        AttachmentKind.VOICE: ("un message vocal", "{count} messages vocaux"),
        AttachmentKind.FILE: ("un fichier", "{count} fichiers"),
    },
    sent="a envoyé {things}",
    sticker="autocollant {names}",
    sent_sticker=("a envoyé l'autocollant {names}", "a envoyé les autocollants {names}"),
    started_poll="a lancé un sondage",
    poll_ended="sondage terminé",
    poll_won="{answer} l'emporte avec {percent} %",
    poll_undecided="personne ne l'emporte",
    reply="à {name}",
    reply_to_nobody="en réponse",
    forwarded="transfère",
    colon=" : ",
)
