"""How a voice connection ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from bot.errors import BotError


class LossKind(StrEnum):
    """How a connection ended."""

    CLOSED = "closed"
    """By a close frame."""
    CUT = "cut"
    """Without one, at any time after it was dialled."""
    UNREACHED = "unreached"
    """It could not be dialled: the server has never heard of the session."""
    TIMEOUT = "timeout"
    """The handshake took too long."""
    SILENT = "silent"
    """No heartbeat was acknowledged."""
    DEAF = "deaf"
    """The UDP path is dead."""
    MALFORMED = "malformed"
    """The server sent something that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a connection is gone."""

    kind: LossKind
    close_code: int | None
    """Of the close frame, if there was one."""
    detail: str
    """For operators; holds no secrets."""
    last_heard_at: float
    """`time.monotonic` of the last proof that the server took what was sent."""

    def __str__(self) -> str:
        code = f", close code {self.close_code}" if self.close_code else ""
        return f"{self.kind}{code}: {self.detail}"


class ConnectionLostError(BotError):
    """The voice connection could not be opened, or is gone."""

    def __init__(self, loss: Loss) -> None:
        super().__init__(str(loss))
        self.loss = loss


def loss_now(kind: LossKind, detail: str) -> Loss:
    """Return a loss without a close frame, of a server that was heard until now."""
    return Loss(kind, None, detail, monotonic())


def lost_now(kind: LossKind, detail: str) -> ConnectionLostError:
    """Return the error for such a loss."""
    return ConnectionLostError(loss_now(kind, detail))


def first_loss(group: BaseExceptionGroup[BaseException]) -> Loss:
    """Return the first loss among what went wrong at the same time; raise all if there is none."""
    for error in group.exceptions:
        if isinstance(error, ConnectionLostError):
            return error.loss
    raise group
