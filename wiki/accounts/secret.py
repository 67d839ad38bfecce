"""The instance's secret: the one file from which every key of this wiki is derived."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from wiki.errors import Unavailable

FILE_NAME = "secret.key"
BYTES = 32


def load_secret(instance_dir: Path) -> bytes:
    """The secret of the wiki whose instance folder this is; made, readable by its owner alone, where there is none.

    Several processes that start at once get the same. Raises Unavailable("secret.…") where it can't be read or made;
    a damaged one is not replaced, because sign-ins and second factors hang on it.
    """
    file = instance_dir / FILE_NAME
    try:
        if not file.exists():
            _make(file)
        secret = file.read_bytes()
    except OSError as error:
        raise Unavailable("secret.unreadable", file=str(file), reason=error.strerror)
    if len(secret) != BYTES:
        raise Unavailable("secret.damaged", file=str(file))
    return secret


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        # A link, unlike a rename, never takes the place of one that another process has made meanwhile.
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
