"""What API tokens are good for."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Scope(Enum):
    """What a token is good for, within what its owner may do."""

    READ = "read"
    SUGGEST = "suggest"
    WRITE = "write"
    GIT = "git"
