"""Lists of members over the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.gateway.opcodes import CloseGatewayError
from bot.sandbox.discord.world.snowflakes import parse_snowflake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.guilds import Guild
    from bot.sandbox.discord.world.members import Member

CHUNK_MEMBERS = 1000  # "Guild Members Chunk"
MAX_QUERIED = 100


def member_chunks(guild: Guild, wish: Json, intents: Intent) -> Iterator[Json]:
    """Yield the chunks that answer an op 8; raise CloseGatewayError."""
    found, missing = _find(guild, wish, intents)
    pages = [found[i : i + CHUNK_MEMBERS] for i in range(0, len(found), CHUNK_MEMBERS)] or [[]]
    for index, page in enumerate(pages):
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [member.payload() for member in page],
            "chunk_index": index,
            "chunk_count": len(pages),
        }
        if missing:
            chunk["not_found"] = missing
        if wish.get("presences") and intents & Intent.GUILD_PRESENCES:
            chunk["presences"] = []
        if wish.get("nonce") is not None:
            chunk["nonce"] = wish["nonce"]
        yield chunk


def _find(guild: Guild, wish: Json, intents: Intent) -> tuple[list[Member], list[str]]:
    if wish.get("user_ids") is not None:
        return _by_id(guild, wish["user_ids"])
    query, limit = str(wish.get("query") or "").lower(), int(wish.get("limit") or 0)
    if limit < 0:
        raise CloseGatewayError(4002)
    if not query and not limit:
        # "The GUILD_MEMBERS intent is required to request the entire list."
        return (list(guild.members.values()) if intents & Intent.GUILD_MEMBERS else []), []
    matching = [m for m in guild.members.values() if _resembles(m, query)]
    return matching[: min(limit or MAX_QUERIED, MAX_QUERIED)], []


def _by_id(guild: Guild, wanted: object) -> tuple[list[Member], list[str]]:
    ids = wanted if isinstance(wanted, list) else [wanted]
    known = [guild.members.get(parse_snowflake(i) or 0) for i in ids[:MAX_QUERIED]]
    missing = [str(i) for i, member in zip(ids, known, strict=False) if member is None]
    return [member for member in known if member is not None], missing


def _resembles(member: Member, query: str) -> bool:
    names = [member.nick, member.user.global_name, member.user.username]
    return any(name.lower().startswith(query) for name in names if name)
