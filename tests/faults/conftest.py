"""One bot for the rows of a file; after every row, the invariants."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox.discord.server import DiscordOptions
from tests.faults import probed_bot
from tests.faults.invariants import Allowed, check
from tests.faults.metronome import Metronome, open_metronome
from tests.faults.scene import Scene, open_scene

FIGURES = pytest.StashKey[dict[str, dict[str, float]]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: the real bot with something broken around it")
    config.addinivalue_line("markers", "allows(**what): what a row breaks on purpose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def metronome() -> AsyncIterator[Metronome]:
    async with open_metronome() as metronome:
        yield metronome


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, metronome: Metronome
) -> AsyncIterator[Scene]:
    """One bot for all rows of a file, with the file's own `RECOVERY`, `DISCORD` and `SETTINGS`."""
    recovery: dict[str, float] = getattr(request.module, "RECOVERY", {})
    options: DiscordOptions | None = getattr(request.module, "DISCORD", None)
    settings: dict[str, str] = dict(getattr(request.module, "SETTINGS", {}))
    if recovery:
        settings[probed_bot.RECOVERY] = json.dumps(recovery)
    folder = tmp_path_factory.mktemp("data")
    async with open_scene(folder, metronome, discord_options=options, settings=settings) as scene:
        yield scene


@pytest_asyncio.fixture(loop_scope="module")
async def scene(request: pytest.FixtureRequest, running: Scene) -> AsyncIterator[Scene]:
    """The bot speaks in guild B and is in no call of guild A; afterwards all invariants hold."""
    marker = request.node.get_closest_marker("allows")
    allowed = Allowed(**marker.kwargs) if marker else Allowed()
    await running.begin()
    yield running
    violations = await check(running, allowed)
    for name, value in running.figures.items():
        request.node.user_properties.append((name, round(value, 3)))
    assert not violations, "\n".join([*violations, *running.bot.log[-40:]])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what every row has measured."""
    reports = [
        report
        for outcome in ("", "passed", "failed", "error")
        for report in terminalreporter.getreports(outcome)
        if report.when == "teardown" and getattr(report, "user_properties", None)
    ]
    if reports:
        terminalreporter.section("figures of the fault rows")
    for report in reports:
        figures = ", ".join(f"{name} {value:g}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {figures}")
