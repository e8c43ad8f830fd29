"""Keep how fast, how loud and with what pauses each server speaks, and the calls to be in.

Reason: the bot must return by itself to the calls it was in when it was restarted, and settings of
speed, volume and pause had no column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text, "sqlite")
NUMBER = sa.Float(53).with_variant(sa.REAL, "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("guild_settings", sa.Column("speed", NUMBER))
    op.add_column("guild_settings", sa.Column("volume", NUMBER))
    op.add_column("guild_settings", sa.Column("pause_ms", sa.Integer))
    op.create_table(
        "calls",
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("channel_id", SNOWFLAKE, nullable=False),
        sa.Column("home_id", SNOWFLAKE),
        sa.Column("is_dormant", FLAG, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("calls")
    op.drop_column("guild_settings", "pause_ms")
    op.drop_column("guild_settings", "volume")
    op.drop_column("guild_settings", "speed")
