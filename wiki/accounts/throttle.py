"""How often somebody may do something, counted across processes without keeping a network address.

A counter's key is an HMAC of purpose and address with a random salt. Salts change every twelve hours and are deleted,
with their counters, when they are a day old: from then on nobody, not even with the secret, can find an address again.
"""

from __future__ import annotations

import hmac
import secrets

from sqlalchemy import Connection, select, update

from wiki.accounts.clock import Clock
from wiki.accounts.tables import throttle_counters as counters
from wiki.accounts.tables import throttle_salts as salts
from wiki.database import Database, upsert
from wiki.errors import TooMany

SALT_SECONDS = 12 * 3600


class Throttle:
    """Counters that slide: a limit holds for every span of the given length, nearly, not just for clock hours."""

    def __init__(self, database: Database, key: bytes, clock: Clock) -> None:
        self._database = database
        self._key = key
        self._clock = clock

    def hit(self, purpose: str, subject: str, limit: int, per_seconds: int, amount: int = 1) -> None:
        """Count one, or `amount`. Raises TooMany("throttle.wait", retry_after=seconds), uncounted, above `limit` in `per_seconds`.

        `subject` is an address (see `address_key`), a name or both; `per_seconds` is at most twelve hours.
        """
        if not 0 < per_seconds <= SALT_SECONDS:
            raise ValueError(per_seconds)
        now = int(self._clock().timestamp())
        start = now - now % per_seconds
        with self._database.write() as connection:
            self._forget(connection, now)
            insert = upsert(connection, counters).values(
                key=self._counter(connection, purpose, subject, start), hits=amount, expires=start + 2 * per_seconds
            )
            increment = insert.on_conflict_do_update(
                index_elements=[counters.c.key], set_={"hits": counters.c.hits + amount}
            )
            hits = connection.execute(increment.returning(counters.c.hits)).scalar_one()
            former_key = self._counter(connection, purpose, subject, start - per_seconds)
            former = connection.execute(select(counters.c.hits).where(counters.c.key == former_key)).scalar() or 0
            wait = _wait(former, hits, limit, per_seconds, now - start, amount)
            if wait:
                raise TooMany("throttle.wait", retry_after=wait)

    def forgive(self, purpose: str, subject: str, per_seconds: int) -> None:
        """Take one hit back: it turned out to be harmless."""
        now = int(self._clock().timestamp())
        with self._database.write() as connection:
            key = self._counter(connection, purpose, subject, now - now % per_seconds)
            counted = (counters.c.key == key) & (counters.c.hits > 0)
            connection.execute(update(counters).where(counted).values(hits=counters.c.hits - 1))

    def forget(self) -> None:
        """Delete what is too old; every hit does so too, so this is for a wiki where nothing happens for a day."""
        with self._database.write() as connection:
            self._forget(connection, int(self._clock().timestamp()))

    def _forget(self, connection: Connection, now: int) -> None:
        period = now // SALT_SECONDS
        # Whatever another process is deleting at this moment is left to it: two that wait for each other get nowhere.
        old = select(counters.c.key).where(counters.c.expires <= now).with_for_update(skip_locked=True)
        connection.execute(counters.delete().where(counters.c.key.in_(old)))
        # Periods to come are there only after a clock was set back; they would never grow old.
        other = select(salts.c.period).where(salts.c.period.not_in((period - 1, period)))
        connection.execute(salts.delete().where(salts.c.period.in_(other.with_for_update(skip_locked=True))))

    def _counter(self, connection: Connection, purpose: str, subject: str, start: int) -> bytes:
        period = start // SALT_SECONDS
        stored = select(salts.c.salt).where(salts.c.period == period)
        salt = connection.execute(stored).scalar()
        if salt is None:
            new = upsert(connection, salts).values(period=period, salt=secrets.token_bytes(32))
            connection.execute(new.on_conflict_do_nothing())
            salt = connection.execute(stored).scalar_one()
        salted = hmac.digest(self._key, bytes(salt), "sha256")
        return hmac.digest(salted, f"{start}\0{purpose}\0{subject}".encode("utf-8", "replace"), "sha256")


def _wait(former: int, hits: int, limit: int, per_seconds: int, passed: int, amount: int) -> int:
    """Seconds to wait; 0 if `hits` in this span, with the share of the `former` one that still counts, are allowed. The last
    `amount` of them are those that are asked for."""
    if former * (per_seconds - passed) + hits * per_seconds <= limit * per_seconds:
        return 0
    if limit < amount:
        return per_seconds
    if hits <= limit:
        return per_seconds - (limit - hits) * per_seconds // former - passed
    # Not in this span any more; in the next one, when enough of this one (without what was just refused) has faded.
    return 2 * per_seconds - (limit - amount) * per_seconds // (hits - amount) - passed
