"""The API's front door: faults, tokens, rate limits, routes, errors, records."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.sandbox.discord.errors import RestError, not_found, unauthorized
from bot.sandbox.discord.rest import (
    applications,
    bans,
    channel_webhooks,
    channels,
    commands,
    guilds,
    interactions,
    members,
    messages,
    overwrites,
    pins,
    reactions,
    roles,
    stages,
    threads,
    users,
    voice_states,
    webhooks,
)
from bot.sandbox.discord.rest.body import read_body, read_reason
from bot.sandbox.discord.rest.limits import LimitOptions, RateLimitedError, RateLimits
from bot.sandbox.discord.rest.request import Reply, Request
from bot.sandbox.discord.rest.routing import Match, Routes
from bot.sandbox.discord.versions import API_VERSIONS

if TYPE_CHECKING:
    from bot.sandbox.discord.faults import Faults, RestFault
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.world import World

log = logging.getLogger(__name__)

VERSIONS = frozenset(f"v{number}" for number in API_VERSIONS)
COMMON_HEADERS = {"Via": "1.1 google", "Server": "cloudflare"}
_LONG_SEGMENT = re.compile(r"[^/]{25,}")  # tokens, but no ids

_FAMILIES = (
    applications,
    bans,
    channel_webhooks,
    channels,
    commands,
    guilds,
    interactions,
    members,
    messages,
    overwrites,
    pins,
    reactions,
    roles,
    stages,
    threads,
    users,
    voice_states,
    webhooks,
)


@dataclass(eq=False)
class RequestRecord:
    """What was asked and what was answered; for those who watch."""

    method: str
    path: str = field(repr=False)  # may hold an interaction's token
    at: float  # monotonic seconds
    route: str | None = None
    status: int = 0
    application_id: int | None = None
    content: Any = field(default=None, repr=False)
    """The JSON that was sent, if any."""


class RestServer:
    """Serves `/api/v10` and `/api/v9`."""

    def __init__(self, world: World, faults: Faults, limits: LimitOptions) -> None:
        self._world = world
        self._faults = faults
        self._limits = RateLimits(limits)
        self._routes = Routes()
        self.requests: list[RequestRecord] = []
        self.unknown_routes: list[str] = []
        for family in _FAMILIES:
            self._routes.include(family.routes)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        path = "/" + request.match_info["tail"]
        record = RequestRecord(request.method, path, time.monotonic())
        self.requests.append(record)
        fault = self._faults.due(request.method, path)
        response = await self._early(request, fault) or await self._answer(request, path, record)
        response = await self._late(request, fault, response)
        record.status = response.status
        self._world.changes.notify()
        return response

    async def _early(
        self, request: web.Request, fault: RestFault | None
    ) -> web.StreamResponse | None:
        if fault is None:
            return None
        await asyncio.sleep(fault.delay_s)
        return None if fault.after_handling else _troubled(request, fault)

    async def _late(
        self, request: web.Request, fault: RestFault | None, response: web.StreamResponse
    ) -> web.StreamResponse:
        if fault is None or not fault.after_handling:
            return response
        return _troubled(request, fault) or response

    async def _answer(
        self, request: web.Request, path: str, record: RequestRecord
    ) -> web.StreamResponse:
        headers = {**COMMON_HEADERS, "Date": formatdate(self._world.ids.now_s(), usegmt=True)}
        try:
            reply = await self._handle(request, path, record, headers)
        except RestError as error:
            extra = error.headers if isinstance(error, RateLimitedError) else {}
            return respond(error.status, error.body, headers | extra)
        except Exception:  # the outermost door: the caller gets Discord's words, we the traceback
            log.exception("The sandbox Discord failed at %s", record.route)
            return respond(500, {"message": "500: Internal Server Error", "code": 0}, headers)
        return respond(reply.status, reply.body, headers)

    async def _handle(
        self, request: web.Request, path: str, record: RequestRecord, headers: dict[str, str]
    ) -> Reply:
        match = self._match(request, path)
        record.route = match.route.template
        caller = self._caller(request, match)
        record.application_id = caller.id if caller else None
        headers |= self._limits.spend(match, str(record.application_id))
        content, uploads = await read_body(request)
        record.content = content
        asked = Request(
            self._world,
            match.parts,
            request.query,
            caller,
            content,
            uploads,
            reason=read_reason(request),
        )
        result = match.route.handler(asked)
        if isinstance(result, Reply):
            return result
        return Reply(204 if result is None else 200, result)

    def _match(self, request: web.Request, path: str) -> Match:
        if request.match_info["version"] not in VERSIONS:
            raise RestError(400, 50041, "Invalid API version provided")
        match, exists = self._routes.find(request.method, path)
        if match is not None:
            return match
        if exists:
            raise RestError(405, 0, "405: Method Not Allowed")
        shown = f"{request.method} {_LONG_SEGMENT.sub('...', path)}"
        self.unknown_routes.append(shown)
        log.warning("No such route in the sandbox Discord: %s", shown)
        raise not_found()

    def _caller(self, request: web.Request, match: Match) -> Application | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        caller = self._world.application_by_token(token) if scheme == "Bot" else None
        if caller is None and match.route.needs_token:
            raise unauthorized()
        return caller


def respond(status: int, body: Any, headers: dict[str, str]) -> web.Response:
    """Make a response; JSON goes without a charset, as Discord sends it."""
    if body is None:
        return web.Response(status=status, headers=headers)
    raw = json.dumps(body, separators=(",", ":")).encode()
    return web.Response(status=status, body=raw, content_type="application/json", headers=headers)


def _troubled(request: web.Request, fault: RestFault) -> web.StreamResponse | None:
    if fault.reset:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if fault.status is None:
        return None
    headers = {**(COMMON_HEADERS if fault.via else {}), **fault.headers}
    if isinstance(fault.body, str):
        kind = "text/html"
        return web.Response(
            status=fault.status, text=fault.body, content_type=kind, headers=headers
        )
    body = fault.body or {"message": f"{fault.status}: Internal Server Error", "code": 0}
    return respond(fault.status, body, headers)
