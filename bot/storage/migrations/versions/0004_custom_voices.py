"""Keep the cloned and designed voices of each server.

Reason: such a voice belongs to the server it was made for, and no other may speak with it. Until
now any id could be typed; the voice a server has chosen that way becomes its own, and where several
have chosen the same one, it is the one whose choice is the oldest.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text, "sqlite")
MODELS_OF_CUSTOM_VOICES = ("qwen3-tts-vc-2026-01-22", "qwen3-tts-vd-2026-01-26")

guild_settings = sa.table(
    "guild_settings",
    sa.column("guild_id", SNOWFLAKE),
    sa.column("model", sa.Text),
    sa.column("voice", sa.Text),
    sa.column("updated_at", MOMENT),
    sa.column("updated_by", SNOWFLAKE),
)


def upgrade() -> None:
    custom_voices = op.create_table(
        "custom_voices",
        sa.Column("voice_id", sa.Text, primary_key=True),
        sa.Column("guild_id", SNOWFLAKE, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", SNOWFLAKE, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_custom_voices_guild_id", "custom_voices", ["guild_id"])
    chosen = op.get_bind().execute(
        sa.select(guild_settings)
        .where(guild_settings.c.model.in_(MODELS_OF_CUSTOM_VOICES), guild_settings.c.voice != "")
        .order_by(guild_settings.c.updated_at.desc())
    )
    oldest = {row.voice: row for row in chosen}
    op.bulk_insert(custom_voices, [_voice_of(row) for row in oldest.values()])


def _voice_of(row: sa.Row[Any]) -> dict[str, object]:
    return {
        "voice_id": row.voice,
        "guild_id": row.guild_id,
        "model": row.model,
        "name": row.voice,
        "added_at": row.updated_at,
        "added_by": row.updated_by,
    }


def downgrade() -> None:
    op.drop_table("custom_voices")
