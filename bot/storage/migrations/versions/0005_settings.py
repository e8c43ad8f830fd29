"""Keep every setting as a row of its own, and who changed it.

Reason: servers, channels and members have some seventy settings now. A row for each lets two
moderators change two of them at once, and a new setting needs no change of a table.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Written out, not imported from the tables of today: a released migration never changes.
SNOWFLAKE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NUMBER = sa.Float(53).with_variant(sa.REAL, "sqlite")
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text, "sqlite")
NOTHING_SINCE = "1970-01-01T00:00:00+00:00"
NAMES = ("model", "voice", "language", "style", "speed", "volume", "pause_ms")

guild_settings = sa.table(
    "guild_settings",
    sa.column("guild_id", SNOWFLAKE),
    *(sa.column(name) for name in NAMES),
    sa.column("updated_at", MOMENT),
    sa.column("updated_by", SNOWFLAKE),
)


def upgrade() -> None:
    settings = op.create_table(
        "settings",
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("subject_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("ix_settings_subject", "settings", ["scope", "subject_id"])
    audit = op.create_table(
        "audit",
        sa.Column("id", SNOWFLAKE, primary_key=True),
        sa.Column("guild_id", SNOWFLAKE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", SNOWFLAKE, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("subject_id", SNOWFLAKE, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("old", sa.Text),
        sa.Column("new", sa.Text),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_guild", "audit", ["guild_id", "id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    rows = op.get_bind().execute(sa.select(guild_settings)).all()
    op.bulk_insert(settings, [_setting(row, name) for row, name in _set(rows)])
    op.bulk_insert(audit, [_entry(row, name) for row, name in _set(rows)])
    op.drop_table("guild_settings")


def _set(rows: Any) -> list[tuple[Any, str]]:
    return [(row, name) for row in rows for name in NAMES if getattr(row, name) not in (None, "")]


def _setting(row: Any, name: str) -> dict[str, object]:
    return {
        "guild_id": row.guild_id,
        "scope": "guild",
        "subject_id": 0,
        "name": name,
        "value": json.dumps(getattr(row, name), ensure_ascii=False),
    }


def _entry(row: Any, name: str) -> dict[str, object]:
    return {
        "guild_id": row.guild_id,
        "at": row.updated_at,
        "by": row.updated_by,
        "scope": "guild",
        "subject_id": 0,
        "name": name,
        "old": None,
        "new": json.dumps(getattr(row, name), ensure_ascii=False),
    }


def downgrade() -> None:
    table = op.create_table(
        "guild_settings",
        sa.Column("guild_id", SNOWFLAKE, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text),
        sa.Column("voice", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("style", sa.Text),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("updated_by", SNOWFLAKE, nullable=False),
        sa.Column("speed", NUMBER),
        sa.Column("volume", NUMBER),
        sa.Column("pause_ms", sa.Integer),
        sqlite_strict=True,
    )
    settings = sa.table(
        "settings",
        *(sa.column(name) for name in ("guild_id", "scope", "name", "value")),
    )
    kept: dict[int, dict[str, object]] = {}
    for row in op.get_bind().execute(sa.select(settings).where(settings.c.scope == "guild")):
        if row.name in NAMES:
            kept.setdefault(row.guild_id, dict.fromkeys(NAMES))[row.name] = json.loads(row.value)
    op.bulk_insert(
        table,
        [
            {"guild_id": guild_id, **values, "updated_at": _epoch(), "updated_by": 0}
            for guild_id, values in kept.items()
        ],
    )
    op.drop_table("audit")
    op.drop_table("settings")


def _epoch() -> object:
    if op.get_bind().dialect.name == "sqlite":
        return NOTHING_SINCE
    return datetime.fromisoformat(NOTHING_SINCE)
