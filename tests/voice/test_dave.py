"""The bot's place in an encrypted group, in a call of the loopback server without its sockets."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable

import davey
import pytest

from bot.sandbox.discord.voice.call import Call
from bot.sandbox.discord.voice.member import DaveMember
from bot.sandbox.discord.voice.participant import Frame, Payload
from bot.sandbox.discord.voice.protocol import Op
from bot.voice.dave import DaveGroup, DaveOp, MalformedFrameError, Message

CHANNEL, BOT, ANA, BEN, OLD = 202, 1, 2, 3, 4
OPUS = b"\xfcsome speech, 20 ms of it"
SILENCE = b"\xf8\xff\xfe"
MOST_MESSAGES = 500  # everything here takes less than a hundred


def never(_delay_s: float, _action: Callable[[], None]) -> None:
    """Let no deadline pass: everybody answers."""


class Person:
    """Somebody in the call; what the server says waits until it is read."""

    ssrc = 0
    is_connected = True

    def __init__(self, user_id: int, *, max_dave_version: int = 1) -> None:
        self.user_id = user_id
        self.max_dave_version = max_dave_version
        self.inbox: deque[Callable[[], None]] = deque()

    def hear(self, frame: Frame) -> None:
        raise AssertionError("nobody speaks")


class Bot(Person):
    """The group under test."""

    def __init__(self, call: Call) -> None:
        super().__init__(BOT)
        self.group = DaveGroup(BOT, CHANNEL)
        self.said: list[int] = []
        """The ops of everything the group wanted sent."""
        self.damage: dict[int, Callable[[bytes], bytes]] = {}
        """What happens to the next message with this op."""
        self.in_the_clear = 0
        self.sender = b""
        self._call = call

    def begin(self, version: int) -> None:
        self._answer(self.group.begin(version))

    def send(self, op: Op, payload: Payload) -> None:
        self.inbox.append(lambda: self._answer(self.group.receive(op, payload)))

    def send_binary(self, op: Op, payload: bytes) -> None:
        if op is Op.EXTERNAL_SENDER:
            self.sender = payload
        damaged = self.damage.pop(op, bytes)(payload)
        self.inbox.append(lambda: self._answer(self.group.receive_binary(op, damaged)))

    def is_settled(self) -> bool:
        return self.group.is_settled

    def speak(self) -> bytes | None:
        payload = self.group.encrypt(OPUS)
        if self.group.version and payload is not None and OPUS in payload:
            self.in_the_clear += 1
        return payload

    def _answer(self, messages: list[Message]) -> None:
        self.speak()
        for message in messages:
            if isinstance(message, bytes):
                self.said.append(message[0])
                self._call.receive_dave(BOT, Op(message[0]), message[1:])
                continue
            decoded = json.loads(message)
            self.said.append(decoded["op"])
            self._call.receive_dave(BOT, Op(decoded["op"]), decoded["d"])


class Member(Person):
    """A member of another make, who can tell whether the bot is understood."""

    def __init__(self, user_id: int, call: Call, *, max_dave_version: int = 1) -> None:
        super().__init__(user_id, max_dave_version=max_dave_version)
        self.member = DaveMember(
            user_id=user_id,
            channel_id=CHANNEL,
            reply=lambda op, payload: call.receive_dave(user_id, op, payload),
        )

    def begin(self, version: int) -> None:
        self.member.begin(version)

    def send(self, op: Op, payload: Payload) -> None:
        self.inbox.append(lambda: self.member.receive(op, payload))

    def send_binary(self, op: Op, payload: bytes) -> None:
        self.inbox.append(lambda: self.member.receive_binary(op, payload))

    def understands(self, payload: bytes | None) -> bool:
        return payload is not None and self.member.decrypt(BOT, payload) == OPUS


class Room:
    """A call, and who reads next."""

    def __init__(self) -> None:
        self.call = Call(CHANNEL, is_dave_required=True, call_later=never)
        self.bot = Bot(self.call)
        self._people: list[Bot | Member] = []

    def enter(self, person: Bot | Member) -> None:
        """Join; the first thing to be read is the session description."""
        self._people.append(person)
        version = self.call.dave.version_for(person)
        person.inbox.append(lambda: person.begin(version))
        self.call.join(person)

    def member(self, user_id: int, *, max_dave_version: int = 1) -> Member:
        member = Member(user_id, self.call, max_dave_version=max_dave_version)
        self.enter(member)
        return member

    def leave(self, person: Bot | Member) -> None:
        self._people.remove(person)
        self.call.leave(person.user_id)

    def read(self, *, bot_first: bool = True, until: Callable[[], bool] = lambda: False) -> None:
        """Let everybody read in turn until nothing is left or something is so."""
        order = sorted(self._people, key=lambda person: (person is not self.bot) is bot_first)
        for _ in range(MOST_MESSAGES):
            reader = next((person for person in order if person.inbox), None)
            if reader is None or until():
                return
            reader.inbox.popleft()()
        raise AssertionError("they never come to an end")


@pytest.fixture
def room() -> Room:
    return Room()


def flip_last(payload: bytes) -> bytes:
    return payload[:-1] + bytes([payload[-1] ^ 0xFF])


@pytest.mark.parametrize("bot_first", [True, False])
def test_two_make_a_group_and_understand_each_other(room: Room, bot_first: bool) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)

    room.read(bot_first=bot_first)

    assert room.bot.is_settled()
    assert ana.understands(room.bot.speak())
    assert room.bot.group.encrypt(SILENCE) == SILENCE
    assert room.bot.in_the_clear == 0


def test_alone_in_a_call_nothing_can_be_said(room: Room) -> None:
    room.enter(room.bot)
    room.read()

    assert room.bot.said == [DaveOp.KEY_PACKAGE]
    assert (room.bot.group.version, room.bot.is_settled()) == (1, False)
    assert room.bot.speak() is None


def test_nothing_can_be_said_before_the_session_is_described() -> None:
    group = DaveGroup(BOT, CHANNEL)

    assert not group.is_settled
    assert group.encrypt(OPUS) is None


def test_a_call_without_encryption_takes_speech_as_it_is() -> None:
    group = DaveGroup(BOT, CHANNEL)

    assert group.begin(0) == []
    assert group.is_settled
    assert group.encrypt(OPUS) == OPUS


def test_a_new_group_counts_when_everybody_is_in_it(room: Room) -> None:
    """The bot has keys with its own commit; the other still waits for a welcome."""
    ana = room.member(ANA)
    room.enter(room.bot)

    room.read(until=lambda: room.bot.speak() is not None)

    assert not room.bot.is_settled()
    assert not ana.member.can_encrypt
    room.read()
    assert room.bot.is_settled()


def test_who_joins_later_does_not_interrupt(room: Room) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)
    room.read()
    ben = room.member(BEN)

    room.read(until=lambda: not room.bot.is_settled())

    assert room.bot.is_settled()
    payload = room.bot.speak()
    assert ana.understands(payload)
    assert ben.understands(payload)


def test_a_group_goes_on_when_one_of_three_leaves(room: Room) -> None:
    ana, ben = room.member(ANA), room.member(BEN)
    room.enter(room.bot)
    room.read()

    room.leave(ben)
    room.read()

    assert room.bot.is_settled()
    assert ana.understands(room.bot.speak())


def test_a_group_that_others_left_is_made_anew_with_the_next(room: Room) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)
    room.read()

    room.leave(ana)
    room.read()
    assert not room.bot.is_settled()
    assert room.bot.speak() is None

    ben = room.member(BEN)
    room.read()
    assert room.bot.is_settled()
    assert ben.understands(room.bot.speak())


@pytest.mark.parametrize(
    ("op", "bot_first"),
    [
        (DaveOp.PROPOSALS, True),
        (DaveOp.ANNOUNCE_COMMIT, True),
        (DaveOp.WELCOME, False),
    ],
)
@pytest.mark.parametrize("damage", [flip_last, lambda payload: payload[:20]])
def test_a_damaged_message_is_answered_and_overcome(
    room: Room, op: DaveOp, bot_first: bool, damage: Callable[[bytes], bytes]
) -> None:
    room.bot.damage[op] = damage
    ana = room.member(ANA)
    room.enter(room.bot)

    room.read(bot_first=bot_first)

    assert room.bot.damage == {}
    complaint = room.bot.said.index(DaveOp.INVALID_COMMIT_WELCOME)
    assert room.bot.said[complaint + 1] == DaveOp.KEY_PACKAGE
    assert room.bot.is_settled()
    assert ana.understands(room.bot.speak())
    assert room.bot.in_the_clear == 0


def test_a_damaged_external_sender_cannot_be_overcome(room: Room) -> None:
    room.bot.damage[DaveOp.EXTERNAL_SENDER] = lambda payload: payload[:10]
    room.enter(room.bot)

    with pytest.raises(MalformedFrameError):
        room.read()


def test_an_external_sender_that_comes_again_changes_nothing(room: Room) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)
    room.read()

    assert room.bot.group.receive_binary(DaveOp.EXTERNAL_SENDER, room.bot.sender) == []

    assert room.bot.is_settled()
    assert ana.understands(room.bot.speak())


def test_another_external_sender_in_a_group_makes_the_bot_start_over(room: Room) -> None:
    room.member(ANA)
    room.enter(room.bot)
    room.read()
    other = Room()
    other.enter(other.bot)

    answers = room.bot.group.receive_binary(DaveOp.EXTERNAL_SENDER, other.bot.sender)

    complaint, key_package = answers
    assert json.loads(complaint)["op"] == DaveOp.INVALID_COMMIT_WELCOME
    assert isinstance(key_package, bytes)
    assert key_package[0] == DaveOp.KEY_PACKAGE
    assert not room.bot.is_settled()
    assert room.bot.speak() is None


def test_a_call_can_lose_and_regain_its_encryption(room: Room) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)
    room.read()
    old = room.member(OLD, max_dave_version=0)

    room.read()
    assert (room.bot.group.version, room.bot.is_settled()) == (0, True)
    assert room.bot.speak() == OPUS

    room.leave(old)
    room.read()
    assert (room.bot.group.version, room.bot.is_settled()) == (1, True)
    assert ana.understands(room.bot.speak())
    assert room.bot.in_the_clear == 0


def test_a_call_that_was_joined_in_the_clear_can_be_encrypted(room: Room) -> None:
    ana, old = room.member(ANA), room.member(OLD, max_dave_version=0)
    room.read()
    room.enter(room.bot)
    room.read()
    assert room.bot.speak() == OPUS

    room.leave(old)
    room.read(until=lambda: not room.bot.is_settled())

    assert (room.bot.group.version, room.bot.is_settled()) == (1, True)
    assert ana.understands(room.bot.speak())
    assert room.bot.in_the_clear == 0


def test_many_comings_and_goings_end_in_one_group(room: Room) -> None:
    ana = room.member(ANA)
    room.enter(room.bot)
    for _ in range(5):
        ben = room.member(BEN)
        room.read(until=lambda: len(room.bot.inbox) > 2)
        room.leave(ben)
        room.read(bot_first=False, until=lambda: len(ana.inbox) > 1)

    room.read()

    assert room.bot.is_settled()
    assert ana.understands(room.bot.speak())
    assert room.bot.in_the_clear == 0


def test_a_transition_of_a_group_that_was_given_up_is_ignored() -> None:
    group = DaveGroup(BOT, CHANNEL)
    group.begin(1)

    assert group.receive(DaveOp.EXECUTE_TRANSITION, {"transition_id": 7}) == []
    assert group.version == 1


def test_a_downgrade_is_not_taken_back_by_an_older_commit(room: Room) -> None:
    room.member(ANA)
    room.enter(room.bot)
    room.read(until=lambda: DaveOp.TRANSITION_READY in room.bot.said)

    room.bot.group.receive(DaveOp.PREPARE_TRANSITION, {"transition_id": 99, "protocol_version": 0})
    room.bot.group.receive(DaveOp.EXECUTE_TRANSITION, {"transition_id": 99})
    room.read()

    assert (room.bot.group.version, room.bot.is_settled()) == (0, True)


@pytest.mark.parametrize("first_version", [0, 1])
def test_an_upgrade_without_its_epoch_makes_a_group_all_the_same(first_version: int) -> None:
    group = DaveGroup(BOT, CHANNEL)
    group.begin(first_version)
    group.receive(DaveOp.PREPARE_TRANSITION, {"transition_id": 0, "protocol_version": 0})

    prepared = {"transition_id": 0, "protocol_version": 1}
    (answer,) = group.receive(DaveOp.PREPARE_TRANSITION, prepared)

    assert isinstance(answer, bytes)
    assert answer[0] == DaveOp.KEY_PACKAGE
    assert group.encrypt(OPUS) is None


@pytest.mark.parametrize(
    ("op", "payload"),
    [
        (DaveOp.PREPARE_TRANSITION, {"transition_id": 1}),
        (DaveOp.PREPARE_TRANSITION, {"transition_id": "1", "protocol_version": 1}),
        (DaveOp.EXECUTE_TRANSITION, {}),
        (DaveOp.PREPARE_EPOCH, {"epoch": None}),
        (DaveOp.PREPARE_EPOCH, {"epoch": 1, "protocol_version": 2 * davey.DAVE_PROTOCOL_VERSION}),
    ],
)
def test_a_message_without_sense_is_an_error(op: DaveOp, payload: Payload) -> None:
    group = DaveGroup(BOT, CHANNEL)
    group.begin(1)

    with pytest.raises(MalformedFrameError):
        group.receive(op, payload)


@pytest.mark.parametrize("op", [DaveOp.ANNOUNCE_COMMIT, DaveOp.WELCOME])
def test_a_commit_without_a_transition_is_an_error(op: DaveOp) -> None:
    group = DaveGroup(BOT, CHANNEL)
    group.begin(1)

    with pytest.raises(MalformedFrameError):
        group.receive_binary(op, b"\0")


def test_what_is_not_about_encryption_is_ignored() -> None:
    group = DaveGroup(BOT, CHANNEL)
    group.begin(1)

    assert group.receive(13, {"user_id": "5"}) == []
    assert group.receive(DaveOp.PREPARE_EPOCH, {"epoch": 2}) == []
    assert group.receive_binary(99, b"anything") == []
