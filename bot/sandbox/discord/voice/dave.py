"""The end-to-end encryption group of one call, seen from the server.

The server decides who should be in the group and proposes it; a member commits. It follows the
DAVE protocol whitepaper 1.1 as davey 0.1.7 understands it. Three rules keep everybody together: a
commit counts only if it covers exactly the proposals its sender has outstanding; proposals that are
no longer wanted are revoked with all others and made anew; and nothing is proposed before everybody
has said whether they could follow the last commit, as who could not has no group to change, or has
let the time for it pass.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.sandbox.discord.voice._presentation import MalformedMessageError, uint, vector
from bot.sandbox.discord.voice._roster import Change, Roster, Standing
from bot.sandbox.discord.voice._transitions import TRANSITION_TIMEOUT_S, CallLater, Transitions
from bot.sandbox.discord.voice._tree import Leaves
from bot.sandbox.discord.voice.mls import (
    Commit,
    ExternalSender,
    KeyPackage,
    Proposal,
    Welcome,
    parse_commit_welcome,
)
from bot.sandbox.discord.voice.protocol import DAVE_VERSION, Op

if TYPE_CHECKING:
    from bot.sandbox.discord.voice.participant import Participant, Payload

log = logging.getLogger(__name__)

_APPEND = uint(0, 1)
_REVOKE = uint(1, 1)
_FIRST_EPOCH = 1  # in op 24: forget the group, a new one is made
_AT_ONCE = 0  # the transition that needs no vote


class DaveGroup:
    """Keeps the group of one call equal to the people in the call.

    Args:
        channel_id: Which call it is.
        call_later: How to wait for a deadline.
        version: The highest DAVE protocol version of the call; 0 is none.
        timeout_s: How long a transition waits until everybody is ready for it.
    """

    def __init__(
        self,
        channel_id: int,
        *,
        call_later: CallLater,
        version: int = DAVE_VERSION,
        timeout_s: float = TRANSITION_TIMEOUT_S,
    ) -> None:
        self._group_id = uint(channel_id, 8)
        self._highest_version = version
        self._sender = ExternalSender()
        self._roster = Roster()
        self._proposals: dict[Change, Proposal] = {}
        self._transitions = Transitions(call_later, timeout_s=timeout_s, go_on=self._go_on)
        self.version = version
        self.epoch = 0

    @property
    def members(self) -> frozenset[int]:
        """Who is in the group now."""
        return self._roster.members

    @property
    def is_settled(self) -> bool:
        """Whether everybody has followed the last commit."""
        return not self._transitions.are_open

    def version_for(self, participant: Participant) -> int:
        """Return the protocol version the call has once this participant is in it."""
        return min(self._highest_version, participant.max_dave_version, *self._spoken_versions())

    def join(self, participant: Participant) -> None:
        """Take in somebody who has just been told the protocol version."""
        version = self.version_for(participant)
        if version < self.version:
            self._downgrade()
        standing = Standing(participant, key_packages_owed=min(version, 1))
        self._roster.standings[participant.user_id] = standing
        if not self.version:
            return
        self._introduce(standing)
        if len(self._roster.standings) == 1:
            self._execute_at_once(standing)

    def rejoin(self, user_id: int) -> None:
        """Remember that somebody was told the version again, and sends another key package.

        They keep the external sender: davey refuses a second one while it is in a group.
        """
        standing = self._roster.standings.get(user_id)
        if standing is not None and self.version:
            self._transitions.drop(user_id)
            self._start_over(standing)

    def leave(self, user_id: int) -> None:
        """Let somebody go; the others rekey."""
        if self._roster.standings.pop(user_id, None) is not None:
            self.stop_awaiting(user_id)

    def stop_awaiting(self, user_id: int) -> None:
        """Expect no answers of somebody any longer; their place in the group is left as it is."""
        self._transitions.drop(user_id)
        self._go_on()

    def receive_key_package(self, user_id: int, encoded: bytes) -> None:
        """Take op 26: this participant can be added from now on."""
        key_package = KeyPackage.parse(encoded)
        if key_package.user_id != user_id:
            raise MalformedMessageError("a key package names another user")
        standing = self._roster.standings.get(user_id)
        if standing is None:
            return
        standing.key_packages_owed = max(standing.key_packages_owed - 1, 0)
        if standing.key_packages_owed:
            return  # it has been told to start over since, and will send another one
        standing.start_over()
        standing.key_package = key_package
        self._catch_up()

    def receive_commit(self, user_id: int, encoded: bytes) -> None:
        """Take op 28; the first valid commit of an epoch wins, later ones are dropped."""
        commit, welcome = parse_commit_welcome(encoded)
        standing = self._roster.standings.get(user_id)
        if standing is None or not self._is_current(standing, commit):
            log.debug("dropping a commit of %s for epoch %s", user_id, commit.epoch)
            return
        changes = self._changes_in(standing, commit)
        if not self._welcomes_everybody(welcome, changes):
            log.debug("dropping a commit of %s that does not welcome whom it adds", user_id)
            return
        self._accept(standing, commit, welcome, changes)
        self._catch_up()

    def receive_ready(self, user_id: int, transition_id: int) -> None:
        """Take op 23; when all are ready the transition is executed."""
        self._transitions.confirm(user_id, transition_id)
        self._go_on()

    def receive_invalid(self, user_id: int, transition_id: int) -> None:
        """Take op 31: this participant could not follow; a fresh key package comes next."""
        standing = self._roster.standings.get(user_id)
        if standing is None:
            return
        self._transitions.confirm(user_id, transition_id)
        self._start_over(standing)

    def _start_over(self, standing: Standing) -> None:
        standing.start_over()
        standing.key_packages_owed += 1
        self._go_on()

    def _go_on(self) -> None:
        self._execute_ready()
        self._catch_up()

    def _catch_up(self) -> None:
        """Do what the people in the call require, once nothing is under way any more."""
        if self._transitions.are_open:
            return
        if min(self._highest_version, *self._spoken_versions()) > self.version:
            self._upgrade()
        if self.version and self._roster.standings:
            self._propose_changes()

    def _spoken_versions(self) -> list[int]:
        """Return the highest version of each participant; of nobody, the highest there is."""
        present = self._roster.standings.values()
        return [each.participant.max_dave_version for each in present] or [self._highest_version]

    # Becoming and ceasing to be encrypted

    def _introduce(self, standing: Standing) -> None:
        standing.participant.send_binary(Op.EXTERNAL_SENDER, self._sender.package())
        standing.knows_sender = True

    def _execute_at_once(self, standing: Standing) -> None:
        payload = {"transition_id": _AT_ONCE, "protocol_version": self.version}
        standing.participant.send(Op.PREPARE_TRANSITION, payload)

    def _forget_group(self) -> None:
        self._roster.leaves, self.epoch = Leaves(), 0
        self._proposals.clear()
        for standing in self._roster.standings.values():
            standing.start_over()

    def _downgrade(self) -> None:
        self.version = 0
        self._forget_group()
        self._begin_transition(Op.PREPARE_TRANSITION, frozenset(self._roster.standings))
        self._execute_ready()

    def _upgrade(self) -> None:
        self.version = self._highest_version
        self._forget_group()
        for standing in self._roster.standings.values():
            self._prepare_first_epoch(standing)

    def _prepare_first_epoch(self, standing: Standing) -> None:
        payload = {"epoch": _FIRST_EPOCH, "protocol_version": self.version}
        standing.participant.send(Op.PREPARE_EPOCH, payload)
        standing.key_packages_owed += 1
        if not standing.knows_sender:
            self._introduce(standing)
        if len(self._roster.standings) == 1:
            self._execute_at_once(standing)

    def _begin_transition(self, op: Op, voters: frozenset[int]) -> None:
        transition_id = self._begin_vote(voters)
        payload = {"transition_id": transition_id, "protocol_version": self.version}
        for user_id in voters:
            self._roster.standings[user_id].participant.send(op, payload)

    def _begin_vote(self, voters: frozenset[int]) -> int:
        standings = self._roster.standings
        awaited = frozenset(who for who in voters if standings[who].participant.is_connected)
        return self._transitions.begin(voters, awaited=awaited)

    def _execute_ready(self) -> None:
        for transition_id, voters in self._transitions.take_ready():
            payload: Payload = {"transition_id": transition_id}
            for user_id in voters & self._roster.standings.keys():
                self._roster.standings[user_id].participant.send(Op.EXECUTE_TRANSITION, payload)

    # Proposals

    def _propose_changes(self) -> None:
        if self.epoch and not self.members:
            self._roster.leaves, self.epoch = Leaves(), 0
            self._proposals.clear()
        if self.epoch and len(self._roster.standings) == 1:
            self._reset_sole_member()
            return
        voters = self._roster.voters
        if any(self._roster.is_outdated(standing) for standing in self._roster.standings.values()):
            self._revoke_everything()
        for standing in voters:
            self._append(standing)

    def _reset_sole_member(self) -> None:
        """End a group of one: MLS could go on with it, DAVE starts afresh with the next join."""
        (standing,) = self._roster.standings.values()
        self._forget_group()
        self._prepare_first_epoch(standing)

    def _revoke_everything(self) -> None:
        self._proposals.clear()
        for standing in self._roster.standings.values():
            if not standing.outstanding:
                continue
            references = b"".join(vector(each.reference) for each in standing.outstanding.values())
            standing.participant.send_binary(Op.PROPOSALS, _REVOKE + vector(references))
            standing.outstanding.clear()

    def _append(self, standing: Standing) -> None:
        new = {
            change: self._proposal(change)
            for change in self._roster.wanted(standing)
            if change not in standing.outstanding
        }
        if not new:
            return
        standing.outstanding.update(new)
        encoded = b"".join(proposal.encoded for proposal in new.values())
        standing.participant.send_binary(Op.PROPOSALS, _APPEND + vector(encoded))

    def _proposal(self, change: Change) -> Proposal:
        if change not in self._proposals:
            self._proposals[change] = self._sign(*change)
        return self._proposals[change]

    def _sign(self, key_package: bytes, user_id: int) -> Proposal:
        if key_package:
            parsed = KeyPackage(key_package, user_id)
            return self._sender.propose_add(self._group_id, self.epoch, parsed)
        leaf = self._roster.leaves.of(user_id)
        return self._sender.propose_remove(self._group_id, self.epoch, leaf=leaf, user_id=user_id)

    # Commits

    def _is_current(self, standing: Standing, commit: Commit) -> bool:
        if commit.epoch != self.epoch or not standing.outstanding:
            return False
        expected = {proposal.reference for proposal in standing.outstanding.values()}
        return expected == set(commit.references)

    def _changes_in(self, standing: Standing, commit: Commit) -> list[Change]:
        by_reference = {each.reference: change for change, each in standing.outstanding.items()}
        return [by_reference[reference] for reference in commit.references]

    def _welcomes_everybody(self, welcome: Welcome | None, changes: list[Change]) -> bool:
        secrets = welcome.secrets.keys() if welcome else set()
        newcomers = (KeyPackage(encoded, user_id) for encoded, user_id in changes if encoded)
        return secrets >= {newcomer.reference for newcomer in newcomers}

    def _accept(
        self, committer: Standing, commit: Commit, welcome: Welcome | None, changes: list[Change]
    ) -> None:
        if not self.epoch:
            self._roster.leaves = Leaves(committer.participant.user_id)
            committer.is_member = True
        old_members = self.members
        added = self._roster.change_leaves(changes)
        self.epoch += 1
        self._proposals.clear()
        for standing in self._roster.standings.values():
            standing.outstanding.clear()
        self._announce(commit, welcome, old_members, added)

    def _announce(
        self, commit: Commit, welcome: Welcome | None, old: frozenset[int], added: list[Standing]
    ) -> None:
        voters = old | {standing.participant.user_id for standing in added}
        transition = uint(self._begin_vote(voters), 2)
        for user_id in old:
            participant = self._roster.standings[user_id].participant
            participant.send_binary(Op.ANNOUNCE_COMMIT, transition + commit.encoded)
        for standing in added:
            if welcome is None or standing.key_package is None:
                continue
            reduced = welcome.reduced_to(standing.key_package)
            standing.participant.send_binary(Op.WELCOME, transition + reduced)
