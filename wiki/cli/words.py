"""What the command line says for the codes of the core, and with which exit code it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wiki.cli.terminal import printable
from wiki.errors import Conflict, Denied, Gone, Invalid, NotFound, Problem, TooMany, Unavailable, WikiError

_EXIT_CODES: dict[type[WikiError], int] = {
    Invalid: 2,
    Denied: 3,
    NotFound: 4,
    Gone: 4,
    Conflict: 5,
    TooMany: 6,
    Unavailable: 7,
}

# What only an owner at the command line meets; everything else has its words in the web face.
SENTENCES: Mapping[str, str] = {
    "argument.missing": "There is nothing at {path}.",
    "home.occupied": (
        "{folder} holds other things already. Say where the wiki shall live: movement-wiki --home FOLDER …"
    ),
    "wiki.missing": "There is no wiki at {path} yet. `movement-wiki init` makes one.",
    "wiki.lost": (
        "The repository of this wiki has gone from {path}. Put it back: is its disk mounted? Else take it from a backup or a "
        "clone. To begin a new wiki instead, remove {derived} first."
    ),
    "config.unknown": "There is no setting called “{name}” ({origin}). `movement-wiki config explain` lists them.",
    "config.unreadable": "{origin} can't be read: {reason}",
    "config.value": "The setting {name} ({origin}) should be of type {expected}, not “{value}”.",
    "config.choice": "The setting {name} ({origin}) may be {allowed}, not “{value}”.",
    "secret.unreadable": "The key of this wiki, {file}, can't be read or made: {reason}.",
    "secret.damaged": "The key of this wiki, {file}, is damaged. Put it back from a backup.",
    "secret.missing": (
        "The key of this wiki has gone. Put it back from a backup before the server starts again: with another one second "
        "factors don't work, and everybody is signed out."
    ),
    "database.url": "The setting database.url is not an address of a database.",
    "database.kind": "Accounts can't be kept in “{kind}”; possible are {allowed}.",
    "database.memory": "Accounts need a database that lasts; give SQLite a file.",
    "database.driver": "For this database another package is needed: pip install 'movement-tech-wiki[postgresql]'",
    "database.newer": "A newer version of this program has been at work on the accounts. Install that one.",
    "database.missing": (
        "There is no accounts file, or it is empty, so nobody can sign in. Put it back from a backup; without one, restart the "
        "server: it says how to become the first administrator anew."
    ),
    "database.damaged": "The accounts database is damaged ({reason}). Put it back from a backup.",
    "database.unreachable": "The accounts database can't be reached: {reason}.",
    "database.busy": "The accounts database is busy: {reason}. Try again in a moment.",
    "database.full": "The disk that holds the accounts is full.",
    "database.read_only": "The accounts database may only be read: {reason}.",
    "database.input_output": "The file of the accounts can't be read or written: {reason}.",
    "database.upgrade": "The accounts database can't be brought to version {version}: {reason}.",
    "password.empty": "No password came on standard input.",
    "serve.few_files": "A process may have only {most} files open here, and a server needs {least}. Raise the limit (ulimit -n).",
    "serve.port_taken": "Nothing can listen on {host}, port {port}: {reason}. Choose another with --port.",
    "storage.git_missing": "Git is needed and was not found. Install it first.",
    "storage.git_failed": "Git could not do it (git {command}): {reason}",
    "home.no_folder": "{path} is needed as a folder and can't be made or used as one: {reason}.",
    "storage.missing": (
        "The content folder is no git repository, or has lost the file .git/HEAD. If there is a folder .git, run "
        "`echo 'ref: refs/heads/main' > .git/HEAD` in the content folder; else put the content back from a backup or a clone."
    ),
    "storage.bad_head": (
        "The file .git/HEAD of the content folder is damaged. `echo 'ref: refs/heads/main' > .git/HEAD` there puts it right."
    ),
    "storage.bad_ref": (
        "Git's files don't say any more at which commit {ref} is: that file, or .git/packed-refs, is damaged. Nothing has been "
        "made in its place. `movement-wiki doctor` says what it was; or put the content back from a backup or a clone."
    ),
    "storage.lost_branch": (
        "By git's own log the branch was last at {commit}, which is there. Take the damaged file away (.git/{ref}, or "
        ".git/packed-refs) and run `git update-ref {ref} {commit}` in the content folder."
    ),
    "storage.format": (
        "The repository is kept as {found}, which can't be read here. `git fast-export --all` there and `git fast-import` in one "
        "made by `git init` give one that can."
    ),
    "storage.linked": (
        "{path} is a second work tree of a repository elsewhere (`git worktree`). Use a repository of its own: `git clone` makes "
        "one."
    ),
    "storage.unreadable": (
        "The repository can't be read ({reason}). `movement-wiki doctor` tells more; else put the content back from a backup or "
        "a clone."
    ),
    "object.unknown": (
        "The repository has lost something that it names ({id}). `movement-wiki doctor` tells more; put the content back from a "
        "backup or a clone."
    ),
    "object.not_commit": (
        "The branch names {id}, which is not a commit but a {kind}. `movement-wiki doctor` says what it named before, where git "
        "still knows; or put the content back from a backup or a clone."
    ),
    "storage.refused": (
        "Git refuses to work with this file: {reason}. The wiki is served all the same, but nobody can work in the folder with "
        "git, and a newer git may be all that is missing."
    ),
    "storage.pack_index": "An index of git's over its packs or commits was missing or damaged; git makes it from them.",
    "storage.detached": "The content folder is on no branch, so nothing can be saved: run `git switch main` there.",
    "storage.empty": (
        "The branch that the content folder is on has no pages. `git branch` there lists others, `git switch NAME` goes to one."
    ),
    "storage.disk_full": "The disk is full, so nothing can be saved. Make room; nothing that was saved is lost.",
    "storage.read_only": "The folder can't be written, so nothing can be saved. Reading works.",
    "folder.foreign": (
        "This belongs to {owner}, and {user} may not write it: somebody worked here as {owner}, with `sudo git` perhaps. "
        "As root: `chown -R {user}: {home}`, if {user} is whom the wiki is served as."
    ),
    "folder.given_back": "Files and folders that belonged to root, for somebody worked here as root, are given back: {count}.",
    "storage.no_locks": (
        "Files can't be locked where the wiki lies ({reason}), so nothing can be saved. On a network file system that is so, or a "
        "service of it is down; put the home folder onto a disk of this machine."
    ),
    "storage.damaged": "Git finds damage ({reason}). Put the content back from a backup or a clone.",
    "storage.temporary": "Temporary files can't be written: {reason}. Make room for them, or name another folder in TMPDIR.",
    "storage.too_much": "The folder {path} holds more than can be shown: too many files, or too many in one of its folders. "
    "The rest of the wiki is served without it. Take it out with git, or part it.",
    "storage.lock": "Another git holds this lock; somebody may have an editor open. Files follow when it is done.",
    "storage.leftover_lock": "A lock that a git which has ended left behind.",
    "storage.work_tree_behind": "The files could not follow the newest commit: another git holds the index, or they can't be "
    "written. They are brought along as soon as they can.",
    "storage.local_changes": "More files that somebody changed and didn't commit: {count}.",
    "storage.taken_off": (
        "Changes that were saved here and that the branch doesn't hold any more: {count}. Somebody has moved it (by a reset, a push by "
        "force, an amended commit). If that was not meant: `git log --reflog --not HEAD` in this folder lists them, for some "
        "weeks, and `git cherry-pick COMMIT` brings one back."
    ),
    "storage.local_change": "Somebody's change that is not committed; it is left alone, and readers don't see it.",
    "storage.index_damaged": "Git's index was damaged; it was made again, and the old one is kept as .git/index.damaged.",
    "history.busy": "The history is being made again. Try again in a moment.",
    "derived.damaged": "A derived file was damaged; it is made again.",
    "derived.unwritable": "What is derived from the pages can't be brought up to date: {reason}.",
    "derived.behind": "What is derived from the pages did not stand at the newest commit.",
    "backup.exists": "{file} is there already. Choose another name; nothing is written over.",
    "backup.unwritable": "{file} can't be written: {reason}.",
    "backup.unreadable": "{file} can't be read: {reason}.",
    "backup.foreign": "This is not a backup of a wiki.",
    "backup.newer": "This backup was made by a newer version ({version}). Install that one to restore it.",
    "backup.damaged": "The backup is damaged; nothing was restored. {reason}",
    "backup.not_empty": "There is something at {path} already. Restore into an empty folder: movement-wiki --home FOLDER restore …",
    "backup.unfinished": (
        "A backup is being restored here, or that was cut off: restore it once more. To begin a new wiki instead, remove {folder} "
        "and what lies in content/ and instance/."
    ),
    "backup.accounts_not_empty": "The accounts database that the settings name holds accounts already.",
    "import.file_too_large": "The file is larger than {allowed} MB. Part it, and import one part after the other.",
    "import.mapping": "“{value}” says no column and field. Write it as Heading=field, such as Price=cost.note.",
    "import.columns": "No column names the tools: one has to be called title (or name) or path. There are {found}.",
    "import.rows": "This field holds rows of its own; in a table they are written as JSON.",
    "import.not_a_tool": "{path} is not about a tool, or its facts can't be read.",
    "import.namespace": "Pages of this sort ({namespace}) are not taken.",
    "import.category": "There is a category at this address. Put the pages into a folder: --folder NAME.",
    "import.same_path": "“{other}” has the same address ({path}).",
    "import.name": (
        "Nobody could check out a wiki with this name in it: “{path}”. Nothing was brought over. Rename the file there, or take "
        "it away, and commit."
    ),
    "import.left": "Kept in the source only, as a comment: {what}.",
    "import.xml": "This is no export of a MediaWiki: line {line}, {reason}.",
    "import.xml_entities": "This file declares entities, which no export of a MediaWiki does. It was not read.",
    "import.not_dokuwiki": "There is no DokuWiki at {path}: a folder with pages/ in it was expected.",
    "import.not_empty": (
        "This wiki has pages of its own ({path}). A repository can only become the content of a new one: "
        "movement-wiki --home FOLDER init --empty"
    ),
    "import.no_folder": "The repository has nothing in a folder called “{folder}”.",
    "fetch.no_repository": "{path} is no git repository.",
    "fetch.address": "“{value}” is neither a folder nor an https or ssh address.",
    "export.exists": "{file} is there already. Choose another name; nothing is written over.",
    "export.not_empty": "{path} holds other things than an earlier copy. Choose an empty folder.",
    "export.unwritable": "{path} can't be written: {reason}.",
    "bundle.damaged": "The pages in the backup are damaged; nothing was restored. {reason}",
}


def exit_code(error: WikiError) -> int:
    """The exit code for an error."""
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), 1)


def sentences(error: WikiError) -> Iterator[str]:
    """One plain sentence for each thing that is wrong."""
    for problem in error.problems or (Problem(error.code, params=error.params),):
        yield sentence(problem)


def sentence(problem: Problem) -> str:
    """One plain sentence that says what is wrong."""
    own = SENTENCES.get(problem.code)
    if own is None:
        # The web face has the words for what people meet in both; outside of a request they are English.
        from wiki.web.words import describe

        return describe(problem)
    params = {key: _shown(value) for key, value in problem.params.items()}
    return printable(" ".join(own.format_map(_Missing(params)).splitlines()))


class _Missing(dict[str, str]):
    """A sentence whose code came with fewer params than usual is still a sentence."""

    def __missing__(self, key: str) -> str:
        return "?"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
