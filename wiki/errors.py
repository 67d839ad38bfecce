"""What can go wrong, as kinds. The core carries codes; the faces carry words.

Concrete errors live beside the code that raises them and derive from one of the kinds here. A face maps the
kind to a status (HTTP) or an exit code (command line) in one table, and the code to words in one catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a piece of input, with the place where it is.

    `where` is a field name ("cost.level", "body") or a path; `line` counts from 1 in the file as stored, 0 if unknown;
    `params` fill the words that a face has for `code`. For a choice out of a list `params["allowed"]` holds the values.
    """

    code: str
    where: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    line: int = 0


class WikiError(Exception):
    """Base of all errors that a person can be told about. `code` is stable and machine-readable; `problems` say more where
    the input is at fault."""

    default_code = "error"
    problems: tuple[Problem, ...] = ()

    def __init__(self, code: str | None = None, **params: Any) -> None:
        self.code = code or self.default_code
        self.params = params
        details = ", ".join(f"{key}={value!r}" for key, value in params.items())
        super().__init__(f"{self.code}({details})" if details else self.code)


class NotFound(WikiError):
    """There is nothing there, and as far as we know there never was. (HTTP 404, exit 4)"""

    default_code = "not_found"


class Gone(WikiError):
    """It was there and has been deleted. (HTTP 410, exit 4)"""

    default_code = "gone"


class Invalid(WikiError):
    """The input can't be accepted as it is; `problems` say what and where. (HTTP 422, exit 2)"""

    default_code = "invalid"

    def __init__(self, code: str | None = None, problems: tuple[Problem, ...] = (), **params: Any) -> None:
        super().__init__(code, **params)
        self.problems = problems or (Problem(self.code, str(params.get("where", "")), params),)


class Conflict(WikiError):
    """Somebody else changed the same thing meanwhile; nothing was written. (HTTP 409, exit 5)"""

    default_code = "conflict"


class Denied(WikiError):
    """This person may not do this; signing in may help if nobody is signed in. (HTTP 401/403, exit 3)"""

    default_code = "denied"


class TooMany(WikiError):
    """Too often or too large. `retry_after` (seconds) in the params where waiting helps. (HTTP 429/413, exit 6)"""

    default_code = "too_many"


class Unavailable(WikiError):
    """Something we need does not answer just now; trying again later may help. (HTTP 503, exit 7)"""

    default_code = "unavailable"
