"""Who is in a call, who of them is in its group, and which proposals would make the two equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice._tree import Leaves

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.mls import KeyPackage, Proposal
    from bot.sandbox.discord.voice.participant import Participant

Change = tuple[bytes, int]
"""What to propose: a key package to add and its owner, or no key package and whom to remove."""


@dataclass(slots=True)
class Standing:
    """One participant of the call and where they stand with the group."""

    participant: Participant
    key_package: KeyPackage | None = None
    is_member: bool = False
    knows_sender: bool = False
    key_packages_owed: int = 0
    """How many are on their way; only the last one is of use."""
    outstanding: dict[Change, Proposal] = field(default_factory=dict)

    def start_over(self) -> None:
        """Leave the group and forget what was proposed; a fresh key package comes next."""
        self.key_package, self.is_member = None, False
        self.outstanding.clear()


class Roster:
    """Everybody in the call, with the leaves of the group's tree."""

    def __init__(self) -> None:
        self.standings: dict[int, Standing] = {}
        self.leaves = Leaves()

    @property
    def members(self) -> frozenset[int]:
        """Who is in the group."""
        return frozenset(user_id for user_id, each in self.standings.items() if each.is_member)

    @property
    def voters(self) -> list[Standing]:
        """Who may commit: members, or while there are none, all who could become one."""
        standings = self.standings.values()
        members = [each for each in standings if each.is_member]
        return members or [each for each in standings if each.key_package]

    def wanted(self, voter: Standing) -> list[Change]:
        """Return what a voter should have been proposed."""
        members = self.members
        removals = [(b"", user_id) for user_id in self.leaves if user_id not in members]
        return removals + [
            (each.key_package.encoded, user_id)
            for user_id, each in self.standings.items()
            # Somebody who lost the group is removed first: one commit cannot do both.
            if each is not voter and each.key_package and user_id not in self.leaves
        ]

    def is_outdated(self, voter: Standing) -> bool:
        """Whether appending proposals is not enough.

        A client that appends a removal to an addition commits without a welcome (davey 0.1.7).
        """
        if not voter.outstanding:
            return False
        wanted = self.wanted(voter)
        new = [
            key_package
            for key_package, user_id in wanted
            if (key_package, user_id) not in voter.outstanding
        ]
        return not voter.outstanding.keys() <= set(wanted) or b"" in new

    def change_leaves(self, changes: list[Change]) -> list[Standing]:
        """Apply a commit to the tree, removals first; return who was added."""
        for key_package, user_id in changes:
            if not key_package:
                self.leaves.remove(user_id)
        added = [self.standings[user_id] for key_package, user_id in changes if key_package]
        for standing in added:
            self.leaves.add(standing.participant.user_id)
            standing.is_member = True
        return added
