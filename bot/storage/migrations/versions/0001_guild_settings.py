"""Keep how each server speaks, and the state of the program.

Reason: the voice that moderators choose must survive a restart, and commands are synced with
Discord only when they changed, which needs a memory of what was synced last.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text, "sqlite")


def upgrade() -> None:
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text),
        sa.Column("voice", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("style", sa.Text),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("updated_by", SNOWFLAKE, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "app_state",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("app_state")
    op.drop_table("guild_settings")
