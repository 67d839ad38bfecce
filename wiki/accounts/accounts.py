"""All about people, in one value: what the rest of the wiki is given."""

from __future__ import annotations

from dataclasses import dataclass

from wiki.accounts.audit import Audit
from wiki.accounts.clock import Clock, utc_now
from wiki.accounts.closing import Closing
from wiki.accounts.devices import Devices
from wiki.accounts.drafts import Drafts
from wiki.accounts.links import Links
from wiki.accounts.opaque import subkey
from wiki.accounts.passkeys import Passkeys
from wiki.accounts.passwords import Passwords
from wiki.accounts.registration import Registration
from wiki.accounts.roles import Role
from wiki.accounts.sessions import Sessions
from wiki.accounts.sign_in import SignIn
from wiki.accounts.throttle import Throttle
from wiki.accounts.tokens import Tokens
from wiki.accounts.two_factor import TwoFactor
from wiki.accounts.user import Rules
from wiki.accounts.users import Users
from wiki.config import Config
from wiki.database import Database, open_database

# What `accounts.second_factor` says, as the lowest role that it is about.
_GUARDED = {"nobody": None, "admins": Role.ADMIN, "maintainers": Role.MAINTAINER}


@dataclass(frozen=True, slots=True)
class Accounts:
    """People: who they are, what they may do, how they sign in, and what they have not finished typing."""

    database: Database
    users: Users
    sign_in: SignIn
    sessions: Sessions
    throttle: Throttle
    links: Links
    tokens: Tokens
    two_factor: TwoFactor
    passkeys: Passkeys
    closing: Closing
    drafts: Drafts
    registration: Registration
    audit: Audit

    def forget(self) -> None:
        """Delete what is past its time: counters, sessions, links, old drafts. To be called every hour or so."""
        self.throttle.forget()
        self.sessions.forget()
        self.links.forget()
        self.passkeys.forget()
        self.drafts.forget()


def open_accounts(
    config: Config, secret: bytes, *, clock: Clock = utc_now, passwords: Passwords | None = None
) -> Accounts:
    """The accounts of the wiki with these settings; `secret` is the instance's (`load_secret`).

    The database is opened on first use, so this works, and the wiki can be read, while it is out of reach.
    """
    database = open_database(config.database_url)
    rules = Rules(config.accounts.reviewed_edits, _GUARDED[config.accounts.second_factor])
    passwords = passwords or Passwords()
    audit = Audit(database, clock)
    throttle = Throttle(database, subkey(secret, "throttle"), clock)
    users = Users(database, audit, passwords, clock, rules)
    sessions = Sessions(database, config.accounts.session_days, rules, clock)
    two_factor = TwoFactor(database, audit, subkey(secret, "two_factor"), clock)
    passkeys = Passkeys(database, audit, subkey(secret, "passkeys"), clock)
    pending_key = subkey(secret, "sign_in")
    devices = Devices(subkey(secret, "devices"), clock)
    return Accounts(
        database=database,
        users=users,
        sign_in=SignIn(
            database, users, passwords, throttle, two_factor, passkeys, sessions, devices, audit, pending_key, clock
        ),
        sessions=sessions,
        throttle=throttle,
        links=Links(database, users, audit, config.accounts.invite_days, clock),
        tokens=Tokens(database, audit, rules, clock),
        two_factor=two_factor,
        passkeys=passkeys,
        closing=Closing(database, audit, clock),
        drafts=Drafts(database, 2 * config.limits.page_bytes, clock),
        registration=Registration(database, users, throttle, audit, config.accounts.sign_up),
        audit=audit,
    )
