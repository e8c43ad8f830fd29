"""Leaves out of a document who does not speak here: it may be from another bot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.exchange.document import Document
    from bot.settings.channel import ChannelSettings
    from bot.settings.member import MemberRules
    from bot.tts.offered import Catalog

S = TypeVar("S", "ChannelSettings", "MemberRules")


def with_known_voices(document: Document, catalog: Catalog) -> tuple[Document, frozenset[str]]:
    """Return a document without the models and voices that cannot be chosen, and those."""
    unknown: set[str] = set()

    def is_known(voice: str | None) -> bool:
        if voice is None or any(catalog.get_voice(model, voice) for model in catalog.models):
            return True
        unknown.add(voice)
        return False

    def with_known_voice(settings: S) -> S:
        return settings if is_known(settings.voice) else replace(settings, voice=None)

    server = document.server
    if server is not None:
        if server.model is not None and catalog.get_model(server.model) is None:
            unknown.add(server.model)
            server = replace(server, model=None)
        voice = server.voice if is_known(server.voice) else None
        voices = tuple(pair for pair in server.voices if is_known(pair[1]))
        # Were only unknown ones allowed, nobody could choose any; a ban of one does no harm.
        allowed = tuple(filter(is_known, server.allowed_voices))
        server = replace(server, voice=voice, voices=voices, allowed_voices=allowed)
    channels, members = document.channels, document.members
    known = replace(
        document,
        server=server,
        channels=channels and {id_: with_known_voice(each) for id_, each in channels.items()},
        members=members and {id_: with_known_voice(each) for id_, each in members.items()},
    )
    return known, frozenset(unknown)
