"""Forks. A lock that some thread of the parent held would stay held for ever in the child; and a file of SQLite's that was
open would have no lock of the child's, ever: the library takes those of the parent for its own."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class _OwnsLocks(Protocol):
    def renew_locks(self) -> None:
        """Put new locks in place of those inherited; called in a child that was just forked."""


class _Closes(Protocol):
    def close(self) -> None:
        """Let go of what must not be open in two processes; called before a fork."""


_owners: weakref.WeakSet[_OwnsLocks] = weakref.WeakSet()
_open: weakref.WeakSet[_Closes] = weakref.WeakSet()
_guard = threading.Lock()


def close_before_fork(owner: _Closes) -> None:
    """Call `owner.close` before every fork of this process from here on."""
    with _guard:
        _open.add(owner)


def renew_after_fork(owner: _OwnsLocks) -> None:
    """Call `owner.renew_locks` in every process forked from here on."""
    with _guard:
        _owners.add(owner)


def _close() -> None:
    for owner in list(_open):
        owner.close()


def _renew() -> None:
    global _guard
    _guard = threading.Lock()
    for owner in list(_owners):
        owner.renew_locks()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close, after_in_child=_renew)
