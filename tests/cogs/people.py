"""Members with powers, and what happens to them between two presses."""

from __future__ import annotations

import discord
from simcord import Env, GuildHandle, MemberActor


def member_with(
    env: Env, guild: GuildHandle, name: str = "somebody", **permissions: bool
) -> MemberActor:
    """Return a member whose only role has some permissions."""
    role = guild.create_role(name, permissions=discord.Permissions(**permissions))
    return guild.add_member(env.create_user(name), roles=[role])


def demote(env: Env, member: MemberActor) -> None:
    """Take every role from a member."""
    guild_id = member.guild.id
    for role_id in list(env.backend.get_guild(guild_id).members[member.id].role_ids):
        env.backend.remove_member_role(guild_id, member.id, role_id)
