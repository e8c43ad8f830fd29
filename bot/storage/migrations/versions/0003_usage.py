"""Keep how many characters were spoken and saved, by day, server, member and model.

Reason: budgets must hold across restarts and crashes, and moderators want to see what their server
uses. The day comes first in the key: budgets read one day, deletion reads all before one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("member_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("spoken", SNOWFLAKE, nullable=False),
        sa.Column("saved", SNOWFLAKE, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("usage")
