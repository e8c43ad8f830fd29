"""The end-to-end encryption group of one call, seen from the server.

The server decides who should be in the group and proposes it; a member commits. It follows the
DAVE protocol whitepaper 1.1 as davey 0.1.7 understands it. Two rules keep everybody on the same
commit: it counts only if it covers exactly the proposals its sender has outstanding, and proposals
that are no longer wanted are revoked together with all others and made anew.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._presentation import MalformedMessageError, uint, vector
from ._transitions import Transitions
from ._tree import Leaves
from .mls import Commit, ExternalSender, KeyPackage, Proposal, Welcome, parse_commit_welcome
from .protocol import DAVE_VERSION, Op

if TYPE_CHECKING:
    from .participant import Participant, Payload

log = logging.getLogger(__name__)

_APPEND = uint(0, 1)
_REVOKE = uint(1, 1)
_FIRST_EPOCH = 1  # in op 24: forget the group, a new one is made
_AT_ONCE = 0  # the transition that needs no vote

Change = tuple[bytes, int]
"""What is proposed: a key package to add (with its owner), or no key package and whom to remove."""


@dataclass(slots=True)
class _Seat:
    """One participant of the call and where they stand with the group."""

    participant: Participant
    key_package: KeyPackage | None = None
    is_member: bool = False
    knows_sender: bool = False
    outstanding: dict[Change, Proposal] = field(default_factory=dict)


class DaveGroup:
    """Keeps the group of one call equal to the people in the call."""

    def __init__(self, channel_id: int, *, version: int = DAVE_VERSION) -> None:
        self._group_id = uint(channel_id, 8)
        self._highest_version = version
        self._sender = ExternalSender()
        self._seats: dict[int, _Seat] = {}
        self._leaves = Leaves()
        self._proposals: dict[Change, Proposal] = {}
        self._transitions = Transitions()
        self.version = version
        self.epoch = 0

    @property
    def members(self) -> frozenset[int]:
        """Who is in the group now."""
        return frozenset(user_id for user_id, seat in self._seats.items() if seat.is_member)

    def version_for(self, participant: Participant) -> int:
        """Return the protocol version the call has once this participant is in it."""
        present = (seat.participant.max_dave_version for seat in self._seats.values())
        return min(self._highest_version, participant.max_dave_version, *present)

    def join(self, participant: Participant) -> None:
        """Take in somebody who has just been told the protocol version."""
        version = self.version_for(participant)
        if version < self.version:
            self._downgrade()
        seat = self._seats[participant.user_id] = _Seat(participant)
        if not self.version:
            return
        self._introduce(seat)
        if len(self._seats) == 1:
            self._execute_at_once(seat)

    def leave(self, user_id: int) -> None:
        """Let somebody go; the others rekey."""
        if self._seats.pop(user_id, None) is None:
            return
        self._transitions.drop(user_id)
        self._execute_ready()
        versions = (seat.participant.max_dave_version for seat in self._seats.values())
        if self._seats and not self.version and min(self._highest_version, *versions):
            self._upgrade()
        self._propose_changes()

    def receive_key_package(self, user_id: int, encoded: bytes) -> None:
        """Take op 26: this participant can be added from now on."""
        key_package = KeyPackage.parse(encoded)
        if key_package.user_id != user_id:
            raise MalformedMessageError("a key package names another user")
        seat = self._seats.get(user_id)
        if seat is None:
            return
        seat.key_package, seat.is_member = key_package, False
        seat.outstanding.clear()  # a client makes a key package when it has thrown its group away
        self._propose_changes()

    def receive_commit(self, user_id: int, encoded: bytes) -> None:
        """Take op 28; the first valid commit of an epoch wins, later ones are dropped."""
        commit, welcome = parse_commit_welcome(encoded)
        seat = self._seats.get(user_id)
        if seat is None or not self._is_current(seat, commit):
            log.debug("dropping a commit of %s for epoch %s", user_id, commit.epoch)
            return
        changes = self._changes_in(seat, commit)
        if welcome is None and any(key_package for key_package, _ in changes):
            log.debug("dropping a commit of %s that adds without a welcome", user_id)
            return
        self._accept(seat, commit, welcome, changes)
        self._propose_changes()

    def receive_ready(self, user_id: int, transition_id: int) -> None:
        """Take op 23; when all are ready the transition is executed."""
        self._transitions.confirm(user_id, transition_id)
        self._execute_ready()

    def receive_invalid(self, user_id: int, transition_id: int) -> None:
        """Take op 31: this participant could not follow; a fresh key package comes next."""
        seat = self._seats.get(user_id)
        if seat is None:
            return
        self._transitions.confirm(user_id, transition_id)
        seat.is_member, seat.key_package = False, None
        seat.outstanding.clear()
        self._execute_ready()

    # Becoming and ceasing to be encrypted

    def _introduce(self, seat: _Seat) -> None:
        seat.participant.send_binary(Op.EXTERNAL_SENDER, self._sender.package())
        seat.knows_sender = True

    def _execute_at_once(self, seat: _Seat) -> None:
        payload = {"transition_id": _AT_ONCE, "protocol_version": self.version}
        seat.participant.send(Op.PREPARE_TRANSITION, payload)

    def _forget_group(self) -> None:
        self._leaves, self.epoch = Leaves(), 0
        self._proposals.clear()
        for seat in self._seats.values():
            seat.is_member, seat.key_package = False, None
            seat.outstanding.clear()

    def _downgrade(self) -> None:
        self.version = 0
        self._forget_group()
        self._begin_transition(Op.PREPARE_TRANSITION, set(self._seats))

    def _upgrade(self) -> None:
        self.version = self._highest_version
        self._forget_group()
        for seat in self._seats.values():
            self._prepare_first_epoch(seat)

    def _prepare_first_epoch(self, seat: _Seat) -> None:
        payload = {"epoch": _FIRST_EPOCH, "protocol_version": self.version}
        seat.participant.send(Op.PREPARE_EPOCH, payload)
        if not seat.knows_sender:
            self._introduce(seat)
        if len(self._seats) == 1:
            self._execute_at_once(seat)

    def _begin_transition(self, op: Op, voters: set[int]) -> None:
        transition_id = self._transitions.begin(voters)
        payload = {"transition_id": transition_id, "protocol_version": self.version}
        for user_id in voters:
            self._seats[user_id].participant.send(op, payload)

    def _execute_ready(self) -> None:
        for transition_id, voters in self._transitions.take_ready():
            payload: Payload = {"transition_id": transition_id}
            for user_id in voters & self._seats.keys():
                self._seats[user_id].participant.send(Op.EXECUTE_TRANSITION, payload)

    # Proposals

    def _propose_changes(self) -> None:
        if not self.version or not self._seats:
            return
        if self.epoch and not self.members:
            self._leaves, self.epoch = Leaves(), 0
            self._proposals.clear()
        if self.epoch and len(self._seats) == 1:
            self._reset_sole_member()
            return
        voters = self._voters()
        if any(self._is_outdated(seat) for seat in self._seats.values()):
            self._revoke_everything()
        for seat in voters:
            self._append(seat)

    def _reset_sole_member(self) -> None:
        """End a group of one: MLS could go on with it, DAVE starts afresh with the next join."""
        (seat,) = self._seats.values()
        self._forget_group()
        self._prepare_first_epoch(seat)

    def _voters(self) -> list[_Seat]:
        """Return who may commit: members, or while there are none, all who could become one."""
        seats = self._seats.values()
        members = [seat for seat in seats if seat.is_member]
        return members or [seat for seat in seats if seat.key_package]

    def _wanted(self, seat: _Seat) -> list[Change]:
        removals = [(b"", user_id) for user_id in self._leaves if not self._is_member(user_id)]
        newcomers = (
            other
            for other in self._seats.values()
            if other is not seat and other.key_package and not other.is_member
        )
        # Somebody who lost the group is removed first: one commit cannot do both.
        additions = [
            (other.key_package.encoded, other.key_package.user_id)
            for other in newcomers
            if other.key_package and other.key_package.user_id not in self._leaves
        ]
        return removals + additions

    def _is_member(self, user_id: int) -> bool:
        seat = self._seats.get(user_id)
        return seat is not None and seat.is_member

    def _is_outdated(self, seat: _Seat) -> bool:
        """Whether appending is not enough.

        A client that appends a removal to an addition commits without a welcome (davey 0.1.7).
        """
        if not seat.outstanding:
            return False
        wanted = self._wanted(seat)
        new = [change for change in wanted if change not in seat.outstanding]
        return not seat.outstanding.keys() <= set(wanted) or any(not added for added, _ in new)

    def _revoke_everything(self) -> None:
        self._proposals.clear()
        for seat in self._seats.values():
            if not seat.outstanding:
                continue
            references = b"".join(vector(each.reference) for each in seat.outstanding.values())
            seat.participant.send_binary(Op.PROPOSALS, _REVOKE + vector(references))
            seat.outstanding.clear()

    def _append(self, seat: _Seat) -> None:
        new = {
            change: self._proposal(change)
            for change in self._wanted(seat)
            if change not in seat.outstanding
        }
        if not new:
            return
        seat.outstanding.update(new)
        encoded = b"".join(proposal.encoded for proposal in new.values())
        seat.participant.send_binary(Op.PROPOSALS, _APPEND + vector(encoded))

    def _proposal(self, change: Change) -> Proposal:
        if change not in self._proposals:
            self._proposals[change] = self._sign(*change)
        return self._proposals[change]

    def _sign(self, key_package: bytes, user_id: int) -> Proposal:
        if key_package:
            parsed = KeyPackage(key_package, user_id)
            return self._sender.propose_add(self._group_id, self.epoch, parsed)
        leaf = self._leaves.of(user_id)
        return self._sender.propose_remove(self._group_id, self.epoch, leaf=leaf, user_id=user_id)

    # Commits

    def _is_current(self, seat: _Seat, commit: Commit) -> bool:
        if commit.epoch != self.epoch or not seat.outstanding:
            return False
        expected = {proposal.reference for proposal in seat.outstanding.values()}
        return expected == set(commit.references)

    def _changes_in(self, seat: _Seat, commit: Commit) -> list[Change]:
        by_reference = {each.reference: change for change, each in seat.outstanding.items()}
        return [by_reference[reference] for reference in commit.references]

    def _accept(
        self, committer: _Seat, commit: Commit, welcome: Welcome | None, changes: list[Change]
    ) -> None:
        if not self.epoch:
            self._leaves = Leaves(committer.participant.user_id)
            committer.is_member = True
        old_members = self.members
        added = self._change_leaves(changes)
        self.epoch += 1
        self._proposals.clear()
        for seat in self._seats.values():
            seat.outstanding.clear()
        self._announce(commit, welcome, old_members, added)

    def _change_leaves(self, changes: list[Change]) -> list[_Seat]:
        for key_package, user_id in changes:
            if not key_package:
                self._leaves.remove(user_id)
        added = [self._seats[user_id] for key_package, user_id in changes if key_package]
        for seat in added:
            self._leaves.add(seat.participant.user_id)
            seat.is_member = True
        return added

    def _announce(
        self, commit: Commit, welcome: Welcome | None, old: frozenset[int], added: list[_Seat]
    ) -> None:
        voters = old | {seat.participant.user_id for seat in added}
        transition = uint(self._transitions.begin(voters), 2)
        for user_id in old:
            participant = self._seats[user_id].participant
            participant.send_binary(Op.ANNOUNCE_COMMIT, transition + commit.encoded)
        for seat in added:
            if welcome is None or seat.key_package is None:
                continue
            reduced = welcome.reduced_to(seat.key_package)
            seat.participant.send_binary(Op.WELCOME, transition + reduced)
