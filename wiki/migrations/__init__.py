"""The accounts database's schema, version by version (Alembic). `HEAD` is the version that this engine works with."""

from __future__ import annotations

HEAD = "0001"
