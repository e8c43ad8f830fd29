"""Settings in words: what panels, the log and files say of them."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

from discord.utils import format_dt

from bot.i18n import _, ngettext
from bot.plain import plain
from bot.settings.change import Scope
from bot.settings.channel import ChannelSettings
from bot.settings.declare import settings_of
from bot.settings.guild import GuildSettings
from bot.settings.kinds import (
    Choice,
    Flag,
    HoursOfDay,
    Id,
    Ids,
    InvalidValueError,
    Mentionable,
    Number,
    TimeZone,
    Unit,
    WordPerKey,
    Words,
)
from bot.settings.member import MemberRules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.exchange.service import Edit
    from bot.settings.change import AuditEntry
    from bot.settings.declare import Setting

MAX_LISTED: Final = 10
MAX_CHARACTERS: Final = 100
"""Of one text in a value: a style may have 1,600."""

SHORT: Final = 40
"""Characters of one text where changes are listed."""

_MODELS: Final[Mapping[Scope, type[Any]]] = {
    Scope.GUILD: GuildSettings,
    Scope.CHANNEL: ChannelSettings,
    Scope.RULES: MemberRules,
}


def in_words(setting: Setting, value: Any, *, most: int = MAX_CHARACTERS) -> str:
    """Return a value as people read it in a message, in about `most` characters.

    Members, roles and channels are mentioned; what people have typed marks nothing up.
    """
    if value is None or value == ():
        return _(setting.unset)
    match setting.kind:
        case Id(of=kind):
            return _mention(kind, value)
        case Ids(of=kind):
            return ", ".join(_mention(kind, each) for each in value)
        case Words():
            return _list([plain(cut(each, most)) for each in value])
        case WordPerKey(keys=keys):
            pairs = [f"{_(keys.labels[key])}: {plain(cut(word, 40))}" for key, word in value]
            return _list(pairs)
    return plain(in_plain_words(setting, value, most=most))


def in_plain_words(setting: Setting, value: Any, *, most: int = MAX_CHARACTERS) -> str:
    """Return a value as people read it where nothing can be marked up, such as on a button."""
    if value is None or value == ():
        return _(setting.unset)
    match setting.kind:
        case Flag():
            return _("on") if value else _("off")
        case Choice(labels=labels):
            return _(labels[value])
        case Number(zero=zero) as number:
            return _(zero) if zero and value == 0 else quantity(number, value)
        case HoursOfDay():
            return _("{start} to {end}").format(
                start=f"{value.start:%H:%M}", end=f"{value.end:%H:%M}"
            )
        case TimeZone():
            return str(value.key)
        case Id():
            return _("one")
        case Ids() | Words() | WordPerKey():
            return ngettext("{count} entry", "{count} entries", len(value)).format(count=len(value))
    return cut(str(value), most)


def quantity(kind: Number, value: float) -> str:
    """Return a number with what it counts."""
    match kind.unit:
        case Unit.FACTOR:
            return f"{value:g}×"
        case Unit.PERCENT:
            return _("{value:g} percent").format(value=round(value * 100, 6))
        case Unit.MILLISECONDS:
            return _("{value:g} milliseconds").format(value=value)
        case Unit.SECONDS:
            return _duration(value)
        case Unit.CHARACTERS:
            count = int(value)
            return ngettext("{count:,} character", "{count:,} characters", count).format(
                count=count
            )
        case Unit.MESSAGES:
            count = int(value)
            return ngettext("{count} message", "{count} messages", count).format(count=count)
        case Unit.TIMES:
            return f"{value:g}"


def cut(text: str, most: int) -> str:
    """Return `text`, or its beginning and a mark that there is more."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _duration(seconds: float) -> str:
    if seconds >= 86_400 and seconds % 86_400 == 0:
        days = int(seconds // 86_400)
        return ngettext("{count} day", "{count} days", days).format(count=days)
    if seconds >= 3_600 and seconds % 3_600 == 0:
        hours = int(seconds // 3_600)
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    if seconds > 60 and seconds % 60 == 0:
        minutes = int(seconds // 60)
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    return ngettext("{count:g} second", "{count:g} seconds", int(seconds)).format(count=seconds)


def _mention(kind: Mentionable, id_: int) -> str:
    match kind:
        case Mentionable.ROLE:
            return f"<@&{id_}>"
        case Mentionable.MEMBER | Mentionable.BOT:
            return f"<@{id_}>"
        case Mentionable.TEXT_CHANNEL | Mentionable.VOICE_CHANNEL:
            return f"<#{id_}>"


def _list(words: Sequence[str]) -> str:
    listed = ", ".join(words[:MAX_LISTED])
    more = len(words) - MAX_LISTED
    if more <= 0:
        return listed
    return ngettext("{listed} and {count} more", "{listed} and {count} more", more).format(
        listed=listed, count=more
    )


# What was changed


def difference(setting: Setting, old: Any, new: Any) -> str:
    """Return what became of a value; of a list, what came and what went."""
    match setting.kind:
        case Ids() | Words() | WordPerKey():
            came = tuple(each for each in new if each not in old)
            went = tuple(each for each in old if each not in new)
            added = _("added {values}").format(values=in_words(setting, came, most=SHORT))
            removed = _("removed {values}").format(values=in_words(setting, went, most=SHORT))
            changed = [added] * bool(came) + [removed] * bool(went)
            return "; ".join(changed) or _("put in another order")
    return _("{old} → {new}").format(
        old=in_words(setting, old, most=SHORT), new=in_words(setting, new, most=SHORT)
    )


def change_in_words(entry: AuditEntry) -> str:
    """Return one line that says who changed what, when, from what and to what."""
    setting = _setting(entry.scope, entry.name)
    return _("{when} {member}: {subject}: {difference}").format(
        when=format_dt(entry.at, "f"),
        member=f"<@{entry.by}>" if entry.by else _("somebody"),
        subject=_subject(entry.scope, entry.subject_id, entry.name),
        difference=_kept_difference(entry, setting),
    )


def edit_in_words(edit: Edit) -> str:
    """Return one line that says what a file would change."""
    setting = _setting(edit.scope, edit.name)
    what = _subject(edit.scope, edit.subject_id, edit.name)
    if setting is not None:
        return f"{what}: {difference(setting, edit.old, edit.new)}"
    old, new = (
        _("nothing") if each is None else plain(cut(str(each), SHORT))
        for each in (edit.old, edit.new)
    )
    return f"{what}: " + _("{old} → {new}").format(old=old, new=new)


def _setting(scope: Scope, name: str) -> Setting | None:
    model = _MODELS.get(scope)
    return settings_of(model).get(name) if model else None


def _subject(scope: Scope, subject_id: int, name: str) -> str:
    setting = _setting(scope, name)
    name = f"**{_(setting.label) if setting else plain(cut(name, SHORT))}**"
    match scope:
        case Scope.CHANNEL:
            return _("{setting} in {channel}").format(setting=name, channel=f"<#{subject_id}>")
        case Scope.RULES:
            return _("{setting} of {member}").format(setting=name, member=f"<@{subject_id}>")
        case Scope.DICTIONARY:
            return _("{word} in the dictionary").format(word=name)
        case Scope.CUSTOM_VOICE:
            return _("{voice} of the server's own voices").format(voice=name)
    return name


def _kept_difference(entry: AuditEntry, setting: Setting | None) -> str:
    if setting is not None:
        # What another version has kept may be no value any more.
        with contextlib.suppress(InvalidValueError):
            return difference(setting, _load(setting, entry.old), _load(setting, entry.new))
    return _("{old} → {new}").format(old=_kept(entry.old), new=_kept(entry.new))


def _load(setting: Setting, kept: str | None) -> Any:
    return setting.default if kept is None else setting.load(json.loads(kept))


def _kept(kept: str | None) -> str:
    if kept is None:
        return _("nothing")
    value = json.loads(kept)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain(cut(text, SHORT))
