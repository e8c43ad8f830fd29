"""Commands, components and modals between simulated members and the real discord.py."""

from __future__ import annotations

import io
from typing import Any, Literal

import aiohttp
import discord
import pytest
from discord import app_commands

from bot.sandbox.discord.errors import (
    ComponentError,
    InvalidOptionError,
    NoResponseError,
    NotPermittedError,
    UnknownCommandError,
)
from bot.sandbox.discord.interactions.interaction import CallbackType
from bot.sandbox.discord.world.attachments import Upload
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import Client, connected, harbour, raw_rest


def talking_client() -> Client:
    """Make a client with one command of each sort."""
    client = Client()
    tree = client.tree

    @tree.command()
    @app_commands.choices(mood=[app_commands.Choice(name="Gay", value="happy")])
    async def say(
        interaction: discord.Interaction,
        text: app_commands.Range[str, 1, 20],
        times: app_commands.Range[int, 1, 3] = 1,
        mood: str = "",
    ) -> None:
        """Say something."""
        await interaction.response.send_message(f"{text * times}{mood}", ephemeral=True)

    @tree.command()
    async def tts(interaction: discord.Interaction, text: str) -> None:
        """Make a file."""
        await interaction.response.defer()
        sound = discord.File(io.BytesIO(text.encode()), "sound.wav", description="A sentence")
        await interaction.followup.send("Here", file=sound)
        await interaction.followup.send("and more", ephemeral=True)

    @tree.command()
    async def late(interaction: discord.Interaction) -> None:
        """Never answer."""

    @tree.command()
    async def form(interaction: discord.Interaction) -> None:
        """Ask for a word."""
        await interaction.response.send_modal(Form())

    @tree.command()
    async def panel(interaction: discord.Interaction) -> None:
        """Show buttons."""
        await interaction.response.send_message("Choose", view=Panel())

    @tree.command()
    async def look(
        interaction: discord.Interaction,
        who: discord.Member,
        where: discord.TextChannel,
        role: discord.Role,
        file: discord.Attachment,
    ) -> None:
        """Show what arrived."""
        content = await file.read()
        await interaction.response.send_message(
            f"{who.display_name} {where.name} {role.name} {content.decode()} {file.filename}"
        )

    server = app_commands.Group(
        name="server",
        description="Settings",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @server.command()
    async def voice(
        interaction: discord.Interaction, voice: str, kind: Literal["a", "b"] = "a"
    ) -> None:
        """Choose the voice."""
        await interaction.response.send_message(f"{voice} {kind}")

    @voice.autocomplete("voice")
    async def complete(
        interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        names = ["Cherry", "Chelsie", "Ethan"]
        kind = interaction.namespace.kind or ""
        return [
            app_commands.Choice(name=name + kind, value=name.lower())
            for name in names
            if name.lower().startswith(typed)
        ]

    tree.add_command(server)

    @tree.context_menu(name="Read aloud")
    async def read_aloud(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"Reading {message.content}")

    @tree.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"Hello {member.display_name}")

    return client


class Form(discord.ui.Modal, title="A form"):
    word: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Word", max_length=5)
    size: discord.ui.Label[Any] = discord.ui.Label(
        text="Size",
        component=discord.ui.Select(
            options=[discord.SelectOption(label="Large", value="l")], custom_id="size"
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.size.component, discord.ui.Select)
        text = f"{self.word.value} {self.size.component.values[0]}"
        await interaction.response.send_message(text, ephemeral=True)


class Panel(discord.ui.View):
    @discord.ui.button(label="Up", custom_id="up")
    async def up(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        button.label = "Upped"
        await interaction.response.edit_message(content="Up!", view=self)

    @discord.ui.button(label="Later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="Later!")

    @discord.ui.button(label="Off", disabled=True)
    async def off(self, _: discord.Interaction, __: discord.ui.Button[Any]) -> None:
        raise AssertionError

    @discord.ui.select(cls=discord.ui.UserSelect)
    async def who(
        self, interaction: discord.Interaction, select: discord.ui.UserSelect[Any]
    ) -> None:
        await interaction.response.send_message(select.values[0].display_name)


async def test_a_command_is_synced_once_and_answered() -> None:
    async with harbour() as here, connected(here, talking_client()):
        assert here.discord.application.sync_count == 1
        used = await here.ann.slash("say", {"text": "ha", "times": 3, "mood": "Gay"})
        answer = await used.wait_for_message()
        assert answer.content == "hahahahappy"
        assert used.callback is CallbackType.MESSAGE
        assert used.ephemeral
        assert used.acknowledged_after_ms is not None
        assert 0 < used.acknowledged_after_ms < 3000


async def test_ephemeral_answers_are_seen_by_their_addressee_alone() -> None:
    async with harbour() as here, connected(here, talking_client()):
        used = await here.ann.slash("say", {"text": "psst"}, channel=here.chat)
        answer = await used.wait_for_message()
        assert answer in here.ann.messages(here.chat)
        assert answer not in here.mod.messages(here.chat)
        assert answer not in here.chat.messages
        with pytest.raises(discord.NotFound):
            await here.seen_chat.fetch_message(answer.id)


async def test_a_deferred_answer_takes_the_place_of_thinking_and_carries_the_file() -> None:
    async with harbour() as here, connected(here, talking_client()):
        used = await here.ann.slash("tts", {"text": "sound bytes"}, channel=here.chat)
        await used.wait_for_ack()
        assert used.deferred
        answer = await used.wait_for_message()
        (attachment,) = answer.attachments
        assert attachment.description == "A sentence"
        async with aiohttp.ClientSession() as http, http.get(attachment.url) as response:
            assert await response.read() == b"sound bytes"
            assert response.headers["Content-Type"] == "audio/x-wav"
        (more,) = await used.wait_for_followups()
        assert more.is_ephemeral
        assert here.chat.messages == [answer]


async def test_a_signed_address_cannot_be_altered() -> None:
    async with harbour() as here, aiohttp.ClientSession() as http:
        message = await here.ann.send(here.chat, files=[Upload("a.txt", b"x")])
        url = message.attachments[0].url
        async with http.get(url.replace("hm=", "hm=0")) as response:
            assert response.status == 404
        await here.ann.delete(message)
        async with http.get(url) as response:
            assert response.status == 404


async def test_an_unanswered_interaction_fails_after_three_seconds() -> None:
    async with harbour() as here, connected(here, talking_client()):
        used = await here.ann.slash("late")
        assert not used.failed
        with pytest.raises(NoResponseError, match="did not respond"):
            await used.wait_for_ack()
        assert used.failed
        async with raw_rest(here.discord) as http:
            path = f"interactions/{used.id}/{used.token}/callback"
            async with http.post(path, json={"type": 5}) as response:
                assert response.status == 404
                unknown = {"message": "Unknown interaction", "code": 10062}
                assert await response.json() == unknown


async def test_an_interaction_is_acknowledged_only_once() -> None:
    async with harbour() as here, connected(here, talking_client()), raw_rest(here.discord) as http:
        used = await (await here.ann.slash("say", {"text": "a"})).wait_for_ack()
        path = f"interactions/{used.id}/{used.token}/callback"
        async with http.post(path, json={"type": 4, "data": {"content": "b"}}) as response:
            assert response.status == 400
            assert (await response.json())["code"] == 40060


async def test_an_old_token_is_refused() -> None:
    async with harbour() as here, connected(here, talking_client()), raw_rest(here.discord) as http:
        used = await (await here.ann.slash("say", {"text": "a"})).wait_for_ack()
        used.expire()
        path = f"webhooks/{here.discord.application.id}/{used.token}"
        async with http.post(path, json={"content": "late"}) as response:
            assert response.status == 401
            assert await response.json() == {"message": "Invalid Webhook Token", "code": 50027}


async def test_a_modal_is_filled_in_and_submitted() -> None:
    async with harbour() as here, connected(here, talking_client()):
        opener = await (await here.ann.slash("form")).wait_for_ack()
        assert opener.modal is not None
        sent = await here.ann.submit(opener, {"Word": "tide", "size": "Large"})
        assert (await sent.wait_for_message()).content == "tide l"
        with pytest.raises(ComponentError):
            await here.ann.submit(opener, {"Word": "too long a word", "size": "l"})
        with pytest.raises(ComponentError):
            await here.ann.submit(opener, {"Nothing": "x"})


async def test_buttons_edit_their_message() -> None:
    async with harbour() as here, connected(here, talking_client()):
        panel = await (await here.ann.slash("panel", channel=here.chat)).wait_for_message()
        pressed = await here.mod.press(panel, label="Up")
        await pressed.wait_for_ack()
        assert panel.content == "Up!"
        assert panel.components[0]["components"][0]["label"] == "Upped"
        later = await here.ann.press(panel, label="Later")
        assert (await later.wait_for_message()).content == "Later!"
        with pytest.raises(ComponentError):
            await here.ann.press(panel, label="Off")
        chosen = await here.ann.select(panel, here.mod)
        assert (await chosen.wait_for_message()).content == "Mod"


async def test_sub_commands_autocomplete_with_the_other_options() -> None:
    async with harbour() as here, connected(here, talking_client()):
        choices = await here.mod.autocomplete("server voice", "voice", "ch", options={"kind": "b"})
        assert choices == [
            {"name": "Cherryb", "value": "cherry"},
            {"name": "Chelsieb", "value": "chelsie"},
        ]
        used = await here.mod.slash("server voice", {"voice": "cherry"})
        assert (await used.wait_for_message()).content == "cherry a"


async def test_context_menus_carry_their_target() -> None:
    async with harbour() as here, connected(here, talking_client()):
        message = await here.ann.send(here.chat, "the tide is high")
        used = await here.mod.use_on_message("Read aloud", message)
        assert (await used.wait_for_message()).content == "Reading the tide is high"
        used = await here.mod.use_on_user("Greet", here.ann, channel=here.chat)
        assert (await used.wait_for_message()).content == "Hello Ann"


async def test_options_arrive_as_resolved_objects() -> None:
    async with harbour() as here, connected(here, talking_client()):
        role = here.guild.add_role("Crew")
        options = {
            "who": here.mod,
            "where": here.chat,
            "role": role,
            "file": Upload("my notes.txt", b"ahoy"),
        }
        used = await here.ann.slash("look", options)
        assert (await used.wait_for_message()).content == "Mod chat Crew ahoy my_notes.txt"


@pytest.mark.parametrize(
    ("command", "options", "error"),
    [
        ("say", {}, InvalidOptionError),
        ("say", {"text": ""}, InvalidOptionError),
        ("say", {"text": "x" * 21}, InvalidOptionError),
        ("say", {"text": "x", "times": 4}, InvalidOptionError),
        ("say", {"text": "x", "times": True}, InvalidOptionError),
        ("say", {"text": "x", "mood": "grim"}, InvalidOptionError),
        ("say", {"text": "x", "loud": 1}, InvalidOptionError),
        ("say", {"text": 5}, InvalidOptionError),
        ("sing", {}, UnknownCommandError),
        ("server", {}, NotPermittedError),
        ("server voice", {"voice": "x"}, NotPermittedError),
    ],
)
async def test_a_client_does_not_let_people_send_nonsense(
    command: str, options: dict[str, object], error: type[Exception]
) -> None:
    async with harbour() as here, connected(here, talking_client()):
        with pytest.raises(error):
            await here.ann.slash(command, options)


async def test_commands_are_hidden_where_they_may_not_be_used() -> None:
    async with harbour() as here, connected(here, talking_client()):
        here.chat.set_overwrites(here.ann, deny=Permission.USE_APPLICATION_COMMANDS)
        with pytest.raises(NotPermittedError):
            await here.ann.slash("say", {"text": "x"}, channel=here.chat)
        with pytest.raises(UnknownCommandError):
            await here.mod.slash("server sing", {})


async def test_a_guild_says_who_may_use_a_command_whatever_its_default_is() -> None:
    async with harbour() as here, connected(here, talking_client()) as client:
        crew = here.guild.add_role("Crew")
        await here.mod.allow_command("server", crew)
        with pytest.raises(NotPermittedError):
            await here.ann.slash("server voice", {"voice": "x"})
        await here.guild.owner.give_role(here.ann, crew)
        used = await here.ann.slash("server voice", {"voice": "x"})
        assert (await used.wait_for_message()).content == "x a"
        (payload,) = await client.hear("raw_app_command_permissions_update")
        assert [p.target.id for p in payload.permissions] == [crew.id]


async def test_what_a_guild_says_of_one_command_stands_above_what_it_says_of_all() -> None:
    async with harbour() as here, connected(here, talking_client()):
        await here.mod.allow_command(None, here.guild.everyone, allowed=False)
        await here.mod.allow_command("say", here.ann)
        await here.ann.slash("say", {"text": "x"})
        with pytest.raises(NotPermittedError):
            await here.ann.slash("tts", {"text": "x"})
        await here.mod.allow_command("say", here.chat, allowed=False)
        with pytest.raises(NotPermittedError):
            await here.ann.slash("say", {"text": "x"}, channel=here.chat)
        await here.mod.slash("say", {"text": "x"}, channel=here.chat)


async def test_commands_work_in_direct_messages_unless_they_need_a_guild() -> None:
    async with harbour() as here, connected(here, talking_client()):
        zoe = here.discord.add_person("Zoe")
        used = await zoe.slash("say", {"text": "hi"})
        assert (await used.wait_for_message()).content == "hi"
        with pytest.raises(NotPermittedError):
            await zoe.slash("server voice", {"voice": "x"})


async def test_steps_are_recorded_with_their_times() -> None:
    async with harbour() as here, connected(here, talking_client()):
        used = await here.ann.slash("tts", {"text": "x"})
        await used.wait_for_followups()
        assert [step.name for step in used.steps] == ["deferred_message", "response", "followup"]
        times = [step.at for step in used.steps]
        assert times == sorted(times)
        assert times[0] >= used.created_at
