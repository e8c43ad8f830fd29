"""The table of routes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.rest.request import Request

Handler = Callable[[Request], Any]

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    needs_token: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the variable parts of a path."""

    route: Route
    parts: dict[str, str]


class Routes:
    """All routes of one family, or of the whole API."""

    def __init__(self) -> None:
        self._by_length: dict[int, list[Route]] = {}

    def add(
        self, method: str, template: str, *, needs_token: bool = True
    ) -> Callable[[Handler], Handler]:
        """Register a handler; the path with fewer variables wins, then what came first."""
        pattern = re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", template))

        def register(handler: Handler) -> Handler:
            self._take(Route(method, template, pattern, handler, needs_token))
            return handler

        return register

    def include(self, other: Routes) -> None:
        """Take over all routes of another table."""
        for routes in other._by_length.values():
            for route in routes:
                self._take(route)

    def _take(self, route: Route) -> None:
        routes = self._by_length.setdefault(route.template.count("/"), [])
        routes.append(route)
        routes.sort(key=lambda known: known.template.count("{"))

    def find(self, method: str, path: str) -> tuple[Match | None, bool]:
        """Return the route for a request, and whether the path exists with any method."""
        exists = False
        for route in self._by_length.get(path.count("/"), []):
            found = route.pattern.fullmatch(path)
            if found is None:
                continue
            if route.method == method:
                return Match(route, found.groupdict()), True
            exists = True
        return None, exists
