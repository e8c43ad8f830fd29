"""Everyone who keeps something about people: the one place where a new store is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.privacy.decided import Audit, Choices, Dictionaries, Greetings, Rules
from bot.privacy.spoken import Chats, Sounds, Usage, Voices

if TYPE_CHECKING:
    from bot.privacy.holding import Keeper
    from bot.privacy.spoken import Calls, Purger, Reader
    from bot.storage.app_state import AppStateRepository
    from bot.storage.audit import AuditRepository
    from bot.storage.custom_voices import CustomVoiceRepository
    from bot.storage.lexicon import LexiconRepository
    from bot.storage.settings import SettingsRepository
    from bot.storage.usage_book import UsageBook
    from bot.wording import Wording


def everyone(
    *,
    calls: Calls,
    settings: SettingsRepository,
    lexicons: LexiconRepository,
    custom_voices: CustomVoiceRepository,
    recorder: Purger,
    reading: Reader,
    wording: Wording,
    usage: UsageBook,
    audit: AuditRepository,
    state: AppStateRepository,
) -> list[Keeper]:
    """Return all keepers, in the order in which people read of them and in which they forget.

    What is being said comes first, or it would be kept and counted anew; who has changed what comes
    last, for what is forgotten before might still be noted there.
    """
    return [
        Chats(reading, wording),
        calls,
        Choices(settings),
        Dictionaries(lexicons),
        Voices(custom_voices),
        Sounds(recorder),
        Usage(usage),
        Audit(audit),
        Rules(settings),
        Greetings(state),
    ]
