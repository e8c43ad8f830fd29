"""Strikes guilds with every class of faults in turn, and takes the time until they are well."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.faults._soak_home import Home, until
from tests.faults._soak_strikes import VOICE_FAULTS, Fault, Town
from tests.faults._soak_upsets import UPSETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults._soak_strikes import Strike

FAULTS: dict[str, Fault] = {**VOICE_FAULTS, **UPSETS}

REST_S = 12.0
"""Of a guild after a fault: a connection that held for 10 s begins a new count of failures."""

SPEAK_S = 15.0
ACT_S = 60.0
CURE_S = 60.0
LATEST_STRIKE_S = 1.0
WAIT_S = 0.1


class Chaos:
    """One deck of all faults, shuffled anew whenever it is used up."""

    def __init__(self, town: Town, *, seed: int, every_s: float) -> None:
        self._town = town
        self._seed = seed
        self._every_s = every_s
        self._deck = self._draw()
        self._running: set[asyncio.Task[None]] = set()
        self.struck = 0
        self.recoveries: dict[str, list[tuple[float, float]]] = defaultdict(list)
        """For every class, the seconds from the fault, and from its end, until all was well."""

    async def rage(self, until_s: float) -> None:
        """Strike until a moment (monotonic seconds), then wait until everything is over."""
        due = time.monotonic()
        while (due := max(due, time.monotonic())) < until_s:
            name = next(self._deck)
            fault = FAULTS[name]
            if fault.is_exclusive:
                await self._end()
            self.struck += 1
            # What one fault does must not depend on how long those before it took.
            chance = random.Random(f"{self._seed} {self.struck}")
            home = await self._free_home(chance)
            home.fault = name
            suffering = self._suffer(name, fault, home, chance)
            self._running.add(asyncio.create_task(suffering, name=name))
            if fault.is_exclusive:
                await self._end()
            due += self._every_s
            await asyncio.sleep(max(0.0, min(due, until_s) - time.monotonic()))
        await self._end()

    async def _end(self) -> None:
        await asyncio.gather(*self._running)
        self._running.clear()

    def _draw(self) -> Iterator[str]:
        chance = random.Random(self._seed)
        while True:
            names = list(FAULTS)
            chance.shuffle(names)
            yield from names

    async def _free_home(self, chance: random.Random) -> Home:
        while True:
            rested = [
                home
                for home in self._town.homes
                if not home.fault and time.monotonic() - home.rested_since >= REST_S
            ]
            if rested:
                return chance.choice(rested)
            await asyncio.sleep(WAIT_S)

    async def _suffer(self, name: str, fault: Fault, home: Home, chance: random.Random) -> None:
        try:
            await self._speak(home, f"before {name}")
            await asyncio.sleep(chance.uniform(0.0, LATEST_STRIKE_S))
            async with asyncio.timeout(ACT_S):
                strike = await fault.act(self._town, home, chance)
            await self._recover(name, home, strike)
            await self._speak(home, f"after {name}")
        except (AssertionError, TimeoutError) as error:
            self._complain(home, f"{name}: {type(error).__name__} {error}")
        finally:
            if home.guest.voice is not None:
                await home.guest.leave_voice()
            home.fault, home.last_fault = "", name
            for struck in self._town.homes if fault.is_exclusive else (home,):
                struck.rested_since = time.monotonic()

    async def _recover(self, name: str, home: Home, strike: Strike) -> None:
        cured = await until(strike.is_cured, timeout_s=CURE_S)
        if cured is None:
            self._complain(home, f"not well {CURE_S:g} s after {name}")
            return
        self.recoveries[name].append((cured - strike.at, max(0.0, cured - strike.mended)))

    async def _speak(self, home: Home, when: str) -> None:
        has_spoken = home.speech_from_now_on()
        await home.say()
        if await until(has_spoken, timeout_s=SPEAK_S) is None:
            self._complain(home, f"silent {when}")

    def _complain(self, home: Home, what: str) -> None:
        now = time.monotonic()
        self._town.violations.append(f"{home.name} ({home.id}): {what}; {now:.1f} s")
