"""Forms as browsers send them, taken apart without much memory: a stranger may send megabytes of escapes to any address."""

from __future__ import annotations

from typing import IO, Any
from urllib.parse import unquote_to_bytes

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ClientDisconnected, LengthRequired, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

MAX_FIELDS = 50_000
# Bytes of a value at a time: the standard library keeps an object for each escape until the last.
AT_ONCE = 16_384


class _Parser(FormDataParser):
    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, Any]]:
        """The fields of a form. Raises RequestEntityTooLarge for more of them than any form of ours has.

        Nothing in such a form says where it ends, and the server doesn't tell when a line breaks on the way: half of
        a text would be saved as the whole. So it has to be as long as it says, and to say so.
        """
        if mimetype != "application/x-www-form-urlencoded":
            return super().parse(stream, mimetype, content_length, options)
        data = stream.read()
        if content_length is None and data:
            raise LengthRequired
        if len(data) != (content_length or 0):
            raise ClientDisconnected
        if data.count(b"&") > MAX_FIELDS:
            raise RequestEntityTooLarge
        pairs = (part.partition(b"=") for part in data.split(b"&") if part)
        return stream, MultiDict([(_text(name), _text(value)) for name, _, value in pairs]), MultiDict()


class FormRequest(Request):
    """A request whose forms are taken apart here. What is no UTF-8 in them is replaced."""

    form_data_parser_class = _Parser


def _text(data: bytes) -> str:
    data = data.replace(b"+", b" ")
    out, start = bytearray(), 0
    while start < len(data):
        end = start + AT_ONCE
        # No escape is cut in two.
        cut = data.rfind(b"%", end - 2, end)
        end = cut if cut >= 0 else end
        out += unquote_to_bytes(data[start:end])
        start = end
    return out.decode("utf-8", "replace")
