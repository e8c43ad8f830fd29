"""Routes about voice states: the way onto a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import RestError, missing_permissions, unknown
from bot.sandbox.discord.rest.routing import Routes
from bot.sandbox.discord.shapes import VOICE_STATE
from bot.sandbox.discord.world.channels import ChannelType
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import parse_moment, parse_snowflake

if TYPE_CHECKING:
    from bot.sandbox.discord.rest.request import Request
    from bot.sandbox.discord.world.calls import VoiceState
    from bot.sandbox.discord.world.guilds import Guild

routes = Routes()

_MINE = "/guilds/{guild_id}/voice-states/@me"
_THEIRS = "/guilds/{guild_id}/voice-states/{user_id}"


def _state(guild: Guild, user_id: int) -> VoiceState:
    state = guild.voice_states.get(user_id)
    if state is None:
        raise unknown("Voice State")
    return state


def _on_stage(request: Request, state: VoiceState) -> VoiceState:
    if state.channel.type is not ChannelType.STAGE:
        raise RestError(400, 50024, "Cannot execute action on this channel type")
    wanted = request.shaped(VOICE_STATE).get("channel_id")
    if wanted is not None and parse_snowflake(wanted) != state.channel.id:
        raise unknown("Voice State")
    return state


@routes.add("GET", _MINE)
def get_mine(request: Request) -> Any:
    """Return the bot's voice state."""
    guild = request.guild()
    return _state(guild, request.application.bot.id).payload()


@routes.add("GET", _THEIRS)
def get_theirs(request: Request) -> Any:
    """Return somebody's voice state."""
    return _state(request.guild(), request.id("user_id")).payload()


@routes.add("PATCH", _MINE)
def edit_mine(request: Request) -> None:
    """Step onto the stage, step down, or raise a hand."""
    guild = request.guild()
    me, calls = request.me(guild), request.world.calls
    state = _on_stage(request, _state(guild, me.id))
    if "suppress" in request.shaped(VOICE_STATE):
        wants_voice = not request.body["suppress"]
        if wants_voice and not me.may(Permission.MUTE_MEMBERS, state.channel):
            raise missing_permissions()
        calls.set_suppressed(state, suppressed=not wants_voice)
    if "request_to_speak_timestamp" in request.body:
        if not me.may(Permission.REQUEST_TO_SPEAK, state.channel):
            raise missing_permissions()
        moment = request.body["request_to_speak_timestamp"]
        calls.ask_to_speak(state, None if moment is None else parse_moment(moment))


@routes.add("PATCH", _THEIRS)
def edit_theirs(request: Request) -> None:
    """Invite somebody onto the stage, or send them to the audience."""
    guild = request.guild()
    state = _on_stage(request, _state(guild, request.id("user_id")))
    if not request.me(guild).may(Permission.MUTE_MEMBERS, state.channel):
        raise missing_permissions()
    if "suppress" in request.shaped(VOICE_STATE):
        request.world.calls.set_suppressed(state, suppressed=bool(request.body["suppress"]))
