"""What happens to members between two presses."""

from __future__ import annotations

from simcord import Env, MemberActor


def demote(env: Env, member: MemberActor) -> None:
    """Take every role from a member."""
    guild_id = member.guild.id
    for role_id in list(env.backend.get_guild(guild_id).members[member.id].role_ids):
        env.backend.remove_member_role(guild_id, member.id, role_id)
