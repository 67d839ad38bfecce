"""The accounts: finding them, and every change that an admin, or a person to their own account, can make."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, exc, func, select, update

from wiki.accounts import names
from wiki.accounts.audit import COMMAND_LINE, Audit
from wiki.accounts.clock import Clock
from wiki.accounts.opaque import digest
from wiki.accounts.passwords import Passwords, accepted
from wiki.accounts.roles import Permission, Role
from wiki.accounts.rows import USER_COLUMNS, user_of
from wiki.accounts.tables import former_names, links, sessions, tokens, users
from wiki.accounts.taken import check_display_name, check_name, display_key, name_key
from wiki.accounts.user import Rules, State, User
from wiki.database import Database, upsert
from wiki.errors import Conflict, Invalid, NotFound

NOTE_LONGEST = 1_000
_LANGUAGE = re.compile(r"([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4})?")


class Users:
    """The accounts in the database.

    `by` is who makes a change: somebody who may manage people (else Denied), or None for the owner at the command line.
    """

    def __init__(self, database: Database, audit: Audit, passwords: Passwords, clock: Clock, rules: Rules) -> None:
        self._database = database
        self._audit = audit
        self._passwords = passwords
        self._clock = clock
        self._rules = rules

    def get(self, user_id: int) -> User:
        """The account with this id. Raises NotFound("user.unknown")."""
        with self._database.read() as connection:
            return self._load(connection, user_id)

    def by_name(self, name: str) -> User | None:
        """The account of this name, however it is capitalised."""
        found = self.credentials(name)
        return None if found is None else found[0]

    def credentials(self, name: str) -> tuple[User, str | None] | None:
        """The account of this name with the stored hash of its password, for signing in."""
        with self._database.read() as connection:
            there = users.c.state != State.CLOSED.value
            row = connection.execute(_select().where(there, users.c.name == names.normalised(name))).first()
        return None if row is None else (user_of(row, self._rules), row.password_hash)

    def list(self, state: State | None = None, role: Role | None = None) -> tuple[User, ...]:
        """The accounts by name, all or those of one state or role; whoever has left is not among them."""
        query = _select().where(users.c.state != State.CLOSED.value).order_by(users.c.name)
        if state is not None:
            query = query.where(users.c.state == state.value)
        if role is not None:
            query = query.where(users.c.role == role.value)
        with self._database.read() as connection:
            return tuple(user_of(row, self._rules) for row in connection.execute(query))

    def add(
        self,
        name: str,
        role: Role,
        *,
        password: str | None = None,
        display_name: str = "",
        language: str = "",
        by: User | None = None,
    ) -> User:
        """Add an account that may be used at once. Without a password it waits for one set through a link.

        Raises Invalid (name.…, display_name.…, password.…), Conflict("name.taken"), Conflict("display_name.taken").
        """
        _require(by)
        password_hash = None if password is None else self.password_hash(password, name)
        with self._database.write() as connection:
            user = self.insert(
                connection, name, role, display_name=display_name, password_hash=password_hash, language=language
            )
            self._log(connection, "user.add", by, user, role=role.value)
        return user

    def insert(
        self,
        connection: Connection,
        name: str,
        role: Role,
        *,
        display_name: str = "",
        password_hash: str | None = None,
        language: str = "",
        note: str = "",
        state: State = State.ACTIVE,
        vouched: bool = True,
    ) -> User:
        """Add an account as part of a larger change; errors as for `add`."""
        name = names.user_name(name)
        shown = names.display_name(display_name.strip() or name)
        if len(note) > NOTE_LONGEST:
            raise Invalid("note.too_long", where="note", longest=NOTE_LONGEST)
        if not all(character.isprintable() or character in "\r\n\t" for character in note):
            raise Invalid("note.character", where="note")
        check_name(connection, name)
        check_display_name(connection, shown)
        values = {
            "name": name,
            "name_key": name_key(name),
            "display_name": shown,
            "display_key": display_key(shown),
            "role": role.value,
            "state": state.value,
            "created": self._clock(),
            "language": _language(language),
            "note": note,
            "password_hash": password_hash,
            "approved_edits": 0,
            "vouched": vouched,
            "rights": 0,
        }
        try:
            row = connection.execute(users.insert().values(values).returning(*USER_COLUMNS)).one()
        except exc.IntegrityError:
            raise Conflict("name.taken", where="name", name=name)
        return user_of(row, self._rules)

    def set_role(self, user_id: int, role: Role, *, by: User | None = None) -> User:
        """Give another role, in force at once; whoever gets one from an admin is not reviewed as new any more. The links
        that somebody gave out who may not manage people any more are void: through one they would be back.

        Raises Conflict("user.last_admin") where nobody would be left to manage people.
        """
        _require(by)
        with self._database.write() as connection:
            if role < Role.ADMIN:
                check_not_last_admin(connection, user_id)
            before = self._load(connection, user_id, lock=True)
            after = self._update(connection, user_id, role=role.value, vouched=True, rights=users.c.rights + 1)
            if not after.may(Permission.MANAGE_PEOPLE):
                take_back_links(connection, user_id)
            self._log(connection, "user.role", by, after, role=role.value, before=before.role.value)
        return after

    def disable(self, user_id: int, *, by: User | None = None) -> User:
        """Shut an account: its sessions, its tokens and the links it gave out end at once. Its edits stay."""
        _require(by)
        with self._database.write() as connection:
            check_not_last_admin(connection, user_id)
            after = self._update(connection, user_id, state=State.DISABLED.value, rights=users.c.rights + 1)
            connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
            connection.execute(tokens.delete().where(tokens.c.user_id == user_id))
            connection.execute(links.delete().where(links.c.user_id == user_id))
            take_back_links(connection, user_id)
            self._log(connection, "user.disable", by, after)
        return after

    def enable(self, user_id: int, *, by: User | None = None) -> User:
        """Open a disabled account again. One that waits for approval is approved instead (`approve`)."""
        _require(by)
        with self._database.write() as connection:
            if self._load(connection, user_id, lock=True).state is State.PENDING:
                raise Conflict("user.pending")
            after = self._update(connection, user_id, state=State.ACTIVE.value, rights=users.c.rights + 1)
            self._log(connection, "user.enable", by, after)
        return after

    def approve(self, user_id: int, role: Role = Role.EDITOR, *, by: User | None = None) -> User:
        """Let somebody in who asked for an account. Raises Conflict("user.not_pending") where that is settled."""
        _require(by)
        with self._database.write() as connection:
            if self._load(connection, user_id, lock=True).state is not State.PENDING:
                raise Conflict("user.not_pending")
            after = self._update(
                connection, user_id, state=State.ACTIVE.value, role=role.value, note="", rights=users.c.rights + 1
            )
            self._log(connection, "user.approve", by, after, role=role.value)
        return after

    def reject(self, user_id: int, *, by: User | None = None) -> None:
        """Turn down somebody who asked for an account; nothing of it is kept but the log's entry."""
        _require(by)
        with self._database.write() as connection:
            user = self._load(connection, user_id, lock=True)
            if user.state is not State.PENDING:
                raise Conflict("user.not_pending")
            connection.execute(users.delete().where(users.c.id == user_id))
            self._log(connection, "user.reject", by, user)

    def trust(self, user_id: int, *, by: User | None = None) -> User:
        """Let a new account save directly, however few of its edits have been approved."""
        _require(by)
        with self._database.write() as connection:
            after = self._update(connection, user_id, vouched=True, rights=users.c.rights + 1)
            self._log(connection, "user.trust", by, after)
        return after

    def count_approved(self, user_id: int) -> User:
        """Note that an edit of a new account has been approved."""
        with self._database.write() as connection:
            return self._update(connection, user_id, approved_edits=users.c.approved_edits + 1)

    def rename(self, user_id: int, name: str, *, by: User | None = None) -> User:
        """Give another user name; the former one stays this account's own, so nobody can pose under it.

        Whose shown name was the user name is shown under the new one. What is in git already shows it through `.mailmap`,
        which is the caller's to write.
        """
        _require(by)
        name = names.user_name(name)
        with self._database.write() as connection:
            before = self._load(connection, user_id, lock=True)
            check_name(connection, name, user_id)
            key = name_key(name)
            try:
                after = self._update(connection, user_id, name=name, name_key=key)
                if before.display_name == before.name:
                    after = self._update(connection, user_id, display_name=name, display_key=display_key(name))
            except exc.IntegrityError:
                raise Conflict("name.taken", where="name", name=name)
            former = upsert(connection, former_names).values(name_key=name_key(before.name), user_id=user_id)
            connection.execute(former.on_conflict_do_nothing())
            connection.execute(former_names.delete().where(former_names.c.name_key == key))
            self._log(connection, "user.rename", by, after)
        return after

    def set_display_name(self, user_id: int, display_name: str) -> User:
        """Change the name that others see. Raises Invalid, or Conflict("display_name.taken") for somebody else's."""
        shown = names.display_name(display_name)
        with self._database.write() as connection:
            check_display_name(connection, shown, user_id)
            return self._update(connection, user_id, display_name=shown, display_key=display_key(shown))

    def set_language(self, user_id: int, language: str) -> User:
        """Set the language (BCP 47) that the wiki speaks to this person, "" for the browser's."""
        with self._database.write() as connection:
            return self._update(connection, user_id, language=_language(language))

    def set_password(self, user_id: int, password: str, *, by: User | None = None, keep: str = "") -> None:
        """Set a password; all sessions end but the one whose token is `keep`. Raises Invalid("password.…").

        `by` is the person themselves or somebody who may manage people.
        """
        if by is None or by.id != user_id:
            _require(by)
        password_hash = self.password_hash(password, self.get(user_id).name)
        with self._database.write() as connection:
            user = self.store_password(connection, user_id, password_hash, keep=keep)
            self._log(connection, "user.password", by, user)

    def store_password(self, connection: Connection, user_id: int, password_hash: str, keep: str = "") -> User:
        """Set a password's hash and end the sessions, as part of a larger change."""
        user = self._update(connection, user_id, password_hash=password_hash, rights=users.c.rights + 1)
        others = sessions.c.user_id == user_id
        if keep:
            others &= sessions.c.token_hash != digest(keep)
        connection.execute(sessions.delete().where(others))
        return user

    def store_rehash(self, user_id: int, before: str, after: str) -> None:
        """Replace a password's hash by one of the same password with today's parameters."""
        with self._database.write() as connection:
            same = (users.c.id == user_id) & (users.c.password_hash == before)
            connection.execute(update(users).where(same).values(password_hash=after))

    def password_hash(self, password: str, name: str) -> str:
        """The hash of a new password for the account of this name. Raises Invalid("password.…")."""
        accepted(password, names.normalised(name))
        return self._passwords.hash(password)

    def has_admin(self) -> bool:
        """Whether anybody can sign in who may manage people."""
        with self._database.read() as connection:
            return has_admin(connection)

    def _load(self, connection: Connection, user_id: int, lock: bool = False) -> User:
        query = _select().where(users.c.id == user_id)
        row = connection.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise NotFound("user.unknown", id=user_id)
        return user_of(row, self._rules)

    def _update(self, connection: Connection, user_id: int, **values: Any) -> User:
        query = update(users).where(users.c.id == user_id).values(values).returning(*USER_COLUMNS)
        row = connection.execute(query).first()
        if row is None:
            raise NotFound("user.unknown", id=user_id)
        return user_of(row, self._rules)

    def _log(self, connection: Connection, action: str, by: User | None, user: User, **details: Any) -> None:
        actor = COMMAND_LINE if by is None else by.name
        self._audit.add(connection, action, actor=actor, subject=user.name, **details)


def has_admin(connection: Connection) -> bool:
    """Whether anybody can sign in who may manage people, as a transaction sees it."""
    able = (users.c.state == State.ACTIVE.value) & users.c.password_hash.is_not(None)
    query = select(func.count()).where(able, users.c.role == Role.ADMIN.value)
    return bool(connection.execute(query).scalar_one())


def check_not_last_admin(connection: Connection, user_id: int) -> None:
    """Raise Conflict("user.last_admin") where nobody else may manage people, as a transaction sees it."""
    admins = (users.c.role == Role.ADMIN.value) & (users.c.state == State.ACTIVE.value)
    # All are locked, in one order and before anything else, so that two admins can't take away each other's right at
    # the same moment.
    found = connection.execute(select(users.c.id).where(admins).order_by(users.c.id).with_for_update())
    if set(found.scalars()) == {user_id}:
        raise Conflict("user.last_admin")


def take_back_links(connection: Connection, user_id: int) -> None:
    """Make void what an account gave out: invites, and links for others' passwords."""
    connection.execute(links.delete().where(links.c.made_by == user_id))


def _select() -> Any:
    return select(*USER_COLUMNS)


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise Invalid("language.unknown", where="language", language=text[:40])
    return text


def _require(by: User | None) -> None:
    if by is not None:
        by.require(Permission.MANAGE_PEOPLE)
