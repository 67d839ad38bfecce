"""What time it is; tests bring a clock of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present, in UTC, to the second: as the database keeps it."""
    return datetime.now(UTC).replace(microsecond=0)
