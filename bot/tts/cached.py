"""Speech that has been made is kept and said again: in memory, and beneath it in a store."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import time
from collections import Counter
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from cachetools import TLRUCache

from bot.audio.clip import FRAME_MS
from bot.audio.encode import BITRATE_KBPS
from bot.tts.catalog import weighted_characters

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.audio.effects import EffectsSettings
    from bot.models import Origin, SpeechRequest

log = logging.getLogger(__name__)

SOUND_VERSION: Final = 1
"""Raised whenever effects or encoder make another sound of the same request."""

TTL_S: Final = 7 * 24 * 3600.0
"""How long speech may be kept at most (the privacy section of the reliability requirements)."""

LOAD_S: Final = 0.3
"""How long a store may take: after that the service would be speaking as soon."""

KEY_BYTES: Final = 32
OWNER_BYTES: Final = 16

PACKET_OVERHEAD_BYTES: Final = 49
"""What CPython needs for a packet besides its content: 33 for the object, its place in the list,
and on average half of the 16 that sizes are rounded to."""

CLIP_OVERHEAD_BYTES: Final = 1_000
"""The list, its name, and its entries in the tables of the cache."""


class Source(StrEnum):
    """Where speech comes from."""

    MEMORY = "memory"
    STORE = "store"
    JOINED = "joined"
    """A synthesis that somebody else had asked for was under way."""
    SYNTHESIZED = "synthesized"


@dataclass(frozen=True, slots=True)
class KeptClip:
    """Finished packets of 20 ms; must not be changed.

    `made_at` is in seconds since 1970. `owners` are those who may have it deleted, under the names
    that `ClipCache` has given them.
    """

    packets: list[bytes]
    made_at: float
    owners: tuple[bytes, ...]

    @property
    def memory_bytes(self) -> int:
        """About what it takes in memory."""
        packets = sum(map(len, self.packets)) + len(self.packets) * PACKET_OVERHEAD_BYTES
        return packets + CLIP_OVERHEAD_BYTES


class ClipStore(Protocol):
    """Keeps clips beyond the life of the process; it fails by not having them, never by raising."""

    @property
    def key(self) -> bytes:
        """The secret of this installation that all names are made with."""

    def has(self, name: bytes) -> bool:
        """Return, without waiting for anything, whether there is probably a clip of that name."""

    async def load(self, name: bytes) -> KeptClip | None:
        """Return the clip of that name, if it is there and exactly what was saved."""

    def save(self, name: bytes, clip: KeptClip) -> None:
        """Keep a clip, at some time soon; whatever is asked for later happens after that."""

    async def purge(self, owner: bytes) -> None:
        """Delete every clip that has this owner, those on their way included."""


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What the cache has been good for since the start, and what it holds in memory now.

    `saved_characters` are those of the provider's bill, in which a Han character counts 2.
    """

    memory_hits: int
    store_hits: int
    joined: int
    synthesized: int
    saved_characters: int
    clips_in_memory: int
    bytes_in_memory: int

    @property
    def hit_rate(self) -> float:
        """The share of requests that needed no synthesis of their own."""
        hits = self.memory_hits + self.store_hits + self.joined
        return hits / max(1, hits + self.synthesized)


class ClipCache:
    """Keeps whole clips by what they sound like, the least recently heard go first.

    Args:
        memory_bytes: What clips in memory may take.
        ttl_s: How long a clip may be kept, at most `TTL_S`.
        store: Where clips are kept besides.
        on_saved: Called with who asked and the characters that were not billed.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        *,
        memory_bytes: int,
        ttl_s: float = TTL_S,
        store: ClipStore | None = None,
        on_saved: Callable[[Origin, int], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        ttl_s = min(ttl_s, TTL_S)
        self._memory: TLRUCache[bytes, KeptClip] = TLRUCache(
            memory_bytes,
            ttu=lambda _, clip, __: clip.made_at + ttl_s,
            timer=clock,
            getsizeof=lambda clip: clip.memory_bytes,
        )
        self._store = store
        self._key = store.key if store else secrets.token_bytes(KEY_BYTES)
        self._on_saved = on_saved
        self._clock = clock
        self._counts: Counter[Source] = Counter()
        self._saved_characters = 0
        self._purges = 0

    @property
    def stats(self) -> CacheStats:
        """How it stands now."""
        return CacheStats(
            memory_hits=self._counts[Source.MEMORY],
            store_hits=self._counts[Source.STORE],
            joined=self._counts[Source.JOINED],
            synthesized=self._counts[Source.SYNTHESIZED],
            saved_characters=self._saved_characters,
            clips_in_memory=len(self._memory),
            bytes_in_memory=round(self._memory.currsize),
        )

    def name_of(self, request: SpeechRequest, effects: EffectsSettings) -> bytes:
        """Return what the sound of a request is kept as: nobody without the key can tell of what.

        Requests have the same name if, and only if, all that changes the sound is the same.
        """
        sound = (
            (SOUND_VERSION, BITRATE_KBPS, FRAME_MS, *astuple(effects)),
            (request.text, request.model, request.voice.id, request.language, request.style),
            # 1 equals 1.0 and 0.0 equals -0.0, yet they are written differently.
            (float(request.speed) + 0.0, float(request.volume) + 0.0),
        )
        return self._hash("sound", json.dumps(sound))

    def find(self, name: bytes) -> list[bytes] | None:
        """Return the packets of that name, if they are in memory."""
        clip = self._memory.get(name)
        return clip.packets if clip else None

    def is_stored(self, name: bytes) -> bool:
        """Return whether `load` is worth a try."""
        return self._store is not None and self._store.has(name)

    async def load(self, name: bytes) -> list[bytes] | None:
        """Return the packets of that name from the store, and have them in memory from now on."""
        if self._store is None:
            return None
        purges = self._purges
        try:
            async with asyncio.timeout(LOAD_S):
                clip = await self._store.load(name)
        except TimeoutError:
            return None
        if clip is None:
            return None
        if purges == self._purges:  # else it may be one of those that were to go
            self._remember(name, clip)
        return clip.packets

    def keep(self, name: bytes, packets: list[bytes], origin: Origin) -> None:
        """Keep finished speech; `packets` must not change any more."""
        owners = (self._owner("guild", origin.guild_id), self._owner("member", origin.member_id))
        clip = KeptClip(packets, self._clock(), owners)
        self._remember(name, clip)
        if self._store is not None:
            self._store.save(name, clip)

    async def purge_guild(self, guild_id: int) -> None:
        """Delete all that was kept because of requests from a guild; when this returns it is."""
        await self._purge(self._owner("guild", guild_id))

    async def purge_member(self, member_id: int) -> None:
        """Delete all that was kept because of a member's requests; when this returns it is."""
        await self._purge(self._owner("member", member_id))

    def count(self, source: Source, request: SpeechRequest) -> None:
        """Count a request that was served."""
        self._counts[source] += 1
        if source is not Source.SYNTHESIZED:
            characters = weighted_characters(request.text)
            self._saved_characters += characters
            if self._on_saved:
                self._on_saved(request.origin, characters)

    def _remember(self, name: bytes, clip: KeptClip) -> None:
        if clip.memory_bytes <= self._memory.maxsize:  # cachetools refuses others
            self._memory[name] = clip

    async def _purge(self, owner: bytes) -> None:
        self._purges += 1
        for name in [name for name, clip in self._memory.items() if owner in clip.owners]:
            self._memory.pop(name, None)
        if self._store is not None:
            await self._store.purge(owner)

    def _owner(self, kind: str, snowflake: int | None) -> bytes:
        # Nobody's speech has a name that is no hash, so that nobody can have it deleted.
        if snowflake is None:
            return bytes(OWNER_BYTES)
        return self._hash(kind, str(snowflake))[:OWNER_BYTES]

    def _hash(self, kind: str, content: str) -> bytes:
        return hmac.digest(self._key, f"{kind} {content}".encode(), "sha256")
