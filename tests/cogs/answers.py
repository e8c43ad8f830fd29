"""What the bot answered, checked for what every answer must be."""

from __future__ import annotations

from simcord import Env, InteractionResult
from simcord.results import ResponseMessage

NOBODY = {"parse": []}


def messages(result: InteractionResult) -> list[ResponseMessage]:
    """Return every message of an interaction that is still there."""
    return [message for message in (result.response, *result.followups) if message is not None]


def answer(env: Env, result: InteractionResult) -> ResponseMessage:
    """Return the one message of an interaction that went well."""
    assert_mentions_nobody(env)
    [message] = messages(result)
    return message


def private_answer(env: Env, result: InteractionResult) -> str:
    """Return the one sentence that only the user of an interaction sees."""
    message = answer(env, result)
    assert message.ephemeral
    return message.content


def refusal(env: Env, result: InteractionResult) -> str:
    """Return the one sentence that only the user of a failed interaction sees."""
    assert env.errors, "nothing was raised"
    message = answer(env, result)
    assert message.ephemeral
    assert not message.attachments
    return message.content


def assert_mentions_nobody(env: Env) -> None:
    """Check every message the bot has sent."""
    bodies = [request.json for request in env.http_requests if request.method in ("POST", "PATCH")]
    sent = [body.get("data", body) for body in bodies if body]
    texts = [body for body in sent if "content" in body]
    assert texts
    assert all(body["allowed_mentions"] == NOBODY for body in texts)
