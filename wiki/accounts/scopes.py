"""What API tokens are good for."""

from __future__ import annotations

from enum import Enum, unique

from wiki.errors import Invalid


@unique
class Scope(Enum):
    """What a token is good for, within what its owner may do."""

    READ = "read"
    SUGGEST = "suggest"
    WRITE = "write"
    GIT = "git"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """The scope of this name. Raises Invalid("token.scopes")."""
        try:
            return cls(text)
        except ValueError:
            raise Invalid("token.scopes", where="scopes", allowed=tuple(scope.value for scope in cls))
