"""Keep when the bot left a server.

Reason: what a server has set is deleted 30 days after the bot was removed from it, and not at once:
many are back the next day.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text, "sqlite")


def upgrade() -> None:
    op.create_table(
        "departures",
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("left_at", MOMENT, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("departures")
