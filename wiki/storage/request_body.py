"""The body of a WSGI request as a file that git can read: whole, unpacked, of a bounded size."""

from __future__ import annotations

import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from wiki.errors import Invalid, TooMany

_CHUNK = 65_536


@contextmanager
def request_body(environ: dict[str, Any], limit: int) -> Iterator[IO[bytes]]:
    """The body of a request as a file: unpacked, of at most `limit` bytes. Raises TooMany("git.too_large")."""
    parts = _raw_body(environ)
    encoding = environ.get("HTTP_CONTENT_ENCODING", "")
    if encoding in ("gzip", "x-gzip"):
        parts = _unzipped(parts)
    elif encoding not in ("", "identity"):
        raise Invalid("git.encoding")
    # A real file without a buffer of ours, for git goes on reading it by its descriptor.
    with tempfile.TemporaryFile(buffering=0) as file:
        size = 0
        for part in parts:
            size += len(part)
            if size > limit:
                raise TooMany("git.too_large", limit=limit)
            file.write(part)
        file.seek(0)
        yield file


def _raw_body(environ: dict[str, Any]) -> Iterator[bytes]:
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdigit():
        left = int(length)
        while left and (data := stream.read(min(left, _CHUNK))):
            left -= len(data)
            yield data
    elif environ.get("wsgi.input_terminated"):
        while data := stream.read(_CHUNK):
            yield data
    elif environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        yield from _chunks(stream)


def _chunks(stream: Any) -> Iterator[bytes]:
    """The chunks of a body that the server hands on as they came."""
    while True:
        size = stream.readline(1_000).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            raise Invalid("git.protocol")
        left = int(size, 16)
        if left == 0:
            while stream.readline(1_000).strip():
                continue
            return
        while left:
            data = stream.read(min(left, _CHUNK))
            if not data:
                raise Invalid("git.protocol")
            left -= len(data)
            yield data
        stream.readline(8)


def _unzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(31)
    try:
        for part in parts:
            data = part
            while data:
                yield unpacker.decompress(data, _CHUNK)
                data = unpacker.unconsumed_tail
    except zlib.error:
        raise Invalid("git.encoding")
