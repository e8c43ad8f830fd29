"""Goes on speaking when a provider cannot: the first route that makes a sound is heard."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts.condition import Condition, Rest
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from bot.models import SpeechRequest
    from bot.tts.condition import RestOf

    StandIn = Callable[[SpeechRequest], SpeechRequest]

log = logging.getLogger(__name__)

FIRST_SOUND_S: Final = 12.0
"""How long all routes together may take to begin. Listeners give up after 20 s, and a backlog of 20
servers is served within 8.7 s."""

FIRST_SHARE: Final = 2 / 3
"""The part of the time left that a route gets before the next is asked: 8 s for the first one, in
which a server at rest waits 2.5 s for its turn at most and an answer has 5 s to begin."""

SETTLED_S: Final = 10.0
"""How long nobody may have stood in for a route before it counts as back; else an endpoint that
fails now and then would be announced every time."""

# Where another route may do better. What is refused, late, muted or over budget is so for all.
_OF_THE_ROUTE: Final = frozenset(
    {
        ProviderFault.BAD_KEY,
        ProviderFault.OUT_OF_CREDIT,
        ProviderFault.THROTTLED,
        ProviderFault.TIMEOUT,
        ProviderFault.UNAVAILABLE,
        ProviderFault.PROTOCOL,
        ProviderFault.TRUNCATED,
        ProviderFault.UNSAFE_URL,
        ProviderFault.SUSPENDED,
    }
)
_NOT_FOUND: Final = 404
# How the endpoint's own answers of status 400 for a model it does not have are worded by us.
_MISSING_MODEL: Final = "the model does not"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to speech.

    Args:
        name: What operators call it.
        synthesizer: Who speaks; it limits and retries by itself.
        models: The models that are its own: requests for them go here first.
        stand_in: How it speaks for the others; none if it never does.
        rest_of: Tells whether it is left alone; without it, it never is.
    """

    name: str
    synthesizer: Synthesizer
    models: frozenset[str] = frozenset()
    stand_in: StandIn | None = None
    rest_of: RestOf | None = None

    def rest(self, model: str) -> Rest | None:
        """Return why it would not be asked for `model`, if it would not."""
        return self.rest_of(model) if self.rest_of else None


@dataclass(frozen=True, slots=True)
class Switch:
    """News: the requests of a guild are spoken on another route than before.

    Args:
        request: The first one of that guild, as it was asked for.
        usual: The name of the route that should speak; that of the model if no route has it.
        current: The name of the one that does; the same when all is well again.
    """

    request: SpeechRequest
    usual: str
    current: str

    @property
    def is_back(self) -> bool:
        """Whether the usual route speaks again."""
        return self.current == self.usual


class Chain(Synthesizer):
    """Asks the route of the request's model, then the others in order, until one begins to speak.

    What has begun to sound stays with its route: nobody hears half a sentence twice. If no route
    speaks, the error is that of the first one.

    Args:
        routes: All of them, the preferred first.
        on_stand_in: Called for every request that another route than its own begins to speak.
        on_switch: Called once for each guild when that begins, and once when it is over.
    """

    def __init__(
        self,
        routes: tuple[Route, ...],
        *,
        on_stand_in: Callable[[SpeechRequest], None] | None = None,
        on_switch: Callable[[Switch], None] | None = None,
    ) -> None:
        self._routes = routes
        self._on_stand_in = on_stand_in
        self._on_switch = on_switch
        self._standings = _Standings()

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield whole samples of the first route that has any; closing ends its request.

        Raises:
            ProviderError: No route spoke, or the one that did broke off.
        """
        own = self._own(request)
        attempts = list(self._attempts(request, own))
        patience = _Patience(len(attempts))
        errors: list[ProviderError] = []
        for route, adapted in attempts:
            async with aclosing(route.synthesizer.stream(adapted)) as pieces:
                try:
                    first = await _first_sound(pieces, until=patience.next_deadline())
                except ProviderError as error:
                    errors.append(error)
                    if _may_help(error, is_own=route is own):
                        continue
                    break
                self._begin(own, route, request, errors)
                yield first
                async for pcm in pieces:
                    yield pcm
                return
        # The others failed too, but the first is what there is to mend.
        raise errors[0] if errors else _nobody_speaks(request.model)

    def condition(self, request: SpeechRequest) -> Condition:
        """Return what would become of `request`; nobody is asked."""
        own = self._own(request)
        usual = own.name if own else request.model
        return Condition(
            rest=own.rest(request.model) if own else Rest(ProviderFault.INVALID_REQUEST),
            has_stand_in=any(
                route is not own and route.rest(adapted.model) is None
                for route, adapted in self._attempts(request, own)
            ),
            stood_in_s=self._standings.age_s((usual, request.origin.guild_id)),
        )

    def _own(self, request: SpeechRequest) -> Route | None:
        return next((route for route in self._routes if request.model in route.models), None)

    def _attempts(
        self, request: SpeechRequest, own: Route | None
    ) -> Iterator[tuple[Route, SpeechRequest]]:
        if own is not None:
            yield own, request
        for route in self._routes:
            if route is not own and route.stand_in is not None:
                yield route, route.stand_in(request)

    def _begin(
        self,
        own: Route | None,
        route: Route,
        request: SpeechRequest,
        errors: list[ProviderError],
    ) -> None:
        # Settings may still name a model that no route has any more.
        usual = own.name if own is not None else request.model
        guild = (usual, request.origin.guild_id)
        if route is own:
            if self._standings.end(usual):
                log.info("%s speaks again", usual, extra={"route": usual})
            is_news = self._standings.end(guild)
        else:
            if self._standings.begin(usual):
                _log_switch(usual, route.name, errors[0] if errors else _nobody_speaks(usual))
            is_news = self._standings.begin(guild)
            if self._on_stand_in is not None:
                self._on_stand_in(request)
        if is_news and self._on_switch is not None:
            self._on_switch(Switch(request, usual, route.name))


class _Patience:
    """Shares out the time until the first sound: each route but the last leaves some to the next.

    With one route alone, its own timeouts are all there is.
    """

    def __init__(self, routes: int) -> None:
        self._routes_left = routes
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + FIRST_SOUND_S if routes > 1 else None

    def next_deadline(self) -> float | None:
        """Return until when the next route must have begun, as the loop's clock counts."""
        self._routes_left -= 1
        if self._end is None or not self._routes_left:
            return self._end
        now = self._now()
        return now + FIRST_SHARE * (self._end - now)


class _Standings:
    """For whom somebody stands in, since when."""

    def __init__(self) -> None:
        self._last_at: dict[object, float] = {}

    def begin(self, key: object) -> bool:
        """Note that somebody stands in; tell whether that is news."""
        is_news = key not in self._last_at
        self._last_at[key] = asyncio.get_running_loop().time()
        return is_news

    def age_s(self, key: object) -> float | None:
        """Return how long ago somebody stood in last; None if nobody does."""
        last_at = self._last_at.get(key)
        return None if last_at is None else asyncio.get_running_loop().time() - last_at

    def end(self, key: object) -> bool:
        """Note that nobody did; tell whether a time of standing in is over by that."""
        last_at = self._last_at.get(key)
        if last_at is None or asyncio.get_running_loop().time() - last_at < SETTLED_S:
            return False
        del self._last_at[key]
        return True


async def _first_sound(pieces: AsyncGenerator[bytes, None], *, until: float | None) -> bytes:
    try:
        async with asyncio.timeout_at(until):
            async for pcm in pieces:
                if pcm:
                    return pcm
    except TimeoutError:
        raise ProviderError(
            "the route did not begin to speak in time", fault=ProviderFault.TIMEOUT, retryable=True
        ) from None
    raise ProviderError(
        "the answer held no audio", fault=ProviderFault.PROTOCOL, retryable=True
    ) from None


def _may_help(error: ProviderError, *, is_own: bool) -> bool:
    """Tell whether another route is to be asked after this error."""
    if error.fault is ProviderFault.INVALID_REQUEST:
        # A stand-in that does not take the request says nothing about the others.
        return not is_own or _is_about_model(error)
    return error.fault in _OF_THE_ROUTE


def _is_about_model(error: ProviderError) -> bool:
    return error.status == _NOT_FOUND or _MISSING_MODEL in str(error)


def _log_switch(usual: str, stand_in: str, error: ProviderError) -> None:
    log.warning(
        "%s speaks instead of %s: %s, status %s, code %s",
        stand_in,
        usual,
        error.fault,
        error.status,
        error.code,
        extra={"route": usual, "stand_in": stand_in, "fault": error.fault},
    )


def _nobody_speaks(model: str) -> ProviderError:
    return ProviderError(
        f"no provider is configured for {model}",
        fault=ProviderFault.INVALID_REQUEST,
        retryable=False,
    )
