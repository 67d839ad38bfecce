"""The accounts database's schema, version by version (Alembic). `HEAD` is the version that this engine works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from wiki.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0002"


def is_newer(version: str | None) -> bool:
    """Whether this is a version of the schema that is still to come for this engine; None is no schema at all."""
    return version is not None and version > HEAD


def version_of(connection: Connection) -> str | None:
    """The schema's version as stored, None where there is no schema yet."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return cast("str | None", connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def migrate(connection: Connection, version: str) -> None:
    """Bring the schema to `version` ("base": nothing at all), within the connection's transaction.

    Raises Unavailable("database.newer") where a newer engine has been at work, Invalid("database.version").
    """
    # Imported only when there is something to do: it costs a tenth of a second at every start.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    present = version_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise Unavailable("database.newer", found=present, known=HEAD)
    try:
        if version == HEAD:
            command.upgrade(config, version)
        else:
            command.downgrade(config, version)
    except CommandError as error:
        raise Invalid("database.version", version=version, reason=str(error))
