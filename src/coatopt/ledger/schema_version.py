"""Which tables a ledger has, and how older ones get what they lack."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from coatopt.errors import LedgerError

HEAD = "v0_2_0"


def bring_up_to_date(engine: sa.Engine, writer: sa.Engine) -> None:
    """Create the tables of a new ledger, or migrate those of an older one.

    Args:
        engine: Where the tables are.
        writer: The same database, opened for writing.

    Raises:
        LedgerError: If the database is something else, or was written by a newer coatopt.
    """
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        version = (
            connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            if "alembic_version" in names
            else None
        )
    if version == HEAD:
        return
    if version is None and names and set(names) != {"alembic_version"}:
        raise LedgerError(f"{engine.url.database} is a database, but not a coatopt ledger; move it away")
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migration"))
    try:
        with writer.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise LedgerError(
            f"{engine.url.database} was written by another version of coatopt ({version}); upgrade coatopt"
        ) from error
