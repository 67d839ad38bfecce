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
    secret = secrets.token_bytes(BYTES)
    _write(draft, secret)
    try:
        # A link, unlike a rename, never takes the place of one that another process has made meanwhile.
        os.link(draft, file)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links, as that of a memory stick.
        with suppress(FileExistsError):
            _write(file, secret)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(file: Path, secret: bytes) -> None:
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secret)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        file.unlink()
        raise
