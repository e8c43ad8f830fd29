"""Layouts, menus and forms between simulated members and the real discord.py."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
from discord import ui

from bot.sandbox.discord.errors import ComponentError, InvalidOptionError, NotPermittedError
from bot.sandbox.discord.gateway.events import Intent
from bot.sandbox.discord.interactions.interaction import CallbackType, Interaction
from bot.sandbox.discord.server import DiscordOptions
from bot.sandbox.discord.world.attachments import MEBIBYTE, Upload
from bot.sandbox.discord.world.messages import Message
from bot.sandbox.discord.world.permissions import Permission
from tests.sandbox._discord_client import INTENTS, Client, Harbour, connected, harbour, raw_rest

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000030000000208060000009d7419")
VOICES = ("Cherry", "Ethan", "Serena")


class Preview(ui.Button[Any]):
    def __init__(self, voice: str) -> None:
        super().__init__(label="Preview", custom_id=f"v1:preview:{voice}")

    async def callback(self, interaction: discord.Interaction) -> None:
        sound = discord.File(io.BytesIO(b"OggS"), f"{(self.custom_id or '')[11:]}.ogg")
        await interaction.response.send_message("Listen", file=sound, ephemeral=True)


class Picker(ui.LayoutView):
    """A page of everything: sections, a gallery, a separator, each kind of menu."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(timeout=None)
        sections = (ui.Section[Any](f"**{name}**", accessory=Preview(name)) for name in VOICES)
        gallery = ui.MediaGallery[Any](discord.MediaGalleryItem("attachment://wave.png"))
        self.add_item(ui.Container(ui.TextDisplay("# Voices"), *sections, accent_colour=0x00AA88))
        self.add_item(ui.Separator()).add_item(gallery)
        self.menus: list[Any] = [
            ui.Select(
                custom_id="voice",
                placeholder="Choose a voice",
                options=[discord.SelectOption(label=n, value=n.lower()) for n in VOICES],
            ),
            ui.RoleSelect(custom_id="role", min_values=0, max_values=2),
            ui.ChannelSelect(custom_id="read", channel_types=[discord.ChannelType.text]),
            ui.MentionableSelect(custom_id="who", **defaults),
        ]
        for menu in self.menus:
            menu.callback = self.choose
            self.add_item(ui.ActionRow(menu))

    async def choose(self, interaction: discord.Interaction) -> None:
        chosen = {menu.custom_id: [str(v) for v in menu.values] for menu in self.menus}
        given = {name: values for name, values in chosen.items() if values}
        await interaction.response.edit_message(view=Chosen(str(given)))


class Chosen(ui.LayoutView):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.add_item(ui.TextDisplay(text))


class Form(ui.Modal, title="Import"):
    words: ui.Label[Any] = ui.Label(
        text="Words",
        description="One a line",
        component=ui.TextInput(
            custom_id="words", style=discord.TextStyle.paragraph, default="as before"
        ),
    )
    file: ui.Label[Any] = ui.Label(
        text="File", component=ui.FileUpload(custom_id="file", required=False, max_values=2)
    )
    mode: ui.Label[Any] = ui.Label(
        text="Mode",
        component=ui.RadioGroup(
            custom_id="mode",
            options=[
                discord.RadioGroupOption(label="Add", value="add", default=True),
                discord.RadioGroupOption(label="Replace", value="replace"),
            ],
        ),
    )
    places: ui.Label[Any] = ui.Label(
        text="Places",
        component=ui.CheckboxGroup(
            custom_id="places",
            options=[
                discord.CheckboxGroupOption(label=name, value=name.lower(), default=name == "Names")
                for name in ("Names", "Messages")
            ],
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        files: Any = self.file.component
        contents = [(await attachment.read()).decode() for attachment in files.values]
        fields: list[Any] = [self.words.component, self.mode.component]
        chosen: Any = self.places.component
        text = f"{[field.value for field in fields]} {chosen.values} {contents}"
        await interaction.response.send_message(text, ephemeral=True)


class Switch(ui.Modal, title="Loudness"):
    intro: ui.TextDisplay[Any] = ui.TextDisplay("Think of the others.")
    loud: ui.Label[Any] = ui.Label(text="Loud", component=ui.Checkbox(custom_id="loud"))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        box: Any = self.loud.component
        await interaction.response.send_message(str(box.value), ephemeral=True)


def client_with_panels(intents: discord.Intents = INTENTS) -> Client:
    client = Client(intents=intents)
    tree = client.tree

    @tree.command()
    async def picker(interaction: discord.Interaction) -> None:
        """Show the picker."""
        wave = discord.File(io.BytesIO(PNG), "wave.png")
        await interaction.response.send_message(view=Picker(), file=wave, ephemeral=True)

    @tree.command()
    async def members(interaction: discord.Interaction, member: discord.Member) -> None:
        """Show a menu that has somebody chosen."""
        view = ui.LayoutView()
        view.add_item(ui.ActionRow(ui.UserSelect[Any](custom_id="who", default_values=[member])))
        await interaction.response.send_message(view=view)

    @tree.command(name="import")
    async def take(interaction: discord.Interaction, file: discord.Attachment) -> None:
        """Take a file."""
        content = await file.read()
        await interaction.response.send_message(f"{file.filename} {file.size} {content.decode()}")

    @tree.command()
    async def rights(interaction: discord.Interaction) -> None:
        """Show a button that tells what who pressed it may do."""
        view = ui.LayoutView()
        button = ui.Button[Any](label="May I?")

        async def tell(pressed: discord.Interaction) -> None:
            text = "yes" if pressed.permissions.manage_guild else "no"
            await pressed.response.send_message(text, ephemeral=True)

        button.callback = tell  # type: ignore[method-assign]
        view.add_item(ui.ActionRow(button))
        await interaction.response.send_message(view=view)

    @tree.command()
    async def form(interaction: discord.Interaction) -> None:
        """Ask."""
        await interaction.response.send_modal(Form())

    @tree.command()
    async def switch(interaction: discord.Interaction) -> None:
        """Ask for yes or no."""
        await interaction.response.send_modal(Switch())

    @tree.command()
    async def work(interaction: discord.Interaction) -> None:
        """Show a button that works for a while."""
        view = ui.LayoutView()
        button = ui.Button[Any](label="Go", custom_id="go")

        async def go(pressed: discord.Interaction) -> None:
            await pressed.response.defer()
            await pressed.followup.send("Working", ephemeral=True)
            await pressed.edit_original_response(view=Chosen("Done"))

        button.callback = go  # type: ignore[method-assign]
        view.add_item(ui.ActionRow(button))
        await interaction.response.send_message(view=view)

    @tree.context_menu(name="Read aloud")
    async def read_aloud(interaction: discord.Interaction, message: discord.Message) -> None:
        parts = (len(message.attachments), len(message.embeds), message.content)
        await interaction.response.send_message(str(parts), ephemeral=True)

    return client


async def open_picker(here: Harbour) -> Message:
    return await (await here.ann.slash("picker", channel=here.chat)).wait_for_message()


async def test_a_layout_is_read_from_top_to_bottom() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        assert panel.text.splitlines() == ["# Voices", "**Cherry**", "**Ethan**", "**Serena**"]
        assert panel.controls == [
            "Preview", "Preview", "Preview", "Choose a voice", "role", "read", "who",
        ]  # fmt: skip
        assert panel.is_ephemeral


async def test_one_of_several_equal_buttons_is_found_by_the_text_beside_it() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        pressed = await here.ann.press(panel, "Preview", beside="Ethan")
        answer = await pressed.wait_for_message()
        assert answer.attachments[0].filename == "Ethan.ogg"
        assert answer.is_ephemeral
        with pytest.raises(ComponentError, match="fits 3"):
            await here.ann.press(panel, "Preview")
        with pytest.raises(ComponentError, match="there are Preview"):
            await here.ann.press(panel, "Save")


async def test_a_button_is_found_by_the_beginning_of_its_custom_id() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        pressed = await here.ann.press(await open_picker(here), "v1:preview:Ser")
        assert (await pressed.wait_for_message()).attachments[0].filename == "Serena.ogg"


async def chosen_by(here: Harbour, which: str, values: object) -> Interaction:
    return await (await here.ann.choose(await open_picker(here), which, values)).wait_for_ack()


@pytest.mark.parametrize("which", ["voice", "Choose a voice"])
async def test_a_choice_edits_the_layout_in_place(which: str) -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        used = await chosen_by(here, which, "Ethan")
        assert used.callback is CallbackType.UPDATE
        assert used.source is not None
        assert used.source.text == "{'voice': ['ethan']}"


async def test_menus_resolve_roles_channels_and_members() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        roles = [here.guild.add_role("Crew"), here.guild.add_role("Guests")]
        used = [
            await chosen_by(here, "role", roles),
            await chosen_by(here, "read", here.chat),
            await chosen_by(here, "who", here.mod),
        ]
        texts = [interaction.source.text for interaction in used if interaction.source]
        assert texts == [
            "{'role': ['Crew', 'Guests']}",
            "{'read': ['chat']}",
            f"{{'who': ['{here.mod.user.username}']}}",
        ]


@pytest.mark.parametrize(
    ("which", "value"),
    [("role", "ann"), ("read", "call"), ("read", "mod"), ("voice", "guild"), ("who", "chat")],
)
async def test_menus_take_only_what_they_offer(which: str, value: str) -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        with pytest.raises(ComponentError):
            await here.ann.choose(panel, which, getattr(here, value))


async def test_a_menu_shows_what_is_chosen() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        shown = await here.ann.slash("members", {"member": here.mod}, channel=here.chat)
        assert (await shown.wait_for_message()).chosen("who") == [str(here.mod.id)]


async def test_files_in_a_layout_are_there_and_not_listed() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        gallery = panel.components[2]
        assert panel.payload()["attachments"] == []
        url = gallery["items"][0]["media"]["url"]
        async with aiohttp.ClientSession() as http, http.get(url) as response:
            assert await response.read() == PNG


async def test_somebody_else_does_not_reach_a_private_panel() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        with pytest.raises(NotPermittedError):
            await here.mod.press(panel, "Preview", beside="Ethan")


async def test_who_is_timed_out_uses_nothing() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        here.ann.set_timed_out(datetime.now(UTC) + timedelta(minutes=1))
        with pytest.raises(NotPermittedError):
            await here.ann.press(panel, "Preview", beside="Ethan")
        with pytest.raises(NotPermittedError):
            await here.ann.slash("picker", channel=here.chat)


async def test_a_press_carries_what_its_maker_may_do_at_that_moment() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        managers = here.guild.add_role("Managers", permissions=Permission.MANAGE_GUILD)
        bob = here.guild.add_member("Bob", roles=[managers])
        panel = await (await bob.slash("rights", channel=here.chat)).wait_for_message()
        before = await here.ann.press(panel, "May I?"), await bob.press(panel, "May I?")
        await here.guild.owner.take_role(bob, managers)
        answers = [await used.wait_for_message() for used in (*before, await bob.press(panel))]
        assert [answer.content for answer in answers] == ["no", "yes", "no"]


async def test_a_dismissed_panel_is_gone_for_its_bot() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await open_picker(here)
        used = here.discord.application.interactions[-1]
        await here.ann.dismiss(panel)
        async with raw_rest(here.discord) as http:
            path = f"webhooks/{here.discord.application.id}/{used.token}/messages/@original"
            async with http.patch(path, json={"content": "late"}) as response:
                assert (await response.json())["code"] == 10008
        with pytest.raises(NotPermittedError):
            await here.ann.press(panel, "Preview", beside="Ethan")


async def test_a_deferred_button_answers_and_edits_its_message_later() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        panel = await (await here.ann.slash("work", channel=here.chat)).wait_for_message()
        pressed = await here.mod.press(panel, "Go")
        (followup,) = await pressed.wait_for_followups()
        assert followup.visible_to is here.mod.user
        await here.discord.changes.until(lambda: panel.text == "Done")
        assert pressed.callback is CallbackType.DEFERRED_UPDATE


async def test_a_form_takes_texts_files_and_choices() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        opener = await here.ann.slash("form")
        files = [Upload("a.json", b"first"), Upload("b.json", b"second")]
        sent = await here.ann.submit(
            opener, {"Words": "by label", "mode": "Replace"}, file=files, places=["Messages"]
        )
        assert opener.callback is CallbackType.MODAL
        answer = await sent.wait_for_message()
        assert answer.content == "['by label', 'replace'] ['messages'] ['first', 'second']"
        assert answer.is_ephemeral


async def test_a_form_keeps_what_was_already_there() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        sent = await here.ann.submit(await here.ann.slash("form"))
        assert (await sent.wait_for_message()).content == "['as before', 'add'] ['names'] []"


@pytest.mark.parametrize("answer", [True, False])
async def test_a_checkbox_is_checked_or_not(answer: bool) -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        sent = await here.ann.submit(await here.ann.slash("switch"), loud=answer)
        assert (await sent.wait_for_message()).content == str(answer)


@pytest.mark.parametrize(
    "answers",
    [
        {"words": ""},
        {"mode": "Shuffle"},
        {"file": [Upload("x", b"")] * 3},
        {"file": "no file"},
        {"colour": "red"},
    ],
)
async def test_a_form_takes_nothing_else(answers: dict[str, Any]) -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        opener = await here.ann.slash("form")
        with pytest.raises(ComponentError):
            await here.ann.submit(opener, answers)


async def test_an_attached_file_comes_from_the_network_of_the_loopback() -> None:
    async with harbour() as here, connected(here, client_with_panels()):
        used = await here.ann.slash("import", {"file": Upload("settings.json", b"{}")})
        assert (await used.wait_for_message()).content == "settings.json 2 {}"
        with pytest.raises(InvalidOptionError):
            await here.ann.slash("import", {"file": Upload("x", bytes(11 * MEBIBYTE))})


async def test_a_message_menu_carries_everything_without_the_content_intent() -> None:
    options = DiscordOptions(privileged_intents=Intent.GUILD_MEMBERS)
    client = client_with_panels(discord.Intents(guilds=True))
    async with harbour(options) as here, connected(here, client):
        message = await here.ann.send(here.chat, "secret", files=[Upload("a.txt", b"x")])
        here.discord.unfurl(message, {"type": "link", "title": "x"})
        used = await here.mod.use_on_message("Read aloud", message)
        assert (await used.wait_for_message()).content == "(1, 1, 'secret')"


async def test_a_message_becomes_a_layout_only_if_nothing_else_is_left() -> None:
    async with harbour() as here, connected(here):
        sent = await here.seen_chat.send("words")
        with pytest.raises(discord.HTTPException) as caught:
            await sent.edit(view=Chosen("layout"))
        assert caught.value.code == 50035
        await sent.edit(content=None, view=Chosen("layout"))
        assert here.chat.messages[0].text == "layout"
        assert here.chat.messages[0].flags & (1 << 15)
