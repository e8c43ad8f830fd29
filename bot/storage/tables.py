"""The tables, as SQLite and PostgreSQL both can keep them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    DateTime,
    Float,
    Index,
    Integer,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

# SQLite's INTEGER has 64 bits, and its STRICT tables know no BIGINT, FLOAT and BOOLEAN.
Snowflake = BigInteger().with_variant(Integer, "sqlite")
Number = Float(53).with_variant(REAL, "sqlite")
Flag = Boolean().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A time with its zone: `timestamptz` where there is one, else ISO 8601 in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return `TEXT` for SQLite, whose STRICT tables know no time."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return `value` as the driver takes it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat()

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Return what the driver read, with its zone."""
        return datetime.fromisoformat(value) if isinstance(value, str) else value


class Base(DeclarativeBase):
    """Everything the bot keeps."""

    # STRICT: a value of the wrong type is refused and not kept as something else.
    __table_args__: Any = {"sqlite_strict": True}  # noqa: RUF012 (SQLAlchemy's own spelling)


class SettingRow(Base):
    """One setting that somebody has set; what is not here is as by default.

    `scope` says whose it is, `subject_id` which one's (0 for the server itself). `guild_id` is 0
    for what a member decides for all servers. `value` is JSON.
    """

    __tablename__ = "settings"
    __table_args__ = (
        Index("ix_settings_subject", "scope", "subject_id"),
        {"sqlite_strict": True},
    )

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    scope: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class AuditRow(Base):
    """Who changed what, in the order in which it happened."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_guild", "guild_id", "id"),
        Index("ix_audit_at", "at"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(Snowflake, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int] = mapped_column(Snowflake)
    scope: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int] = mapped_column(Snowflake)
    name: Mapped[str] = mapped_column(Text)
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)


class LexiconRow(Base):
    """How one word is said: in a server, or, with 0 as the server, wherever a member writes."""

    __tablename__ = "lexicon"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(Text, primary_key=True)
    reading: Mapped[str] = mapped_column(Text)


class CallRow(Base):
    """The call somebody wants the bot to be in."""

    __tablename__ = "calls"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    channel_id: Mapped[int] = mapped_column(Snowflake)
    home_id: Mapped[int | None] = mapped_column(Snowflake)
    is_dormant: Mapped[bool] = mapped_column(Flag)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class CustomVoiceRow(Base):
    """A cloned or designed voice, and the one server it belongs to."""

    __tablename__ = "custom_voices"

    voice_id: Mapped[str] = mapped_column(Text, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake, index=True)
    model: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int] = mapped_column(Snowflake)


class DepartureRow(Base):
    """A server the bot was removed from, and whose settings are kept for some weeks more."""

    __tablename__ = "departures"

    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    left_at: Mapped[datetime] = mapped_column(Moment)


class AppStateRow(Base):
    """What the program itself remembers from one start to the next."""

    __tablename__ = "app_state"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class UsageRow(Base):
    """How many characters one member had spoken in one server on one day by one model.

    `day` is a UTC date in ISO 8601, which sorts as text in both databases. A 0 as server stands
    for direct messages, and in both columns for those whose ids were deleted: the sum of a day
    must outlive them. `spoken` was asked of the speech service, `saved` came from the cache; both
    are weighted as the service bills them.
    """

    __tablename__ = "usage"

    day: Mapped[str] = mapped_column(Text, primary_key=True)
    guild_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(Snowflake, primary_key=True, autoincrement=False)
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    spoken: Mapped[int] = mapped_column(Snowflake)
    saved: Mapped[int] = mapped_column(Snowflake)
