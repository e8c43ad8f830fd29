"""Leaves a speech service alone that has failed again and again, and finds out when it is back."""

from __future__ import annotations

import logging
from collections import deque
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Final

from bot.errors import ProviderError, ProviderFault
from bot.tts.condition import Rest
from bot.tts.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.models import SpeechRequest

log = logging.getLogger(__name__)

# The figures are those of the fault catalogue, section T.
FAILURES_IN_A_ROW: Final = 5
FAILURES_IN_A_ROW_BY_CHANCE: Final = 8
"""Where requests are many and some fail anyway, five in a row are no sign of an outage: if a fifth
fails, they come every 20 minutes at the full pace of a key, and eight in a row every other day."""

WINDOW_S: Final = 30.0
WINDOW_REQUESTS: Final = 20
WINDOW_SHARE: Final = 0.5

PROBE_AFTER_S: Final = 15.0
MAX_PROBE_AFTER_S: Final = 120.0
KEY_PROBE_AFTER_S: Final = {
    ProviderFault.BAD_KEY: 60.0,
    ProviderFault.OUT_OF_CREDIT: 300.0,
    # A quota that was used up recovers within a minute (Alibaba Model Studio, "Rate limits").
    ProviderFault.THROTTLED: 60.0,
}

_FAILURES: Final = frozenset(
    {
        ProviderFault.TIMEOUT,
        ProviderFault.UNAVAILABLE,
        ProviderFault.PROTOCOL,
        ProviderFault.TRUNCATED,
    }
)
_OF_THE_ACCOUNT: Final = frozenset({ProviderFault.BAD_KEY, ProviderFault.OUT_OF_CREDIT})
# Refusals of an account that concern one model only: whoever chooses it silences nobody else.
_OF_ONE_MODEL: Final = frozenset(
    {"accessdenied.unpurchased", "model.accessdenied", "allocationquota.freetieronly"}
)
_QUOTA_USED_UP: Final = frozenset({"throttling.allocationquota", "insufficient_quota"})


class Circuit:
    """Closed while requests may pass; open after failures, but for one probe at a time."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failures_in_a_row = 0
        self._probe_after_s = 0.0
        self._probe_at = 0.0
        self._is_probed = False
        self.fault: ProviderFault | None = None
        """Why it is open; `None` while it is closed."""

    def check(self) -> None:
        """Raise unless a request may pass now."""
        if self.fault is not None and (self._is_probed or self._clock() < self._probe_at):
            raise ProviderError(
                f"{self._name} is left alone: {self.fault}",
                fault=self.fault,
                retryable=False,
                retry_after_s=max(self._probe_at - self._clock(), 0.0),
            )

    @property
    def rest(self) -> Rest | None:
        """Why and for how long it is open, if it is."""
        if self.fault is None:
            return None
        return Rest(self.fault, max(self._probe_at - self._clock(), 0.0))

    def enter(self) -> bool:
        """Let a request pass; return whether it is the probe."""
        if self.fault is None:
            return False
        self._is_probed = True
        return True

    def leave(self) -> None:
        """Take back a probe of which nobody knows how it would have ended."""
        self._is_probed = False

    def close(self) -> None:
        """Let everything pass again."""
        if self.fault is not None:
            log.warning("%s is used again", self._name, extra={"circuit": self._name})
        self.fault = None
        self._is_probed = False
        self._probe_after_s = 0.0
        self._failures_in_a_row = 0
        self._outcomes.clear()

    def open(self, fault: ProviderFault, probe_after_s: float) -> None:
        """Let nothing pass for `probe_after_s` seconds, and one probe after them."""
        if self.fault is not fault:
            log.warning(
                "%s is left alone: %s, next try in %.0f s",
                self._name,
                fault,
                probe_after_s,
                extra={"circuit": self._name, "fault": str(fault), "probe_after_s": probe_after_s},
            )
        self.fault = fault
        self._is_probed = False
        self._probe_after_s = probe_after_s
        self._probe_at = self._clock() + probe_after_s

    def note_success(self) -> None:
        """Count a request that came to its end."""
        self._note(is_success=True)
        self._failures_in_a_row = 0

    def note_failure(self, fault: ProviderFault, *, was_probe: bool) -> None:
        """Count a failure, which may be one too many.

        A probe that fails at once costs nobody anything, so the next one is as soon, and speech is
        back soon after a long outage. For one that hangs somebody has waited in silence: those
        become half as frequent each time.
        """
        if was_probe:
            hangs = fault is ProviderFault.TIMEOUT
            wanted_s = self._probe_after_s * 2 if hangs else PROBE_AFTER_S
            self.open(ProviderFault.SUSPENDED, min(wanted_s, MAX_PROBE_AFTER_S))
            return
        self._note(is_success=False)
        self._failures_in_a_row += 1
        if self.fault is None and self._is_too_much():
            self.open(ProviderFault.SUSPENDED, PROBE_AFTER_S)

    def _note(self, *, is_success: bool) -> None:
        now = self._clock()
        self._outcomes.append((now, is_success))
        while self._outcomes[0][0] < now - WINDOW_S:
            self._outcomes.popleft()

    def _is_too_much(self) -> bool:
        in_a_row = self._failures_in_a_row
        count = len(self._outcomes)
        failures = sum(not is_success for _, is_success in self._outcomes)
        fails_anyway = failures > in_a_row and count - in_a_row >= WINDOW_REQUESTS
        if in_a_row >= (FAILURES_IN_A_ROW_BY_CHANCE if fails_anyway else FAILURES_IN_A_ROW):
            return True
        return count >= WINDOW_REQUESTS and failures >= WINDOW_SHARE * count


class Breaker:
    """The circuits of one key: one for the account, one for each model.

    Args:
        name: What operators call the route, such as `qwen`.
        clock: Seconds that only ever grow.
    """

    def __init__(self, name: str, *, clock: Callable[[], float] = monotonic) -> None:
        self._name = name
        self._clock = clock
        self._account = Circuit(f"speech route {name}", clock)
        self._models: dict[str, Circuit] = {}

    def check(self, model: str) -> None:
        """Raise at once what a request for `model` would be told at the door.

        Raises:
            ProviderError: It would not pass; `retry_after_s` says when a probe is due.
        """
        self._account.check()
        self._model(model).check()

    def rest(self, model: str) -> Rest | None:
        """Return why a request for `model` would not pass, or only to try whether it can."""
        circuit = self._models.get(model)
        return self._account.rest or (circuit.rest if circuit else None)

    def renew(self) -> None:
        """Forget what was the matter with the account: its key was exchanged."""
        self._account.close()

    def enter(self, model: str) -> Passage:
        """Let a request for `model` through, as the probe if one is due.

        Raises:
            ProviderError: It may not pass.
        """
        self.check(model)
        return Passage(self._account, self._model(model))

    def _model(self, model: str) -> Circuit:
        if model not in self._models:
            name = f"speech route {self._name} ({model})"
            self._models[model] = Circuit(name, self._clock)
        return self._models[model]


class Passage:
    """One request on its way through the door; exactly one of its endings is told."""

    def __init__(self, account: Circuit, model: Circuit) -> None:
        self._account = account
        self._model = model
        self._probed = [circuit for circuit in (account, model) if circuit.enter()]

    def hear(self) -> None:
        """Note the first sound: whatever was the matter is over."""
        for circuit in self._probed:
            circuit.close()
        self._probed.clear()

    def succeed(self) -> None:
        """Note that every word came."""
        self.hear()
        self._model.note_success()

    def fail(self, error: ProviderError) -> None:
        """Note what went wrong, if it says anything about the service."""
        if error.fault in _OF_THE_ACCOUNT or _is_quota(error):
            self._fail_account(error)
        elif error.fault in _FAILURES:
            was_probe = self._model in self._probed
            self.leave()
            self._model.note_failure(error.fault, was_probe=was_probe)
        elif error.status is not None:
            # It was answered, though not by speech: the service is there, and knows the key.
            self.hear()
        else:
            self.leave()

    def leave(self) -> None:
        """Note that nobody knows how it would have ended."""
        for circuit in self._probed:
            circuit.leave()
        self._probed.clear()

    def _fail_account(self, error: ProviderError) -> None:
        is_of_model = (error.code or "").casefold() in _OF_ONE_MODEL
        circuit = self._model if is_of_model else self._account
        was_probe = circuit in self._probed
        self.leave()
        if circuit.fault is not None and not was_probe:
            return  # sent before it was known
        fault = error.fault
        if fault is ProviderFault.THROTTLED and was_probe:
            # It recovers within a minute; one that is still used up then is used up for good.
            fault = ProviderFault.OUT_OF_CREDIT
        circuit.open(fault, KEY_PROBE_AFTER_S[fault])


def _is_quota(error: ProviderError) -> bool:
    code = (error.code or "").casefold()
    return error.fault is ProviderFault.THROTTLED and code in _QUOTA_USED_UP


class GuardedSynthesizer(Synthesizer):
    """The door next to a service: what passes is seen, what may not is told so at once."""

    def __init__(self, inner: Synthesizer, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker

    async def stream(self, request: SpeechRequest) -> AsyncGenerator[bytes, None]:
        """Yield PCM.

        Raises:
            ProviderError: The service failed, or is left alone because it has.
        """
        passage = self._breaker.enter(request.model)
        try:
            async with aclosing(self._inner.stream(request)) as pieces:
                async for pcm in pieces:
                    passage.hear()
                    yield pcm
            passage.succeed()
        except ProviderError as error:
            passage.fail(error)
            raise
        finally:
            passage.leave()
