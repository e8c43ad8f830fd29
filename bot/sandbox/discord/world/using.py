"""Members use commands, press buttons, choose from menus and fill in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.errors import NotPermittedError
from bot.sandbox.discord.interactions import invocations, presses
from bot.sandbox.discord.interactions.components import BUTTON, SELECTS
from bot.sandbox.discord.interactions.finding import find
from bot.sandbox.discord.world.person import Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.discord.errors import Json
    from bot.sandbox.discord.interactions.interaction import Interaction
    from bot.sandbox.discord.world.applications import Application
    from bot.sandbox.discord.world.channels import Channel
    from bot.sandbox.discord.world.members import Member
    from bot.sandbox.discord.world.messages import Message
    from bot.sandbox.discord.world.users import User


class Using(Person):
    """What people do with a bot."""

    async def slash(
        self,
        command: str,
        options: Mapping[str, object] | None = None,
        *,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> Interaction:
        """Use a slash command: `"say"`, or `"server voice"` for a sub-command."""
        place = self._place(channel, application)
        return invocations.slash(self, command, options or {}, place, application)

    async def autocomplete(
        self,
        command: str,
        option: str,
        typed: str,
        *,
        options: Mapping[str, object] | None = None,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> list[Json]:
        """Type into an option and return the choices that appear."""
        return await invocations.autocomplete(
            self,
            command,
            option,
            typed,
            entered=options or {},
            channel=self._place(channel, application),
            application=application,
        )

    async def use_on_message(
        self, command: str, message: Message, *, application: Application | None = None
    ) -> Interaction:
        """Choose a command from the menu of a message."""
        return invocations.use_on_message(self, command, message, application)

    async def use_on_user(
        self,
        command: str,
        target: Member | User,
        *,
        channel: Channel | None = None,
        application: Application | None = None,
    ) -> Interaction:
        """Choose a command from the menu of a person."""
        place = self._place(channel, application)
        return invocations.use_on_user(self, command, target, place, application)

    async def press(
        self,
        message: Message,
        which: str | None = None,
        *,
        custom_id: str | None = None,
        label: str | None = None,
        beside: str | None = None,
    ) -> Interaction:
        """Press the button with this label or custom id; of several, the one beside a text."""
        button = find(
            message.components,
            {BUTTON},
            which,
            custom_id=custom_id,
            label=label,
            beside=beside,
        )
        return presses.press(self, message, button)

    async def choose(
        self, message: Message, which: str | None, values: object, *, beside: str | None = None
    ) -> Interaction:
        """Choose from the menu with this custom id or placeholder; `values` is one or a list."""
        menu = find(message.components, SELECTS, which, beside=beside)
        several = list(values) if isinstance(values, (list, tuple)) else [values]
        return presses.choose(self, message, menu, several)

    async def select(
        self, message: Message, *values: object, custom_id: str | None = None
    ) -> Interaction:
        """Choose from the first menu, or from the one with this custom id."""
        menu = find(message.components, SELECTS, custom_id=custom_id)
        return presses.choose(self, message, menu, values)

    async def dismiss(self, message: Message) -> None:
        """Close a private answer; the bot is not told, and finds it gone."""
        if message.visible_to is not self.user:
            raise NotPermittedError("only private answers can be dismissed")
        message.is_deleted = True
        message.channel.history.pop(message.id, None)

    async def submit(
        self, opener: Interaction, answers: Mapping[str, Any] | None = None, /, **more: Any
    ) -> Interaction:
        """Fill in and send the modal that an interaction opened, by custom id or label."""
        await opener.wait_for_ack()
        return presses.submit(self, opener, {**(answers or {}), **more})
