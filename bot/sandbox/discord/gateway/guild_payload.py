"""The guild object, the longest of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world.channel_payload import thread_member
from bot.sandbox.discord.world.permissions import Permission
from bot.sandbox.discord.world.snowflakes import iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.calls import VoiceState
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.guilds import Guild

MAX_MEMBERS = 500_000

_CONSTANTS: dict[str, object] = {
    "icon": None,
    "icon_hash": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "home_header": None,
    "vanity_url_code": None,
    "application_id": None,
    "afk_channel_id": None,
    "afk_timeout": 300,
    "widget_enabled": False,
    "widget_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "nsfw": False,
    "system_channel_flags": 0,
    "rules_channel_id": None,
    "public_updates_channel_id": None,
    "safety_alerts_channel_id": None,
    "max_presences": None,
    "max_members": MAX_MEMBERS,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
    "premium_progress_bar_enabled": False,
    "hub_type": None,
    "incidents_data": None,
}


def guild_payload(guild: Guild) -> Json:
    """Return the guild object, as REST and GUILD_UPDATE carry it."""
    return {
        **_CONSTANTS,
        "id": str(guild.id),
        "name": guild.name,
        "description": guild.description,
        "owner_id": str(guild.owner_id),
        "preferred_locale": guild.preferred_locale,
        "premium_tier": guild.premium_tier,
        "premium_subscription_count": (0, 2, 7, 14)[guild.premium_tier],
        "features": [],
        "emojis": guild.expressions.emoji_payloads(),
        "stickers": guild.expressions.sticker_payloads(),
        "system_channel_id": str(guild.system_channel.id) if guild.system_channel else None,
        "region": "deprecated",
        "roles": [role.payload() for role in guild.roles.values()],
    }


def guild_create_payload(guild: Guild, viewer_id: int, *, with_all_members: bool) -> Json:
    """Return what GUILD_CREATE carries for the bot `viewer_id`."""
    visible = [
        member
        for member in guild.members.values()
        if with_all_members or member.id == viewer_id or member.voice
    ]
    return guild_payload(guild) | {
        "joined_at": iso(guild.members[viewer_id].joined_at),
        "large": False,
        "member_count": len(guild.members),
        "voice_states": [_seated(state) for state in guild.voice_states.values()],
        "members": [member.payload() for member in visible],
        "channels": [c.payload() for c in guild.channels.values() if not c.is_thread],
        "threads": [_thread(c, viewer_id) for c in _threads(guild, viewer_id)],
        "presences": [],
        "stage_instances": list(guild.stages.values()),
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def _threads(guild: Guild, viewer_id: int) -> list[Channel]:
    """Return "all active threads in the guild that the current user is able to view"."""
    viewer = guild.members[viewer_id]
    threads = [c for c in guild.channels.values() if c.is_thread and not c.archived]
    return [thread for thread in threads if viewer.may(Permission.VIEW_CHANNEL, thread)]


def _thread(thread: Channel, viewer_id: int) -> Json:
    joined = viewer_id in thread.joined_ids
    mine = {"member": thread_member(thread, viewer_id)} if joined else {}
    return thread.payload() | mine


def _seated(state: VoiceState) -> Json:
    """Return a voice state without the guild that is all around it."""
    payload = state.payload(with_member=False)
    del payload["guild_id"]
    return payload
