"""How git is started: always with the same environment, and never with the configuration of the repository.

A repository's own `config`, `info/attributes` and hooks can name programs that git runs (filters, drivers, monitors,
upload programs). So git never sees them: it is pointed at a folder of ours that holds a configuration of ours and
nothing but links to the repository's objects and refs. Values from people are never options: they go in after `--`, by
standard input, or not at all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# GitPython would start a git when it is loaded, with whatever configuration lies about, and fail with it. Ours is named each
# time that it is started; whether there is one is found out, and said in plain words, then.
os.environ.update(GIT_PYTHON_REFRESH="quiet", GIT_PYTHON_GIT_EXECUTABLE="none")
import git

from wiki.errors import Unavailable
from wiki.forks import renew_after_fork
from wiki.storage.age import age

# What a person may have set for their own file system; harmless words only, everything else of the file is ignored.
KEPT_SETTINGS = ("core.filemode", "core.ignorecase", "core.precomposeunicode", "core.symlinks", "core.sharedrepository")
MAX_SETTINGS = 1_000_000
NOWHERE = "/dev/null"
_PREFIX = "movement-wiki-git-"
_ORPHANED = 3_600.0

_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": NOWHERE,
    "GIT_CONFIG_GLOBAL": NOWHERE,
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_EDITOR": "/bin/false",
    "GIT_PAGER": "cat",
    # No transport at all: a missing object of a partial clone must not be fetched by a program that a config names.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NAMESPACE": "",
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "LC_ALL": "C",
    "TZ": "UTC",
    "GIT_AUTHOR_NAME": "wiki",
    "GIT_AUTHOR_EMAIL": "wiki@localhost",
    "GIT_COMMITTER_NAME": "wiki",
    "GIT_COMMITTER_EMAIL": "wiki@localhost",
}
# Of the repository's own files, those that git reads by itself besides objects and refs.
_READ_BY_GIT = (
    "packed-refs",
    "shallow",
    "objects/info/alternates",
    "objects/info/commit-graph",
    "objects/pack/multi-pack-index",
)
_OPTIONS = (
    *("-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false"),
)


class GitFailed(Unavailable):
    """Git answered with an error; `reason` holds its words (for logs, not for readers)."""

    default_code = "storage.git_failed"


class GitCommand:
    """Starts git on one repository. Cheap to make; nothing runs and no folder is made before it is needed.

    `refs` says whether git sees the repository's refs; without them no text can be taken for the name of one. New
    objects go to the folder `objects` where one is given; those of the repository are seen all the same.
    """

    def __init__(self, git_dir: Path, refs: bool = False, objects: Path | None = None) -> None:
        self.git_dir = git_dir
        self._refs = refs
        self._objects = objects
        self._lock = threading.Lock()
        self._folder: Path | None = None
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """After a fork: the folder is the parent's, who will remove it; make one when it is needed."""
        self._lock = threading.Lock()
        self._folder = None

    def start(self, *arguments: str, environment: dict[str, str] | None = None, given: Any = subprocess.PIPE) -> Any:
        """A running git (GitPython's self-ending process) with a pipe for output, and one for input or the open file
        `given`."""
        launcher = git.Git(str(self.folder()))
        launcher.update_environment(**{**self.environment(), **(environment or {})})
        try:
            return launcher.execute([executable(), *_OPTIONS, *arguments], istream=given, as_process=True)
        except (git.GitCommandNotFound, OSError) as error:
            raise Unavailable("storage.git_missing", reason=str(error))

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        environment: dict[str, str] | None = None,
        seconds: float = 60.0,
        accept: tuple[int, ...] = (0,),
        patient: bool = False,
    ) -> bytes:
        """Output of one git command, at the lowest priority if it is `patient`. Raises GitFailed for another exit
        status than those accepted and Unavailable("storage.slow") after `seconds`."""
        process = self.start(*arguments, environment=environment)
        if patient:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        output, complaint = said(process, arguments[0], seconds, given)
        if process.returncode not in accept:
            # Nobody knows the folder that git was shown.
            reason = complaint.decode("utf-8", "replace").replace(str(self.folder()), str(self.git_dir)).strip()[:2_000]
            raise GitFailed(command=arguments[0], status=process.returncode, reason=reason)
        return output

    def environment(self) -> dict[str, str]:
        """The variables that every git of ours runs with."""
        folder = self.folder()
        objects = self.git_dir / "objects"
        return {
            **_FIXED,
            "GIT_DIR": str(folder),
            "GIT_OBJECT_DIRECTORY": str(self._objects or objects),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects) if self._objects else "",
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_WORK_TREE": str(folder),
        }

    def folder(self) -> Path:
        """The folder that git takes for the repository; made again if it is gone, or after a fork.

        Raises Unavailable("storage.temporary") where there is no room for it.
        """
        if self._refs:
            # A new repository has no logs yet, and git makes no folder at the end of a link.
            with suppress(OSError):
                (self.git_dir / "logs").mkdir(exist_ok=True)
        with self._lock:
            folder = self._folder
            if folder is None or not (folder / "config").is_file():
                try:
                    folder = self._folder = self._make()
                except OSError as error:
                    raise Unavailable("storage.temporary", reason=error.strerror or str(error)) from error
            return folder

    def point_head(self, target: str) -> None:
        """Let git's HEAD be what the repository's is: a ref name, or the id of a commit."""
        head = self.folder() / "HEAD"
        content = f"ref: {target}\n" if target.startswith("refs/") else f"{target}\n"
        if head.read_text() != content:
            draft = head.with_name(f"HEAD.{threading.get_ident()}")
            draft.write_text(content)
            draft.replace(head)

    def _make(self) -> Path:
        _remove_orphans()
        for name in _READ_BY_GIT:
            place = self.git_dir / name
            if place.exists() and not place.is_file():
                # Git would wait for what somebody writes into it.
                raise Unavailable("storage.damaged", reason=f".git/{name} is no file")
        links = ["objects", "shallow"]
        if self._refs:
            links += ["refs", "packed-refs", "logs"]
        lines = ["[core]", "\trepositoryformatversion = 0", "\tbare = false", "\tlogAllRefUpdates = true"]
        lines += [f"\t{key.removeprefix('core.')} = {value}" for key, value in self._kept_settings()]
        with _folders.one_more() as folder:
            removal = weakref.finalize(self, _remove, folder, os.getpid())
            try:
                (folder / "HEAD").write_text("ref: refs/heads/none\n")
                if not self._refs:
                    (folder / "refs").mkdir()
                for name in links:
                    (folder / name).symlink_to(self.git_dir / name)
                (folder / "config").write_text("\n".join(lines) + "\n")
            except OSError:
                removal()
                raise
        return folder

    def _kept_settings(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for key, value in own_settings(self.git_dir)[0]:
            if key in KEPT_SETTINGS and value.isalnum() and value.isascii():
                found[key] = value
            if key in ("extensions.objectformat", "extensions.refstorage") and value not in ("sha1", "files"):
                raise Unavailable("storage.format", found=value)
        return sorted(found.items())


def said(process: Any, command: str, seconds: float, given: bytes | None = None) -> tuple[bytes, bytes]:
    """What a git that was started says until it ends, and what it complains of. Raises Unavailable("storage.slow") after
    so many seconds; it is ended then."""
    try:
        output, complaint = process.communicate(given, timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Unavailable("storage.slow", command=command)
    return bytes(output), bytes(complaint)


def own_settings(git_dir: Path) -> tuple[list[tuple[str, str]], str]:
    """What a repository's configuration holds, without what it includes; and what git says where it can't read it."""
    file = git_dir / "config"
    if not file.is_file() or file.stat().st_size > MAX_SETTINGS:
        return [], ""
    done = subprocess.run(
        [executable(), "config", "--file", str(file), "--no-includes", "--list", "-z"],
        env=plain_environment(),
        cwd="/",
        capture_output=True,
        check=False,
    )
    items = (item.partition("\n") for item in done.stdout.decode("utf-8", "replace").split("\0") if item)
    return [(key, value) for key, _, value in items], done.stderr.decode("utf-8", "replace") if done.returncode else ""


def plain_environment() -> dict[str, str]:
    """The environment for a git that works on no repository, or makes one."""
    return dict(_FIXED)


def executable() -> str:
    """Absolute path of git. Raises Unavailable("storage.git_missing")."""
    found = shutil.which("git")
    if not found:
        raise Unavailable("storage.git_missing")
    return str(Path(found).absolute())


def _quoted(path: Path) -> str:
    """A path in a list that colons separate."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _remove_orphans() -> None:
    """Remove folders whose process was killed. One of a live process that can't be seen from here (in a container, say)
    is made again by that process when it needs it."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        with suppress(OSError):
            is_ours = folder.lstat().st_uid == os.getuid()
            if is_ours and (age(folder) or 0) > _ORPHANED and not is_alive(pid):
                shutil.rmtree(folder, ignore_errors=True)


class _Folders:
    """The folders of this process. Once they are removed there are no more: its threads may go on until it has ended."""

    def __init__(self) -> None:
        self._are_removed = False
        self.renew_locks()
        renew_after_fork(self)

    def renew_locks(self) -> None:
        """After a fork."""
        self._lock = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[Path]:
        """A new folder, which is not removed before it was filled in the block. Raises Unavailable("storage.busy")."""
        with self._lock:
            if self._are_removed:
                raise Unavailable("storage.busy", retry_after=5)
            yield Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))

    def remove(self) -> None:
        with self._lock:
            self._are_removed = True
            for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{os.getpid()}-*"):
                shutil.rmtree(folder, ignore_errors=True)


_folders = _Folders()


def remove_folders() -> None:
    """Remove the folders of this process, which starts no git any more; for one that ends without Python's clearing up, as
    forked ones do."""
    _folders.remove()


def is_alive(pid: str) -> bool:
    """Whether a process of this id runs here, as far as can be seen."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:
        return True
    return True


def _remove(folder: Path, pid: int) -> None:
    if pid == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
