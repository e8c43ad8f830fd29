"""The panel of moderators as a test sees it: what it says, and what can be pressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from simcord import ChannelHandle, InteractionResult, MemberActor
from simcord.results import ResponseMessage

from cogs.views.panel.spot import Action, Spot, Tab, parts
from tests.cogs.answers import messages

TEXT, BUTTON, SECTION = 10, 2, 9  # Discord's component types
MENUS = (3, 5, 6, 7, 8)


def components(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every component of a message, in the order in which people come by them."""
    for component in node:
        yield component
        yield from components(component.get("components", ()))
        yield from components([component["accessory"]] if "accessory" in component else ())


def every_spot() -> list[Spot]:
    """Return every page of the panel, part by part."""
    return [Spot(tab, part) for tab in Tab for part in range(max(1, len(parts(tab))))]


def spot_of(name: str) -> Spot:
    """Return where a setting of the server is."""
    [spot] = [each for each in every_spot() if name in {setting.name for setting in each.settings}]
    return spot


def refused_with(result: InteractionResult) -> str:
    """Return what only the presser is told whose press did nothing."""
    [refusal] = [each for each in messages(result) if each.content]
    assert refusal.ephemeral
    return refusal.content


class Panel:
    """An open panel, and who looks at it."""

    def __init__(self, member: MemberActor, message: ResponseMessage) -> None:
        self.member = member
        self.message = message

    @classmethod
    async def open(
        cls, member: MemberActor, chat: ChannelHandle, spot: Spot | None = None
    ) -> Panel:
        """Use `/server panel`, and turn to a page."""
        [message] = messages(await member.slash(chat, "server panel"))
        panel = cls(member, message)
        if spot is not None:
            await panel.turn_to(spot)
        return panel

    async def turn_to(self, spot: Spot) -> None:
        """Press the buttons that lead to a page and to a part of it."""
        await self.press(Spot(spot.tab).custom_id(Action.SHOW, "page"))
        if len(parts(spot.tab)) > 1:
            await self.press(Spot(spot.tab, spot.part).custom_id(Action.SHOW, "part"))

    async def press(self, custom_id: str) -> InteractionResult:
        """Press a button."""
        return await self.member.click(self.message, custom_id=custom_id)

    async def choose(self, custom_id: str, *values: Any) -> InteractionResult:
        """Choose from a menu."""
        return await self.member.select(self.message, values, custom_id=custom_id)

    async def type(self, custom_id: str, **typed: Any) -> InteractionResult:
        """Press a button that opens a dialog, fill that in and submit it."""
        return await self.member.submit_modal(await self.press(custom_id), typed)

    @property
    def components(self) -> list[dict[str, Any]]:
        """Everything there is on it."""
        return list(components(self.message.components))

    @property
    def text(self) -> str:
        """All it says."""
        return "\n".join(each["content"] for each in self.components if each["type"] == TEXT)

    @property
    def labels(self) -> dict[str, str]:
        """What can be pressed, by the words on it."""
        buttons = [each for each in self.components if each["type"] == BUTTON]
        return {each["label"]: each["custom_id"] for each in buttons}

    def menu(self, custom_id: str) -> dict[str, Any]:
        """Return a menu."""
        [found] = [each for each in self.components if each.get("custom_id") == custom_id]
        return found

    def chosen(self, custom_id: str) -> Sequence[str]:
        """Return what a menu has chosen, by the words people see or by ids."""
        menu = self.menu(custom_id)
        options = [each["label"] for each in menu.get("options", ()) if each.get("default")]
        return options + [str(each["id"]) for each in menu.get("default_values", ())]
