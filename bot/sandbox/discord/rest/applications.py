"""Routes about the application itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import missing_access
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import APPLICATION

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.applications import Application

routes = Routes()

MAX_DESCRIPTION = 400


def own_application(request: Request) -> Application:
    """Return the application in the path, which must be the caller's."""
    application_id = request.id("application_id")
    if application_id != request.application.id:
        raise missing_access()
    return request.application


@routes.add("GET", "/oauth2/applications/@me")
@routes.add("GET", "/applications/@me")
def get_application(request: Request) -> Any:
    """Return the caller's application."""
    application = request.application
    return application.payload(guild_count=len(request.world.guilds_of(application)))


@routes.add("PATCH", "/applications/@me")
def edit_application(request: Request) -> Any:
    """Change the caller's application."""
    application, body = request.application, request.shaped(APPLICATION)
    if "description" in body:
        application.description = str(body["description"] or "")[:MAX_DESCRIPTION]
    if body.get("flags") is not None and not application.is_verified:
        application.set_limited_flags(int(body["flags"]))
    return get_application(request)


@routes.add("GET", "/applications/{application_id}/emojis")
def application_emojis(request: Request) -> Any:
    """Return the application's own emoji."""
    own_application(request)
    return {"items": []}


@routes.add("GET", "/applications/{application_id}/entitlements")
@routes.add("GET", "/applications/{application_id}/skus")
@routes.add("GET", "/applications/{application_id}/role-connections/metadata")
def nothing_for_sale(request: Request) -> Any:
    """Return an empty list."""
    own_application(request)
    return []
