"""The end-to-end encryption group, driven by real MLS members in every order one can think of."""

import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from bot.sandbox.discord.voice.dave import DaveGroup
from bot.sandbox.discord.voice.member import DaveMember
from bot.sandbox.discord.voice.participant import Frame, Payload
from bot.sandbox.discord.voice.protocol import Op

CHANNEL = 77
OPUS = b"\x78" + bytes(range(60))

Message = tuple[Op, Payload | bytes]


class Attendant:
    """A member whose messages, in both directions, travel only when told to."""

    def __init__(self, group: DaveGroup, user_id: int, *, max_dave_version: int = 1) -> None:
        self.user_id = self.ssrc = user_id
        self.max_dave_version = max_dave_version
        self.is_connected = True
        self.inbox: deque[Message] = deque()
        self.outbox: deque[Message] = deque()
        self.log: list[Op] = []
        self.group = group
        self.to_damage: set[Op] = set()
        self.withheld: set[Op] = set()
        """What this member never says."""
        self.member = DaveMember(
            user_id=user_id,
            channel_id=CHANNEL,
            reply=lambda op, payload: self.outbox.append((op, payload)),
        )

    def arrive(self) -> None:
        self.member.begin(self.group.version_for(self))
        self.group.join(self)

    def begin_anew(self) -> None:
        self.inbox.append((Op.SESSION_DESCRIPTION, {}))
        self.group.rejoin(self.user_id)

    def send(self, op: Op, payload: Payload) -> None:
        self.inbox.append((op, payload))

    def send_binary(self, op: Op, payload: bytes) -> None:
        self.inbox.append((op, payload))

    def hear(self, frame: Frame) -> None:
        raise AssertionError("nobody speaks in these tests")

    def read(self) -> None:
        op, payload = self.inbox.popleft()
        self.log.append(op)
        if op is Op.SESSION_DESCRIPTION:
            self.member.begin(1)
            return
        if not isinstance(payload, bytes):
            self.member.receive(op, payload)
            return
        is_bad = op in self.to_damage
        self.to_damage.discard(op)
        self.member.receive_binary(op, payload[:-1] + b"\0" if is_bad else payload)

    def write(self) -> None:
        op, payload = self.outbox.popleft()
        if op in self.withheld:
            return
        if isinstance(payload, bytes):
            receive = {
                Op.KEY_PACKAGE: self.group.receive_key_package,
                Op.COMMIT_WELCOME: self.group.receive_commit,
            }
            receive[op](self.user_id, payload)
            return
        answer = {
            Op.TRANSITION_READY: self.group.receive_ready,
            Op.INVALID_COMMIT_WELCOME: self.group.receive_invalid,
        }
        answer[op](self.user_id, cast("int", payload["transition_id"]))

    def steps(self) -> Iterator[deque[Message]]:
        return (box for box in (self.inbox, self.outbox) if box and self.is_connected)


class Party:
    """A call whose members come and go."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.deadlines: list[tuple[float, Callable[[], None]]] = []
        """What waits for time to pass, with its seconds."""
        self.group = DaveGroup(
            CHANNEL, call_later=lambda *deadline: self.deadlines.append(deadline)
        )
        self.present: dict[int, Attendant] = {}

    def arrive(self, *, max_dave_version: int = 1) -> Attendant:
        user_id = 1_000 + self.random.randrange(1 << 60)
        newcomer = Attendant(self.group, user_id, max_dave_version=max_dave_version)
        self.present[user_id] = newcomer
        newcomer.arrive()
        return newcomer

    def depart(self, attendant: Attendant) -> None:
        del self.present[attendant.user_id]
        self.group.leave(attendant.user_id)

    def come_or_go(self) -> None:
        is_leaving = self.present and self.random.random() < 0.4
        anybody = self.random.choice(list(self.present.values())) if is_leaving else None
        self.arrive() if anybody is None else self.depart(anybody)

    def spoil_something(self) -> None:
        """Damage somebody's next welcome or commit, or let a client without encryption in."""
        kind = self.random.choice([Op.WELCOME, Op.ANNOUNCE_COMMIT, None])
        if kind is None:
            self.arrive(max_dave_version=0)
        elif self.present:
            self.random.choice(list(self.present.values())).to_damage.add(kind)

    def upset_somebody(self) -> None:
        """Cut somebody off, let them resume or begin anew, or let time pass."""
        attendant = self.random.choice(list(self.present.values()))
        kind = self.random.choice(["cut off", "resume", "begin anew", "time"])
        if kind == "time":
            self.let_time_pass()
        elif kind == "cut off":
            attendant.is_connected = False
            self.group.stop_awaiting(attendant.user_id)
        elif kind == "resume":
            attendant.is_connected = True
        elif self.group.version and attendant.is_connected:
            attendant.begin_anew()

    def heal(self) -> None:
        """Damage nothing any more, reconnect all, and let only clients with encryption stay."""
        for attendant in list(self.present.values()):
            attendant.to_damage.clear()
            attendant.is_connected = True
            if not attendant.max_dave_version:
                self.depart(attendant)

    def deliver_one(self) -> bool:
        ready = [(each, box) for each in self.present.values() for box in each.steps()]
        if not ready:
            return False
        attendant, box = self.random.choice(ready)
        attendant.read() if box is attendant.inbox else attendant.write()
        return True

    def let_time_pass(self) -> None:
        """Reach every deadline there is."""
        passed, self.deadlines = self.deadlines, []
        for _, act in passed:
            act()

    def settle(self) -> None:
        while self.deliver_one():
            pass

    def understands_itself(self) -> bool:
        """Whether everybody decrypts what everybody says."""
        return all(
            listener.member.decrypt(speaker.user_id, speaker.member.encrypt(OPUS)) == OPUS
            for speaker in self.present.values()
            for listener in self.present.values()
            if listener is not speaker
        )


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_order_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 9)):
        party.come_or_go()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.arrive()
    party.arrive()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("seed", range(100, 112))
def test_whatever_goes_wrong_on_the_way_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 8)):
        party.come_or_go()
        party.spoil_something()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.heal()
    party.arrive()
    party.arrive()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("seed", range(200, 206))
def test_whoever_is_cut_off_or_begins_anew_everybody_ends_in_one_group(seed: int) -> None:
    party = Party(seed)
    for _ in range(party.random.randint(3, 8)):
        party.arrive()
        party.spoil_something()
        party.upset_somebody()
        for _ in range(party.random.randint(0, 12)):
            party.deliver_one()
    party.heal()
    party.arrive()
    party.arrive()
    party.settle()
    party.let_time_pass()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_of_the_first_commits_one_wins_and_all_others_are_welcomed(count: int) -> None:
    party = Party(seed=count)
    crowd = [party.arrive() for _ in range(count)]
    party.settle()
    assert sum(Op.ANNOUNCE_COMMIT in each.log for each in crowd) == 1
    assert sum(Op.WELCOME in each.log for each in crowd) == count - 1
    assert party.group.epoch == 1
    assert all(Op.EXECUTE_TRANSITION in each.log for each in crowd)


def test_a_newcomer_is_welcomed_and_the_others_follow_the_commit() -> None:
    party = Party(seed=1)
    old = [party.arrive(), party.arrive()]
    party.settle()
    newcomer = party.arrive()
    party.settle()
    assert party.group.epoch == 2
    assert Op.WELCOME in newcomer.log
    assert Op.PROPOSALS not in newcomer.log
    assert all(each.log.count(Op.ANNOUNCE_COMMIT) >= 1 for each in old)


def test_who_leaves_a_group_of_three_no_longer_understands_the_others() -> None:
    party = Party(seed=2)
    leaver, stayer, _ = party.arrive(), party.arrive(), party.arrive()
    party.settle()
    party.depart(leaver)
    party.settle()
    assert party.understands_itself()
    with pytest.raises(ValueError, match="decrypt"):
        leaver.member.decrypt(stayer.user_id, stayer.member.encrypt(OPUS))


def test_the_last_member_is_told_to_start_over_and_can_be_joined_again() -> None:
    party = Party(seed=3)
    stayer, leaver = party.arrive(), party.arrive()
    party.settle()
    party.depart(leaver)
    party.settle()
    assert stayer.log[-2:] == [Op.PREPARE_EPOCH, Op.PREPARE_TRANSITION]
    assert not stayer.member.can_encrypt
    party.arrive()
    party.settle()
    assert party.understands_itself()


def test_when_a_pending_member_leaves_its_addition_is_revoked() -> None:
    party = Party(seed=4)
    members = [party.arrive(), party.arrive()]
    party.settle()
    pending = party.arrive()
    pending.write()
    party.depart(pending)
    party.settle()
    assert party.group.members == {each.user_id for each in members}
    assert party.group.epoch == 1
    assert party.understands_itself()


@pytest.mark.parametrize("damaged", [Op.WELCOME, Op.ANNOUNCE_COMMIT])
@pytest.mark.parametrize("count", [2, 3])
def test_who_cannot_follow_is_removed_and_added_again(damaged: Op, count: int) -> None:
    party = Party(seed=5)
    crowd = [party.arrive() for _ in range(count)]
    crowd[0].to_damage = {damaged}
    crowd[1].to_damage = {damaged}
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


def test_a_client_without_encryption_downgrades_the_call_and_its_leaving_upgrades_it() -> None:
    party = Party(seed=6)
    old = [party.arrive(), party.arrive()]
    party.settle()
    plain = party.arrive(max_dave_version=0)
    party.settle()
    assert party.group.version == 0
    assert not any(each.member.can_encrypt for each in old)
    party.depart(plain)
    party.settle()
    assert party.group.version == 1
    assert party.understands_itself()


def test_who_never_says_that_they_are_ready_holds_nobody_up() -> None:
    party = Party(seed=8)
    old, mute = party.arrive(), party.arrive()
    mute.withheld.add(Op.TRANSITION_READY)
    party.settle()
    newcomer = party.arrive()
    party.settle()
    assert Op.EXECUTE_TRANSITION not in old.log
    assert Op.WELCOME not in newcomer.log
    assert [delay_s for delay_s, _ in party.deadlines] == [2.0]
    party.let_time_pass()
    party.settle()
    assert old.log.count(Op.EXECUTE_TRANSITION) == 1
    assert Op.WELCOME in newcomer.log
    assert party.understands_itself()


def test_who_begins_anew_is_proposed_nothing_before_its_new_key_package() -> None:
    party = Party(seed=11)
    beginner, other = party.arrive(), party.arrive()
    party.settle()
    beginner.begin_anew()
    party.arrive().write()
    assert [op for op, _ in beginner.inbox] == [Op.SESSION_DESCRIPTION]
    assert Op.PROPOSALS in [op for op, _ in other.inbox]
    party.settle()
    assert party.understands_itself()


def test_a_deadline_everybody_has_met_changes_nothing() -> None:
    party = Party(seed=9)
    crowd = [party.arrive(), party.arrive()]
    party.settle()
    party.let_time_pass()
    party.settle()
    assert [each.log.count(Op.EXECUTE_TRANSITION) for each in crowd] == [1, 1]


def test_who_cannot_follow_and_says_so_after_the_deadline_is_added_again() -> None:
    party = Party(seed=10)
    crowd = [party.arrive(), party.arrive(), party.arrive()]
    crowd[0].to_damage = {Op.WELCOME, Op.ANNOUNCE_COMMIT}
    while not party.deadlines:
        party.deliver_one()
    party.let_time_pass()
    party.settle()
    assert party.group.members == party.present.keys()
    assert party.understands_itself()


def test_a_commit_of_an_old_epoch_changes_nothing() -> None:
    party = Party(seed=7)
    first, second = party.arrive(), party.arrive()
    for attendant in (first, second, first, second):
        attendant.write() if attendant.outbox else attendant.read()
    while first.inbox or second.inbox:
        (first if first.inbox else second).read()
    commits = [first.outbox[-1], second.outbox[-1]]
    assert [op for op, _ in commits] == [Op.COMMIT_WELCOME, Op.COMMIT_WELCOME]
    first.write()
    second.write()
    assert party.group.epoch == 1
    party.settle()
    assert party.understands_itself()
