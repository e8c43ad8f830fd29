"""Portuguese, as Brazil speaks it."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases, one_two_or_more
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

PORTUGUESE: Final = Phrases(
    locale="pt",
    plural=one_two_or_more,
    says="{name} disse",
    subject="{name}",
    arrives="{name} entrou",
    departs="{name} saiu",
    several_arrive="{name} entraram",
    several_depart="{name} saíram",
    and_so_on="e assim por diante",
    link="link",
    invite="um convite para um servidor",
    message_link="um link para uma mensagem",
    spoiler="spoiler",
    code="código",
    code_in="código {language}",
    quote="citação",
    member="um membro",
    role="um cargo",
    channel="um canal",
    everyone="todos",
    here="todos aqui",
    command="barra {name}",
    places={
        Place.CUSTOMIZE: "Canais e cargos",
        Place.BROWSE: "Explorar canais",
        Place.GUIDE: "Guia do servidor",
        Place.LINKED_ROLES: "Cargos vinculados",
        Place.HOME: "Início do servidor",
    },
    sound="um som",
    now="agora",
    files={
        AttachmentKind.IMAGE: ("uma imagem", "duas imagens", "{count} imagens"),
        AttachmentKind.GIF: ("um GIF", "dois GIFs", "{count} GIFs"),
        AttachmentKind.VIDEO: ("um vídeo", "dois vídeos", "{count} vídeos"),
        AttachmentKind.AUDIO: ("um áudio", "dois áudios", "{count} áudios"),
        AttachmentKind.VOICE: (
            "uma mensagem de voz",
            "duas mensagens de voz",
            "{count} mensagens de voz",
        ),
        AttachmentKind.FILE: ("um arquivo", "dois arquivos", "{count} arquivos"),
    },
    sent="enviou {things}",
    sticker="figurinha {names}",
    sent_sticker=(
        "enviou a figurinha {names}",
        "enviou as figurinhas {names}",
        "enviou as figurinhas {names}",
    ),
    started_poll="abriu uma enquete",
    poll_ended="enquete encerrada",
    poll_won="{answer} venceu com {percent}%",
    poll_undecided="ninguém venceu",
    reply="para {name}",
    reply_to_nobody="em resposta",
    forwarded="encaminhou",
)
