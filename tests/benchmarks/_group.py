"""An end-to-end encrypted group of two inside this process, so that packets cost what they cost."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache, partial

import davey

from bot.sandbox.discord.voice import dave as server_side
from bot.sandbox.discord.voice.member import DaveMember
from bot.sandbox.discord.voice.participant import Frame, Payload
from bot.sandbox.discord.voice.protocol import DAVE_VERSION, Op
from bot.voice.dave import DaveGroup, Message

GROUPS = 40
"""So many are made; calls share them, as making one takes 15 ms."""


class _Seat(ABC):
    """A participant whose messages wait until they are delivered."""

    max_dave_version = DAVE_VERSION
    is_connected = True

    def __init__(self, user_id: int, server: server_side.DaveGroup) -> None:
        self.user_id = self.ssrc = user_id
        self.mail: deque[Callable[[], object]] = deque()
        self._server = server

    @abstractmethod
    def send(self, op: Op, payload: Payload) -> None:
        """Take a JSON message of the server."""

    @abstractmethod
    def send_binary(self, op: Op, payload: bytes) -> None:
        """Take a binary message of the server."""

    def hear(self, frame: Frame) -> None:
        raise AssertionError("nobody speaks to a benchmark")

    def reply(self, op: Op, payload: Payload | bytes) -> None:
        receive = {
            Op.KEY_PACKAGE: self._server.receive_key_package,
            Op.COMMIT_WELCOME: self._server.receive_commit,
        }
        if isinstance(payload, bytes):
            self.mail.append(partial(receive[op], self.user_id, payload))
            return
        transition_id = payload["transition_id"]
        assert isinstance(transition_id, int)
        self.mail.append(partial(self._server.receive_ready, self.user_id, transition_id))


class _Bot(_Seat):
    """The bot's own group."""

    def __init__(self, user_id: int, channel_id: int, server: server_side.DaveGroup) -> None:
        super().__init__(user_id, server)
        self.group = DaveGroup(user_id, channel_id)
        self._reply_all(self.group.begin(server.version))
        server.join(self)

    def send(self, op: Op, payload: Payload) -> None:
        self.mail.append(lambda: self._reply_all(self.group.receive(op, payload)))

    def send_binary(self, op: Op, payload: bytes) -> None:
        self.mail.append(lambda: self._reply_all(self.group.receive_binary(op, payload)))

    def _reply_all(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, bytes):
                self.reply(Op(message[0]), message[1:])
            else:
                content = json.loads(message)
                self.reply(Op(content["op"]), content["d"])


class _Person(_Seat):
    """Somebody to share the keys with."""

    def __init__(self, user_id: int, channel_id: int, server: server_side.DaveGroup) -> None:
        super().__init__(user_id, server)
        self._member = DaveMember(user_id=user_id, channel_id=channel_id, reply=self.reply)
        self._member.begin(server.version)
        server.join(self)

    def send(self, op: Op, payload: Payload) -> None:
        self.mail.append(partial(self._member.receive, op, payload))

    def send_binary(self, op: Op, payload: bytes) -> None:
        self.mail.append(partial(self._member.receive_binary, op, payload))


def group_for(call: int) -> DaveGroup:
    """Return a group the bot can encrypt in; every 40th call has the same."""
    return _made_group(call % GROUPS)


def session_for(call: int) -> davey.DaveSession:
    """Return the keys of such a group by themselves, as discord.py holds them."""
    session = group_for(call)._session
    assert session is not None
    return session


@cache
def _made_group(number: int) -> DaveGroup:
    channel_id = 1_000 + 10 * number
    # Nobody here is late, so no deadline is ever needed.
    server = server_side.DaveGroup(channel_id, call_later=lambda _seconds, _do: None)
    bot = _Bot(channel_id + 1, channel_id, server)
    seats = [bot, _Person(channel_id + 2, channel_id, server)]
    while any(seat.mail for seat in seats):
        for seat in seats:
            if seat.mail:
                seat.mail.popleft()()
    assert bot.group.is_settled
    assert bot.group.version
    return bot.group
