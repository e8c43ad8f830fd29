"""What a scene needs: the bot in an in-memory Discord, and a camera.

A scene is a test function in a file `scenes_*.py`, so pytest alone never runs it. It lets somebody
use the bot, and hands what they see to `picture` with the name of the file to draw.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from simcord import ChannelHandle, Env, InteractionResult, MemberActor
from simcord.preview._capture import ManagedCapture
from simcord.results import ResponseMessage

from tests.cogs.conftest import *  # noqa: F403 (the fixtures of the tests with the bot)
from tests.cogs.conftest import (  # noqa: F401 (what a star leaves out)
    _background,
    _follow_ups_after_a_deleted_placeholder,
    _impatience,
)

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 640, 3_000
"""In pixels: about what a desktop client gives a panel, and more than the highest one."""

COLOURS = 128
"""More than an interface has, and a third of the bytes."""

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


class Picture(Protocol):
    """Draws what somebody sees of an answer, or the dialog it has opened."""

    async def __call__(
        self, name: str, viewer: MemberActor, shown: InteractionResult | ResponseMessage
    ) -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _browser() -> None:
    """Let SimCord draw with the browser of the system, which it does not ask for by itself."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")

    async def ensure_browser(capture: Any) -> Any:
        if capture._browser is None:
            from playwright.async_api import async_playwright

            capture._playwright = await async_playwright().start()
            capture._browser = await capture._playwright.chromium.launch(
                executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
            )
        return capture._browser

    ManagedCapture._ensure_browser = ensure_browser  # type: ignore[method-assign]


@pytest.fixture
async def picture(env: Env, chat: ChannelHandle) -> AsyncIterator[Picture]:
    """A camera in the text channel of the server."""
    IMAGES.mkdir(exist_ok=True)
    env.backend.bot_user.name = "Oriole"

    async def draw(
        name: str, viewer: MemberActor, shown: InteractionResult | ResponseMessage
    ) -> None:
        async with env.preview(
            chat, viewers=[viewer], width=WIDTH, height=HEIGHT, presentation_time=NOW
        ) as preview:
            capture = await preview.screenshot(target=shown, viewer=viewer, allow_incomplete=True)
        # Only the extra `screenshots` brings it, and pytest imports this file for every run.
        from PIL import Image

        with Image.open(io.BytesIO(capture.png)) as image:
            image.quantize(COLOURS).save(IMAGES / f"{name}.png", optimize=True)

    yield draw
