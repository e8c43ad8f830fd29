"""What holds where moderators have decided nothing, in words."""

from __future__ import annotations

from typing import Final

from bot.i18n import N_

BY_OPERATOR: Final = N_("as the operator of the bot chose")
NOBODY: Final = N_("nobody")
NONE: Final = N_("none")
NOWHERE: Final = N_("nowhere")
