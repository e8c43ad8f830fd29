"""What speech costs, as far as anybody knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.tts.catalog import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

PRICED_CHARACTERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Prices:
    """USD for 10,000 weighted characters: the operator's `own`, else the list price."""

    own: Mapping[str, float] = field(default_factory=dict)

    def usd(self, model: str, characters: int) -> float | None:
        """Return what `characters` cost with a model, `None` where that is not known.

        Unknown are models that are billed by tokens, and those of other services.
        """
        price = self.own.get(model)
        if price is None and model in MODELS:
            price = MODELS[model].usd_per_10k_characters
        return None if price is None else characters * price / PRICED_CHARACTERS
