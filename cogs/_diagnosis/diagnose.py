"""Every link between a text and its listeners' ears, in the order in which a text passes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cogs._diagnosis.call import (
    call_link,
    discord_link,
    ears_link,
    queue_link,
    speaking_link,
)
from cogs._diagnosis.speech import (
    budget_link,
    lately_link,
    reading_link,
    service_link,
    settings_link,
)

if TYPE_CHECKING:
    from cogs._diagnosis.facts import Facts
    from cogs._diagnosis.finding import Finding


def diagnose(facts: Facts) -> list[Finding]:
    """Return how every link fares; one that cannot be looked at as things are is left out."""
    return [
        discord_link(facts),
        call_link(facts),
        *speaking_link(facts),
        *queue_link(facts.call),
        *ears_link(facts),
        service_link(facts),
        budget_link(facts.allowances, facts.refilled_at),
        lately_link(facts.last, facts.clock_s),
        settings_link(facts.keeping),
        reading_link(facts.reading),
    ]
