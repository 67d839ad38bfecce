"""Locks after a fork. A lock that some thread of the parent held would stay held for ever in the child."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class _OwnsLocks(Protocol):
    def renew_locks(self) -> None:
        """Put new locks in place of those inherited; called in a child that was just forked."""


_owners: weakref.WeakSet[_OwnsLocks] = weakref.WeakSet()
_guard = threading.Lock()


def renew_after_fork(owner: _OwnsLocks) -> None:
    """Call `owner.renew_locks` in every process forked from here on."""
    with _guard:
        _owners.add(owner)


def _renew() -> None:
    global _guard
    _guard = threading.Lock()
    for owner in list(_owners):
        owner.renew_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
