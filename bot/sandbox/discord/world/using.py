"""Members use commands, press buttons, choose from menus and fill in forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.discord.interactions import invocations, presses
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
        self, message: Message, *, custom_id: str | None = None, label: str | None = None
    ) -> Interaction:
        """Press a button."""
        return presses.press(self, message, custom_id=custom_id, label=label)

    async def select(
        self, message: Message, *values: object, custom_id: str | None = None
    ) -> Interaction:
        """Choose from a select menu."""
        return presses.select(self, message, values, custom_id=custom_id)

    async def submit(self, opener: Interaction, answers: Mapping[str, Any]) -> Interaction:
        """Fill in and send the modal that an interaction opened."""
        return presses.submit(self, opener, answers)
