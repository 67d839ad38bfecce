"""`movement-wiki serve`: the server for production."""

from __future__ import annotations

import gc
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from wiki.cli.home import Home, link_address, pass_home, public_address
from wiki.config import Config
from wiki.errors import Unavailable, WikiError
from wiki.storage.command import executable

if TYPE_CHECKING:
    from flask import Flask

STOP_SECONDS = 30
# Open connections of one process, and how long one may say nothing: thousands of silent ones keep nobody out for long.
MAX_CONNECTIONS = 4096
SILENT_SECONDS = 10


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="Number of server processes.")
@pass_home
def serve(home: Home, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the wiki until stopped (Ctrl-C, or SIGTERM: what is being answered is finished first).

    Where there is no wiki yet, it is made first. What the options don't say is in the settings (`config explain`).
    """
    arguments = {"server.host": host, "server.port": port, "server.workers": workers}
    config = home.config_for_new(arguments)
    executable()
    # Whatever process makes the application, this one or a worker, reads the settings for itself.
    os.environ.update(_environment(config))
    _claim(config)
    token = _prepare(config)
    _run(config, lambda: _announce(config, token))


def _prepare(config: Config) -> str | None:
    """Make sure that there is a wiki, whole and indexed; the token for its first administrator if there is none."""
    from wiki.bootstrap import Wiki, create_wiki

    if create_wiki(config):
        click.echo("The wiki was made.")
    # What is loaded now stays. Not looked through for garbage meanwhile, it is there sooner, and without holes that the
    # workers would fill, each in a copy of its own.
    gc.disable()
    # Made here, the application is there before the workers are: they share its memory, start at once, and what keeps it
    # from being made is told once.
    from wiki.web.wsgi import app

    wiki: Wiki = app.extensions["wiki"]
    try:
        try:
            wiki.writer.sync_work_tree()
        except WikiError as error:
            # Reading needs no work tree; `doctor` tells more.
            click.echo(f"The files in {config.content_dir} could not be brought up to date ({error.code}).", err=True)
        if not wiki.catalog.revision() or not wiki.history.revision() or wiki.search.commit() is None:
            # Building takes much memory that a process never quite gives back, and the workers would inherit it.
            command = [sys.executable, "-m", "wiki.cli", "--home", str(config.home), "reindex"]
            if subprocess.run(command, check=False).returncode != 0:
                wiki.catch_up()
        _load(app)
        try:
            return wiki.accounts.links.first_admin()
        except Unavailable as error:
            click.echo(f"The accounts can't be reached, so nobody can sign in for now ({error.code}).", err=True)
            return None
    finally:
        gc.freeze()
        gc.enable()
        wiki.close()


def _load(app: Flask) -> None:
    """Ask for a page, so that what the first answer takes (templates, facets, settings) is loaded once for all workers."""
    from wiki import background

    with background.held():
        app.test_client().get("/?")


def _claim(config: Config) -> None:
    """Find out whether we may listen, while there is somebody to tell in plain words."""
    host, port = config.server.host, config.server.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Unavailable("serve.port_taken", host=host, port=port, reason=error.strerror or str(error))


def _announce(config: Config, token: str | None) -> None:
    click.echo(f"Serving the wiki of {config.home} at {public_address(config)}/ (Ctrl-C stops)")
    if token is not None:
        click.echo(f"Nobody is an administrator yet. Become the first one here:\n  {link_address(config, token)}")
    sys.stdout.flush()


def _run(config: Config, announce: Callable[[], None]) -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from wiki.cli import answering

    server = Granian(
        "wiki.cli.worker:app",
        address=config.server.host,
        port=config.server.port,
        interface=Interfaces.WSGI,
        # What proxies speak to it; HTTP/2 in clear text would only be another way in.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=SILENT_SECONDS * 1000),
        backlog=MAX_CONNECTIONS,
        backpressure=MAX_CONNECTIONS,
        workers=config.server.workers,
        blocking_threads=answering.GRANIAN_THREADS,
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=True,
        websockets=False,
        # Readers leave no trace.
        log_access=False,
        log_level=LogLevels.error,
    )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server.on_startup(announce)
    server.serve()


def _environment(config: Config) -> dict[str, Any]:
    server = config.server
    return {
        "WIKI_HOME": str(config.home),
        "WIKI_SERVER__HOST": server.host,
        "WIKI_SERVER__PORT": str(server.port),
        "WIKI_SERVER__WORKERS": str(server.workers),
    }
