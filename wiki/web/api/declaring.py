"""What an operation of the API is, and how a view becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, RequestEntityTooLarge, UnsupportedMediaType

from wiki.accounts.roles import Permission
from wiki.editing.edit import EditConflict
from wiki.errors import Denied, Invalid, NotFound, Problem
from wiki.web.api.checking import problems, read_text
from wiki.web.bearer import scheme
from wiki.web.context import may
from wiki.web.errors import problem_document
from wiki.web.page_cache import CACHEABLE
from wiki.web.translations import gettext
from wiki.web.words import describe

BASE = "/-/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Read, each part of a JSON text takes a hundred bytes and more; the longest pages have fewer marks in them.
MAX_PARTS = 700_000
Schema = Mapping[str, Any]
blueprint = Blueprint("api", __name__)
_CONVERTERS = {"path": "path:", "number": "int(max=999999999999):"}
_EXPOSED = "ETag, Location, Retry-After"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the address or of the header that a program gives."""

    name: str
    meaning: str
    schema: Schema
    required: bool = False
    place: str = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a program can ask for.

    `answer` names the schema of what comes back with `status`; `body` is the schema of what is sent, `form` says that
    it is sent as a form with a file. `needs` is the right that it takes, None where strangers may as well.
    `errors` are the statuses that this operation may answer besides those that all may.
    """

    id: str
    method: str
    path: str
    tag: str
    summary: str
    details: str
    answer: str
    status: int
    needs: Permission | None
    parameters: tuple[Parameter, ...]
    body: Schema | None
    form: bool
    errors: tuple[int, ...]

    @property
    def asked(self) -> tuple[Parameter, ...]:
        """The parameters that stand in the query."""
        return tuple(item for item in self.parameters if item.place == "query")


OPERATIONS: dict[str, Operation] = {}


def operation(
    method: str,
    path: str,
    tag: str,
    answer: str,
    *,
    status: int = 200,
    needs: Permission | None = None,
    parameters: Sequence[Parameter] = (),
    body: Schema | None = None,
    form: bool = False,
    errors: Sequence[int] = (),
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Declare a view to be an operation. Its summary is the first sentence of its words, its details are the rest."""

    def declare(view: Callable[..., Response]) -> Callable[..., Response]:
        summary, _, details = (view.__doc__ or "").strip().partition("\n\n")
        declared = Operation(
            id=view.__name__,
            method=method,
            path=path,
            tag=tag,
            summary=" ".join(summary.split()),
            details="\n\n".join(" ".join(part.split()) for part in details.split("\n\n")).strip(),
            answer=answer,
            status=status,
            needs=needs,
            parameters=tuple(parameters),
            body=body,
            form=form,
            errors=tuple(errors),
        )
        OPERATIONS[declared.id] = declared

        @wraps(view)
        def answered(**values: Any) -> Response:
            if needs is not None:
                require(needs)
            g.asked = _asked(declared)
            if body is not None and not form:
                values["sent"] = _sent(body)
            return view(**values)

        blueprint.add_url_rule(BASE + _rule(path), declared.id, answered, methods=[method])
        return view

    return declare


def require(permission: Permission) -> None:
    """Raise Denied where whoever asks may not do this, or the token is not made for it."""
    grant = g.get("grant")
    if grant is not None:
        grant.require(permission)
    elif not may(permission):
        raise Denied("denied.token", permission=permission.value)


def asked(name: str, default: Any = None) -> Any:
    """What the query says for a declared parameter, as a value of its type."""
    return g.asked.get(name, default)


@blueprint.before_app_request
def refuse_unknown_addresses() -> None:
    """Below the address of the API there are never pages. Raises NotFound("api.unknown") where there is nothing else."""
    if request.blueprint == "api" or not f"{request.path}/".startswith("/-/api/"):
        return
    methods = _methods()
    if not methods:
        raise NotFound("api.unknown")
    raise MethodNotAllowed(methods)


@blueprint.errorhandler(EditConflict)
def answer_conflict(conflict: EditConflict) -> Response:
    """Both texts, and nothing written: whoever sent theirs can put them together and send them again."""
    return problem_document(
        409,
        conflict.code,
        describe(conflict),
        path=conflict.path.text,
        base=conflict.base,
        revision=conflict.head,
        current=conflict.ours,
        yours=conflict.theirs,
        fields=[{"name": item.name, "current": item.ours, "yours": item.theirs} for item in conflict.fields],
    )


@blueprint.after_request
def add_headers(response: Response) -> Response:
    """Let pages of all sites read what strangers read, and say how to sign in; answers that differ by token say so."""
    response.headers["Vary"] = "Authorization"
    if request.method in ("GET", "HEAD", "OPTIONS") and "Authorization" not in request.headers:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = scheme()
    if request.method in ("GET", "HEAD") and response.status_code == 200:
        if "ETag" not in response.headers:
            response.add_etag()
        if "Authorization" in request.headers:
            response.headers.pop(CACHEABLE, None)
        if CACHEABLE not in response.headers:
            response.make_conditional(request)
    return response


def _methods() -> list[str]:
    """The methods for which the API has something at the address of this request."""
    adapter = current_app.url_map.bind_to_environ(request.environ)
    found = []
    for method in METHODS:
        with suppress(HTTPException):
            if adapter.match(method=method, return_rule=True)[0].endpoint.startswith("api."):
                found.append(method)
    return found


def _rule(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"<{_CONVERTERS.get(found[1], '')}{found[1]}>", path)


def _asked(declared: Operation) -> dict[str, Any]:
    """The query as values, checked."""
    found: dict[str, Any] = {}
    wrong: list[Problem] = []
    for item in declared.asked:
        texts = request.args.getlist(item.name)
        if not texts:
            if item.required:
                wrong.append(Problem("field.required", item.name))
            continue
        found[item.name] = read_text(texts, item.schema)
        wrong += problems(found[item.name], item.schema, item.name)
    if wrong:
        raise Invalid("request.wrong", problems=tuple(wrong))
    return found


def _sent(schema: Schema) -> dict[str, Any]:
    """The body as a value, checked."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(gettext("Send JSON, with the header Content-Type: application/json."))
    if sum(map(request.get_data().count, (b",", b"[", b"{"))) > MAX_PARTS:
        raise RequestEntityTooLarge
    try:
        value = request.get_json()
    except RecursionError:
        raise BadRequest
    wrong = problems(value, schema)
    if wrong:
        raise Invalid("request.wrong", problems=tuple(wrong))
    return dict(value)
