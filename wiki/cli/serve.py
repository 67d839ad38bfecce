"""`movement-wiki serve`: the server for production.

This process makes the application, forks the server processes, which so share its memory, and becomes their keeper.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from wiki import allocator
from wiki.cli import keeper
from wiki.cli.home import Home, link_address, pass_home, public_address
from wiki.cli.listening import note
from wiki.cli.words import sentences
from wiki.config import Config
from wiki.errors import Unavailable, WikiError
from wiki.storage.command import executable, remove_folders
from wiki.storage.locks import lock_trouble

if TYPE_CHECKING:
    from flask import Flask

    from wiki.bootstrap import Wiki

log = logging.getLogger(__name__)
# Files and connections that a server process must be able to have open.
LEAST_OPEN_FILES = 256
# A wiki of no more files is read and indexed before it is served, in some twenty seconds.
MANY_FILES = 5_000


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="Number of server processes.")
@pass_home
def serve(home: Home, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the wiki until stopped (Ctrl-C, or SIGTERM: what is being answered is finished first).

    Where there is no wiki yet, it is made first. What the options don't say is in the settings (`config explain`).
    SIGHUP takes up changed settings, all but host and port, without turning anybody away.
    """
    arguments = {"server.host": host, "server.port": port, "server.workers": workers}
    charge = keeper.received()
    try:
        config = home.config_for_new(arguments)
        executable()
        _require_open_files()
        listening = _bound(config) if charge is None else socket.socket(fileno=charge.socket)
        _run(config, _prepare(config), listening, charge)
    except Exception as error:
        if charge is None or not charge.workers:
            raise
        _keep_former(charge, error)


def _require_open_files() -> None:
    """Raise Unavailable("serve.few_files") where a process may have so few files open that it would stop answering."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < LEAST_OPEN_FILES:
        raise Unavailable("serve.few_files", most=most, least=LEAST_OPEN_FILES)


def _keep_former(charge: keeper.Charge, error: Exception) -> None:
    """Leave all as it was before a reload that can't be."""
    if isinstance(error, WikiError):
        for sentence in sentences(error):
            click.echo(sentence, err=True)
    else:
        log.error("unexpected error", exc_info=error)
    click.echo("Nothing was reloaded. The server goes on as it was.", err=True)
    _become_keeper(charge)


def _become_keeper(charge: keeper.Charge) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, keeper.SIGNALS)
    remove_folders()
    keeper.become(charge)


def _prepare(config: Config) -> Flask:
    """The application of a wiki that is there, whole and indexed."""
    # What is loaded now stays. Not looked through for garbage meanwhile, it is there sooner, and without holes that the
    # workers would fill, each in a copy of its own.
    gc.disable()
    from wiki.accounts.secret import FILE_NAME
    from wiki.bootstrap import create_wiki

    if create_wiki(config):
        click.echo("The wiki was made.")
    if reason := lock_trouble(config.instance_dir / FILE_NAME):
        # Whatever needs SQLite would wait for minutes, and say nothing.
        raise Unavailable("storage.no_locks", reason=reason)
    # Made here, the application is there before the workers are: they share its memory, start at once, and what keeps it
    # from being made is told once.
    from wiki.web.application import create_app

    app = create_app(config)
    wiki: Wiki = app.extensions["wiki"]
    try:
        if not _is_derived(wiki):
            _derive(wiki)
        _look_at_accounts(wiki)
        _load(app)
        return app
    finally:
        gc.freeze()
        gc.enable()
        wiki.close()


def _derive(wiki: Wiki) -> None:
    """Make what is derived from the pages: all of it, or in a wiki that takes long what lists and pages need.

    There, texts and search follow in the background of the server. All of it is made by other processes: it takes much
    memory that a process never quite gives back, and the workers would inherit it.
    """
    fork = multiprocessing.get_context("fork").Process
    parts = [fork(target=_make_outline, args=(wiki,)), fork(target=_make_history, args=(wiki,))]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    large = len(wiki.repository.diff(None, wiki.repository.head())) > MANY_FILES
    if not large:
        subprocess.run([sys.executable, "-m", "wiki.cli", "--home", str(wiki.config.home), "reindex"], check=False)
    if not _is_derived(wiki, searched=not large):
        # On a full disk, say. The server's background tries on, and what can be read without is read.
        click.echo("What is derived from the pages could not be made; /-/health says how the wiki is.", err=True)
    elif large:
        click.echo("The texts are being read, and search is being made ready; /-/health says how far it is.")


def _make_outline(wiki: Wiki) -> None:
    # What draws bars takes memory too.
    from wiki.cli.output import progress

    # What keeps it from being made is told by what tries next.
    with suppress(WikiError, OSError, sqlite3.Error), progress() as show:
        wiki.catalog.catch_up(None if show is None else partial(show, "catalog"), texts=False)


def _make_history(wiki: Wiki) -> None:
    with suppress(WikiError, OSError, sqlite3.Error):
        wiki.history.catch_up()


def _is_derived(wiki: Wiki, searched: bool = True) -> bool:
    """Whether catalog, history and, where it is to be `searched`, the index are there, of whatever commit."""
    try:
        listed = bool(wiki.catalog.revision() and wiki.history.revision())
        return listed and (not searched or wiki.search.commit() is not None)
    except (WikiError, OSError, sqlite3.Error):
        return False


def _look_at_accounts(wiki: Wiki) -> None:
    """Have the accounts there, of this engine's version, and seen.

    Seen before there are several processes, a file of accounts that is lost later is missed by all of them, and not made
    anew with nobody in it.
    """
    if wiki.door.is_open:
        _open_accounts(wiki)
    elif not wiki.door.look():
        # What makes or upgrades them takes memory that the workers would inherit.
        opening = multiprocessing.get_context("fork").Process(target=_open_accounts, args=(wiki,))
        opening.start()
        opening.join()
        wiki.door.look()


def _open_accounts(wiki: Wiki) -> None:
    # What fails here is told to whoever wants to sign in.
    with suppress(WikiError), wiki.accounts.database.read():
        pass


def _load(app: Flask) -> None:
    """Make a page, so that what the first answer takes (templates, facets, settings) is loaded once for all workers.

    Past the layers in front of the application: they would answer with what they have kept.
    """
    from wiki import background

    # What fails here (a damaged index, say) is told to whoever asks for it later, or has been mended by then.
    with background.held(), suppress(Exception), app.test_request_context("/"):
        app.full_dispatch_request()


def _bound(config: Config) -> socket.socket:
    """The socket to listen on. It doesn't yet, but nobody else can have it, and there is somebody to tell in plain words."""
    host, port = config.server.host, config.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections have it from here: an answer is not kept back in the hope of more.
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        bound.bind(address)
    except OSError as error:
        raise Unavailable("serve.port_taken", host=host, port=port, reason=error.strerror or str(error))
    return bound


def _run(config: Config, app: Flask, listening: socket.socket, charge: keeper.Charge | None) -> None:
    """Start the server processes, and become their keeper, who ends those there were before."""
    allocator.spare_granian()
    from wiki import background
    from wiki.cli.worker import Workers

    wiki = app.extensions["wiki"]
    before = charge or keeper.Charge(listening.fileno(), set(), 0, set())
    app.extensions["deaths"] = before.recent_deaths

    def keep(workers: set[int]) -> None:
        try:
            if charge is None:
                _announce(config, wiki)
        except Exception as error:
            # Where nobody reads it any more, say. Signals wait for the keeper: without one nothing but a kill would end this.
            log.error("not all could be said that there is to say at a start: %r", error)
        former = before.workers | before.former
        _become_keeper(keeper.Charge(listening.fileno(), workers, len(workers), former, before.deaths, before.died))

    # The processes share what is loaded, which nothing but a fork can do.
    multiprocessing.set_start_method("fork", force=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, keeper.SIGNALS)
    reload = partial(os.kill, os.getpid(), signal.SIGHUP)
    Workers(app, listening, config.server.workers, lambda: background.start(wiki, reload), keep).start()


def _announce(config: Config, wiki: Wiki) -> None:
    """Say where the wiki is, and what else there is to say to whoever starts it. Readers are answered already."""
    try:
        wiki.writer.put_right()
    except WikiError as error:
        # Reading needs no work tree; `doctor` tells more.
        click.echo(f"The files in {config.content_dir} could not be brought up to date ({error.code}).", err=True)
    address = public_address(config)
    note(config.instance_dir, address)
    click.echo(f"Serving the wiki of {config.home} at {address}/ (Ctrl-C stops)")
    try:
        # The link that `init` has printed stays good.
        token = None if wiki.door.has_admin() else wiki.accounts.links.first_admin(renew=False)
    except Unavailable as error:
        click.echo(f"The accounts can't be reached, so nobody can sign in for now ({error.code}).", err=True)
        return
    if token is not None:
        click.echo(f"Nobody is an administrator yet. Become the first one here:\n  {link_address(config, token)}")
