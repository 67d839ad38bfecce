"""The tables of the accounts database, as the newest migration leaves them (a test compares the two).

No table holds a network address, an e-mail address or a secret in clear: tokens and codes are stored as hashes.
Times are whole seconds since 1970, UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


class Time(TypeDecorator[datetime]):
    """A moment in UTC, to the second, stored as seconds since 1970: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


def _owner(**options: Any) -> Column[int]:
    return Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, **options)


users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("name_key", String(160), nullable=False, unique=True),
    Column("display_name", String(80), nullable=False),
    Column("display_key", String(320), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created", Time, nullable=False),
    Column("language", String(35), nullable=False),
    Column("note", Text, nullable=False),
    Column("password_hash", String(200)),
    Column("approved_edits", Integer, nullable=False),
    Column("vouched", Boolean, nullable=False),
    # Counts up with every change of role, state, password or second factor; a session that stands at an older number gets a new token.
    Column("rights", Integer, nullable=False),
    sqlite_autoincrement=True,
)

# Names that an account gave up; nobody else may take them.
former_names = Table(
    "former_names",
    metadata,
    Column("name_key", String(160), primary_key=True),
    _owner(),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(index=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    # The token before the last rotation is good for some seconds more, for requests that were under way.
    Column("former_hash", LargeBinary(32), unique=True),
    Column("rotated", Time),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False, index=True),
    Column("rights", Integer, nullable=False),
    sqlite_autoincrement=True,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(index=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("label", String(80), nullable=False),
    Column("scopes", String(60), nullable=False),
    Column("created", Time, nullable=False),
    Column("expires", Time),
    Column("last_used", Date),
    sqlite_autoincrement=True,
)

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("purpose", String(20), nullable=False),
    Column("role", String(20)),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE")),
    Column("made_by", Integer, ForeignKey("users.id", ondelete="CASCADE")),
    Column("created", Time, nullable=False),
    Column("expires", Time, nullable=False, index=True),
    sqlite_autoincrement=True,
)

two_factor = Table(
    "two_factor",
    metadata,
    _owner(primary_key=True),
    # The secret itself is derived from these and the instance's key, so a copy of the database doesn't hold it.
    Column("nonce", LargeBinary(16)),
    Column("new_nonce", LargeBinary(16)),
    Column("last_step", BigInteger, nullable=False),
    # Whether one of the account's passkeys is good as the second factor, and so is asked for after the password.
    Column("by_passkey", Boolean, nullable=False, server_default=false()),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(index=True),
    Column("credential", LargeBinary(1024), nullable=False, unique=True),
    Column("public_key", LargeBinary(2048), nullable=False),
    Column("uses", BigInteger, nullable=False),
    Column("label", String(80), nullable=False),
    Column("created", Time, nullable=False),
    Column("last_used", Date),
    sqlite_autoincrement=True,
)

# What a passkey has answered already, until it would be too old anyway.
used_challenges = Table(
    "used_challenges",
    metadata,
    Column("challenge_hash", LargeBinary(32), primary_key=True),
    Column("expires", Time, nullable=False, index=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("code_hash", LargeBinary(32), nullable=False),
    UniqueConstraint("user_id", "code_hash"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    _owner(),
    Column("path", String(600), nullable=False),
    Column("base", String(64), nullable=False),
    Column("fields", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("updated", Time, nullable=False),
    UniqueConstraint("user_id", "path"),
    Index("ix_drafts_path", "path"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Time, nullable=False),
    # Names, not references: an entry outlives what it speaks of.
    Column("actor", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("details", Text, nullable=False),
    sqlite_autoincrement=True,
)

throttle_salts = Table(
    "throttle_salts",
    metadata,
    Column("period", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary(32), nullable=False),
)

throttle_counters = Table(
    "throttle_counters",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
)
