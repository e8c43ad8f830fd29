"""The channel object, as REST and the gateway show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.world.snowflakes import created_at, iso

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.world.channels import Channel

MAX_COUNTED_MEMBERS = 50  # "Thread Fields"


def channel_payload(channel: Channel) -> Json:
    """Return the channel object."""
    last = max((m.id for m in channel.messages), default=None)
    common: Json = {"id": str(channel.id), "type": int(channel.type), "flags": 0}
    if not channel.is_category:
        common["last_message_id"] = _text(last)
    if channel.guild is None:
        return common | {"recipients": [u.payload() for u in channel.recipients if not u.is_bot]}
    common |= {
        "name": channel.name,
        "guild_id": str(channel.guild.id),
        "parent_id": _text(channel.parent_id),
    }
    if channel.is_thread:
        return common | _thread_fields(channel)
    return common | _place_fields(channel) | _kind_fields(channel)


def gone_payload(channel: Channel) -> Json:
    """Return what is left of a deleted thread: "just the id, guild_id, parent_id, and type"."""
    payload = channel_payload(channel)
    return {key: payload[key] for key in ("id", "guild_id", "parent_id", "type")}


def forum_tag(tag_id: int, name: str) -> Json:
    """Return the forum tag object."""
    emoji = {"emoji_id": None, "emoji_name": None}
    return {"id": str(tag_id), "name": name, "moderated": False} | emoji


def thread_member(thread: Channel, user_id: int) -> Json:
    """Return the thread member object."""
    return {
        "id": str(thread.id),
        "user_id": str(user_id),
        "join_timestamp": iso(created_at(thread.id)),
        "flags": 0,
    }


def _place_fields(channel: Channel) -> Json:
    return {
        "position": channel.position,
        "nsfw": channel.nsfw,
        "permission_overwrites": [
            {
                "id": str(o.id),
                "type": 0 if o.is_role else 1,
                "allow": str(int(o.allow)),
                "deny": str(int(o.deny)),
            }
            for o in channel.overwrites.values()
        ],
    }


def _kind_fields(channel: Channel) -> Json:
    if channel.is_category:
        return {}
    fields: Json = {"topic": channel.topic, "rate_limit_per_user": channel.slowmode_s}
    if channel.is_forum:
        return fields | {
            "available_tags": channel.tags,
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
            "default_thread_rate_limit_per_user": 0,
        }
    if not channel.is_vocal:
        return fields
    return fields | {
        "bitrate": channel.bitrate,
        "user_limit": channel.user_limit,
        "rtc_region": channel.rtc_region,
        "video_quality_mode": 1,
        "status": channel.status,
    }


def _thread_fields(thread: Channel) -> Json:
    return {
        "owner_id": _text(thread.owner_id),
        "message_count": len(thread.messages),
        "total_message_sent": len(thread.messages),
        "member_count": min(len(thread.joined_ids), MAX_COUNTED_MEMBERS),
        "rate_limit_per_user": thread.slowmode_s,
        "applied_tags": thread.applied_tags,
        "thread_metadata": {
            "archived": thread.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": iso(created_at(thread.id)),
            "locked": thread.locked,
            "create_timestamp": iso(created_at(thread.id)),
        },
    }


def _text(snowflake: int | None) -> str | None:
    return None if snowflake is None else str(snowflake)
