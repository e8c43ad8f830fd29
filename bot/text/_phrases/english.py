"""English."""

from __future__ import annotations

from typing import Final

from bot.text._phrases.phrases import Phrases
from bot.text.message import AttachmentKind
from bot.text.nodes import Place

ENGLISH: Final = Phrases(
    locale="en",
    says="{name} said",
    subject="{name}",
    arrives="{name} joined",
    departs="{name} left",
    and_so_on="and so on",
    link="link",
    invite="an invitation to a server",
    message_link="a link to a message",
    spoiler="spoiler",
    code="code",
    code_in="{language} code",
    quote="quote",
    member="a member",
    role="a role",
    channel="a channel",
    everyone="everyone",
    here="everyone here",
    command="slash {name}",
    places={
        Place.CUSTOMIZE: "Channels and Roles",
        Place.BROWSE: "Browse Channels",
        Place.GUIDE: "Server Guide",
        Place.LINKED_ROLES: "Linked Roles",
        Place.HOME: "Server Home",
    },
    sound="a sound",
    now="now",
    files={
        AttachmentKind.IMAGE: ("an image", "{count} images"),
        AttachmentKind.GIF: ("a GIF", "{count} GIFs"),
        AttachmentKind.VIDEO: ("a video", "{count} videos"),
        AttachmentKind.AUDIO: ("an audio file", "{count} audio files"),
        AttachmentKind.VOICE: ("a voice message", "{count} voice messages"),
        AttachmentKind.FILE: ("a file", "{count} files"),
    },
    sent="sent {things}",
    sticker="sticker {names}",
    sent_sticker=("sent the sticker {names}", "sent the stickers {names}"),
    started_poll="started a poll",
    poll_ended="poll ended",
    poll_won="{answer} won with {percent}%",
    poll_undecided="nobody won",
    reply="to {name}",
    reply_to_nobody="in reply",
    forwarded="forwarded",
)
