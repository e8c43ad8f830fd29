"""Members of one encrypted group whose messages travel in the order a test wants."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from typing import cast

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
