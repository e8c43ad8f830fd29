"""The demo's prompt takes commands as people type them in Discord."""

import pytest

from bot.sandbox.prompt import parse


@pytest.mark.parametrize(
    ("line", "name", "options"),
    [
        ("say Hello there", "say", {"text": "Hello there"}),
        ('say text:"Hello there" voice:Ethan', "say", {"text": "Hello there", "voice": "Ethan"}),
        (
            "server voice voice:Cherry language:English",
            "server voice",
            {"voice": "Cherry", "language": "English"},
        ),
        ("skip", "skip", {}),
        ("tts It is 12:30", "tts", {"text": "It is 12:30"}),
        ("say Don't stop", "say", {"text": "Don't stop"}),
    ],
)
def test_a_line_is_a_command_and_its_options(line: str, name: str, options: dict[str, str]) -> None:
    assert parse(line) == (name, options)
