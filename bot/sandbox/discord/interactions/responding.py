"""What an application may answer to an interaction, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import FormErrors, RestError, invalid_form, unknown
from bot.sandbox.discord.interactions.command_rules import MAX_CHOICES, STRING, check_choice
from bot.sandbox.discord.interactions.interaction import (
    MAX_FOLLOWUPS_OF_USER_APPS,
    CallbackType,
    Interaction,
    InteractionType,
)
from bot.sandbox.discord.interactions.modal_rules import check_modal
from bot.sandbox.discord.shapes import check_choices_shape, check_modal_shape
from bot.sandbox.discord.world import posting
from bot.sandbox.discord.world.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    Message,
    MessageFlag,
)
from bot.sandbox.discord.world.posting import SETTABLE, Draft, Origin

if TYPE_CHECKING:
    from bot.sandbox.discord.errors import Json

ANSWERS = {
    InteractionType.COMMAND: {
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.MODAL,
    },
    InteractionType.COMPONENT: {
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
        CallbackType.MODAL,
    },
    InteractionType.AUTOCOMPLETE: {CallbackType.CHOICES},
    InteractionType.MODAL_SUBMIT: {
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
    },
}
NEEDS_SOURCE = {CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE}


def respond(interaction: Interaction, kind: object, draft: Draft) -> None:
    """Apply the first answer of the application."""
    if interaction.timed_out:
        raise unknown("Interaction")
    if interaction.acknowledged:
        raise RestError(400, 40060, "Interaction has already been acknowledged.")
    callback = _callback(interaction, kind)
    try:
        _ANSWER[callback](interaction, draft)
    except RestError as error:
        raise error.within("data") from None
    interaction.acknowledge(callback)


def _callback(interaction: Interaction, kind: object) -> CallbackType:
    allowed = ANSWERS[interaction.type]
    if interaction.source is None:
        allowed = allowed - NEEDS_SOURCE
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in set(allowed):
        listed = ", ".join(str(int(value)) for value in sorted(allowed))
        raise invalid_form("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
    return CallbackType(kind)


def _answer(interaction: Interaction, draft: Draft) -> None:
    flags = posting.flags_of(draft.body, SETTABLE | MessageFlag.EPHEMERAL)
    interaction.ephemeral = MessageFlag.EPHEMERAL in flags
    origin = _origin(interaction, first=True)
    author = interaction.application.bot
    interaction.response = posting.post(
        interaction.channel, author, draft, flags=flags, origin=origin
    )


def _defer(interaction: Interaction, draft: Draft) -> None:
    flags = posting.flags_of(draft.body, MessageFlag.EPHEMERAL)
    interaction.ephemeral = MessageFlag.EPHEMERAL in flags
    origin = _origin(interaction, first=True)
    placeholder = Message(
        interaction.channel.world.ids.take(),
        interaction.channel,
        interaction.application.bot,
        type=origin.type,
        flags=flags | MessageFlag.LOADING,
        application=origin.application,
        interaction=origin.interaction,
        legacy_interaction=origin.legacy_interaction,
        visible_to=origin.visible_to,
    )
    posting.publish(placeholder)
    interaction.response = placeholder


def _defer_update(interaction: Interaction, draft: Draft) -> None:
    del draft
    interaction.response = interaction.source


def _update(interaction: Interaction, draft: Draft) -> None:
    assert interaction.source is not None
    if interaction.source.is_deleted:
        raise unknown("Message")
    posting.edit(interaction.source, draft)
    interaction.response = interaction.source


def _choose(interaction: Interaction, draft: Draft) -> None:
    errors = FormErrors()
    check_choices_shape(draft.body, errors)
    errors.raise_if_any()
    choices = draft.body.get("choices")
    if choices is None:
        raise invalid_form("choices", "BASE_TYPE_REQUIRED", "This field is required")
    errors.length("choices", minimum=0, maximum=MAX_CHOICES, actual=len(choices))
    kind = _focused_type(interaction.body.get("options", []))
    for index, choice in enumerate(choices):
        check_choice(choice, kind, errors, f"choices.{index}")
    errors.raise_if_any()
    interaction.choices = choices


def _focused_type(options: list[Json]) -> int:
    for option in options:
        if option.get("focused"):
            return int(option["type"])
        if "options" in option:
            return _focused_type(option["options"])
    return STRING


def _open_modal(interaction: Interaction, draft: Draft) -> None:
    errors = FormErrors()
    check_modal_shape(draft.body, errors)
    errors.raise_if_any()
    check_modal(draft.body, errors)
    errors.raise_if_any()
    interaction.modal = draft.body


_ANSWER = {
    CallbackType.MESSAGE: _answer,
    CallbackType.DEFERRED_MESSAGE: _defer,
    CallbackType.DEFERRED_UPDATE: _defer_update,
    CallbackType.UPDATE: _update,
    CallbackType.CHOICES: _choose,
    CallbackType.MODAL: _open_modal,
}


def follow_up(interaction: Interaction, draft: Draft) -> Message:
    """Add a message; the first one after a defer takes the place of "thinking..."."""
    if not interaction.acknowledged:
        raise unknown("Webhook")
    placeholder = interaction.response
    if placeholder is not None and placeholder.is_loading and not placeholder.is_deleted:
        posting.complete(placeholder, draft)
        interaction.note("response")
        return placeholder
    if interaction.by_user_install and len(interaction.followups) >= MAX_FOLLOWUPS_OF_USER_APPS:
        raise RestError(400, 40094, "This interaction has reached its follow-up message limit.")
    message = _follow(interaction, draft)
    interaction.followups.append(message)
    interaction.note("followup")
    return message


def _follow(interaction: Interaction, draft: Draft) -> Message:
    allowed = (SETTABLE & ~MessageFlag.IS_VOICE_MESSAGE) | MessageFlag.EPHEMERAL
    flags = posting.flags_of(draft.body, allowed)
    origin = _origin(interaction, first=False)
    author = interaction.application.bot
    return posting.post(interaction.channel, author, draft, flags=flags, origin=origin)


def edit_response(interaction: Interaction, message: Message, draft: Draft) -> Message:
    """Change an answer; a placeholder becomes one."""
    if message.is_loading:
        posting.complete(message, draft)
    else:
        posting.edit(message, draft)
    interaction.note("edit")
    return message


def original(interaction: Interaction) -> Message:
    """Return the first answer, if it is a message that still exists."""
    message = interaction.response
    if not interaction.acknowledged:
        raise unknown("Webhook")
    if message is None or message.is_deleted:
        raise unknown("Message")
    return message


def _origin(interaction: Interaction, *, first: bool) -> Origin:
    is_command = interaction.type is InteractionType.COMMAND and first
    kind = CHAT_INPUT_COMMAND if interaction.command_type == 1 else CONTEXT_MENU_COMMAND
    return Origin(
        type=kind if is_command else DEFAULT,
        application=interaction.application,
        interaction=_metadata(interaction, first=first),
        legacy_interaction=interaction.legacy() if first else None,
        visible_to=interaction.actor.user,
        reply_to=_replied(interaction, first=first),
    )


def _metadata(interaction: Interaction, *, first: bool) -> Json:
    metadata = interaction.metadata()
    if not first and interaction.response is not None:
        metadata["original_response_message_id"] = str(interaction.response.id)
    return metadata


def _replied(interaction: Interaction, *, first: bool) -> Message | None:
    if first:
        return interaction.source
    answer = interaction.response
    return None if answer is None or answer.is_deleted else answer
