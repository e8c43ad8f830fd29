"""What members and moderators see of dictionaries."""

from __future__ import annotations

from simcord import ChannelHandle, GuildHandle, MemberActor

from bot.client import Bot
from bot.storage.lexicon import LexiconOwner
from bot.text.lexicon import LexiconEntry
from tests.screenshots.conftest import Picture

WORDS = [
    LexiconEntry("brb", "be right back"),
    LexiconEntry("GIF", "jif"),
    LexiconEntry("lol", ""),
    LexiconEntry("nginx", "engine x"),
    LexiconEntry("SQL", "sequel"),
    LexiconEntry("Siobhan", "shivawn"),
    LexiconEntry("草", "くさ"),
]
FILE = b"word,reading\nSQL,sequel\nGIF,gif with a hard g\nafk,away from keyboard\nxyzzy,...\n"


async def test_the_words(
    picture: Picture, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
) -> None:
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), WORDS, by=moderator.id)
    await picture("dictionary-list", moderator, await moderator.slash(chat, "dictionary list"))


async def test_how_a_text_is_read(
    picture: Picture, chat: ChannelHandle, guild: GuildHandle, alice: MemberActor, bot: Bot
) -> None:
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), WORDS, by=1)
    own = LexiconOwner(member_id=alice.id)
    await bot.lexicons.add(own, [LexiconEntry("Bb", "Big Bear")], by=alice.id)
    text = "Siobhan fixed the SQL: https://example.com/7 Bb 🎉"
    await picture("dictionary-test", alice, await alice.slash(chat, "dictionary test", text=text))


async def test_a_file(
    picture: Picture, chat: ChannelHandle, guild: GuildHandle, moderator: MemberActor, bot: Bot
) -> None:
    await bot.lexicons.add(LexiconOwner(guild_id=guild.id), WORDS, by=moderator.id)
    shown = await moderator.slash(chat, "dictionary import", file=("words.csv", FILE))
    await picture("dictionary-import", moderator, shown)
