"""Why a message was not read, in words: what happened, and what changes it."""

from __future__ import annotations

from bot.i18n import _
from bot.policy.admission import Silence


def sentence(silence: Silence) -> str:
    """Say why a message was not read, and what would have to change."""
    match silence:
        case Silence.OWN:
            return _("I wrote that message myself.")
        case Silence.SYSTEM:
            return _("Discord wrote that message, and I read only people.")
        case Silence.NOT_READ_HERE:
            return _("I do not read this channel. Moderators change that with /read add.")
        case Silence.BOT:
            return _(
                "A bot or a webhook wrote it. Moderators let me read it under Filters in "
                "/server panel."
            )
        case Silence.OPTED_OUT:
            return _("Its author does not want to be read. They change that with /optin.")
        case Silence.MUTED:
            return _(
                "Moderators have muted its author for me. They change that with /member unmute."
            )
        case Silence.IGNORED_MEMBER:
            return _(
                "Its author is ignored. Moderators change that under Filters in /server panel."
            )
        case Silence.IGNORED_ROLE:
            return _(
                "Its author has a role that is ignored. Moderators change that under Filters in "
                "/server panel."
            )
        case Silence.ROLE_MISSING:
            return _(
                "Its author lacks the role one needs to be read. Moderators give it, or change "
                "that under Filters in /server panel."
            )
        case Silence.SILENT:
            return _(
                "It was sent with @silent. Moderators let me read such messages under Filters in "
                "/server panel."
            )
        case Silence.PREFIX_MISSING:
            return _(
                "It does not begin with the sign for messages to read. Moderators change that "
                "under Filters in /server panel."
            )
        case Silence.SKIP_PREFIX:
            return _(
                "It begins with the sign for messages to skip. Moderators change that under "
                "Filters in /server panel."
            )
        case Silence.QUIET_HOURS:
            return _(
                "It was written in the quiet hours. Use /say, or ask moderators to change them "
                "under Limits in /server panel."
            )
        case Silence.STALE:
            return _("Discord told me of it too late. Write it again.")
        case Silence.NO_CALL:
            return _(
                "I was in no voice channel. Call me with /join, or ask moderators to let me come "
                "by myself under Reading in /server panel."
            )
        case Silence.OTHER_CALL:
            return _("I was in another voice channel than the one this channel belongs to.")
        case Silence.NOT_IN_CALL:
            return _(
                "Its author was not in my voice channel. Moderators change whom I read under "
                "Filters in /server panel."
            )
        case Silence.NO_CONTENT:
            return _(
                "Discord does not show me what people write here. Use /say, or mention me in the "
                "message; the operator of the bot can ask Discord for more."
            )
        case Silence.NOT_WANTED:
            return _(
                "It has nothing but files, stickers or the like, of which I say nothing here. "
                "Moderators change that under Filters in /server panel."
            )
        case Silence.NOTHING_SPEAKABLE:
            return _("There was nothing in it that can be spoken.")
        case Silence.BLOCKED_WORD:
            return _("It has a word that is never spoken here. Say it in other words.")
        case Silence.REPEATED:
            return _(
                "I had said the same twice within a minute. Wait a minute, or say it otherwise."
            )
        case Silence.TOO_FAST:
            return _("Its author wrote faster than I read one person. Wait a few seconds.")
        case Silence.HELD_BACK:
            return _(
                "I hold it back for a moment, so that moderators can delete it first. They change "
                "that under Limits in /server panel."
            )
        case Silence.QUEUE_FULL:
            return _("Too much was waiting already. Write it again when I have said some of it.")
        case Silence.OVER_BUDGET:
            return _(
                "The characters of the day are used up; there are new ones at midnight UTC. See "
                "whose with /usage. What a server may use moderators set under Limits in "
                "/server panel."
            )
        case Silence.TAKEN_BACK:
            return _("It was deleted or edited before I had read it, or its author was silenced.")
        case Silence.FLAGGED:
            return _("AutoMod objected to it. Moderators change its rules in the server settings.")
        case Silence.SKIPPED:
            return _("Somebody skipped it. Write it again if it was you.")
        case Silence.TOO_LONG:
            return _(
                "I broke it off: it took longer than one message may. Moderators change that under "
                "Limits in /server panel."
            )
        case Silence.NO_ENTRY:
            return _("I could not get into the voice channel. Find out why with /join.")
        case Silence.CALL_ENDED:
            return _("I left the voice channel before I had said it. Call me back with /join.")
        case Silence.REFUSED:
            return _(
                "The speech service does not speak such words. Write it in other words; whoever is "
                "refused again and again is not read for ten minutes."
            )
        case Silence.FAILED:
            return _("I could not speak just then. Write it again in a minute.")
