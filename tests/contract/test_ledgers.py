import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from coatopt.errors import LedgerError
from coatopt.ledger import schema_version
from coatopt.ledger.record import Entry, Run
from coatopt.ledger.schema_version import HEAD
from coatopt.ledger.sqlite_file import open_file, open_memory
from coatopt.ledger.table import ALL, metadata

from contract.ledger_contract import LedgerContract, a_sample, hash_of


class TestMemory(LedgerContract):
    @pytest.fixture
    def ledger(self):
        ledger = open_memory()
        yield ledger
        ledger.close()


class TestFile(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        ledger = open_file(tmp_path / "ledger.sqlite")
        yield ledger
        ledger.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ledger.sqlite"
    ledger = open_file(path)
    ledger.append("c", Entry(kind="plan", by="me", samples=(a_sample(1),)))
    ledger.close()
    return path


def test_a_file_opens_again_and_a_copy_in_memory_leaves_it_alone(file):
    again, copy = open_file(file), open_memory(copy_of=file)
    assert hash_of(again) == hash_of(copy)
    copy.append("c", Entry(kind="plan", by="me", samples=(a_sample(2),)))
    assert len(again.samples("c")) == 1
    again.close()
    copy.close()


def test_the_database_itself_refuses_to_change_or_delete(file):
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for statement in ("UPDATE sample SET week = NULL", "DELETE FROM sample", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def first_ledger(path):
    """A ledger as version 0.1.0 made it, with two runs and their samples."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema_version.__file__).parent / "migration"))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "v0_1_0")
        connection.exec_driver_sql("INSERT INTO event VALUES (1, 'c', '2026-11-20', 'me', 'plan', '{}', NULL)")
        for i in (2, 1):
            connection.exec_driver_sql(
                f"INSERT INTO run VALUES ('c', 'W48-A{i}', 'annealing', '2026-W48', '{{\"t\": {i}.5}}', 1)"
            )
            connection.exec_driver_sql(
                f"INSERT INTO sample VALUES ('c', 'W48-A{i}-S1', 'planned', '2026-W48', '{{\"t\": {i}.5}}', "
                f"'[\"W48-A{i}\"]', NULL, 1)"
            )
    engine.dispose()


def test_a_ledger_of_the_first_version_opens_with_all_its_rows_and_takes_historical_runs(tmp_path):
    path = tmp_path / "ledger.sqlite"
    first_ledger(path)
    content = path.read_bytes()
    copy = open_memory(copy_of=path)
    assert path.read_bytes() == content
    ledger = open_file(path)
    assert hash_of(copy) == hash_of(ledger)
    old = tuple(Run(id=f"W48-A{i}", stage="annealing", week="2026-W48", settings={"t": i + 0.5}) for i in (2, 1))
    assert ledger.runs("c") == old
    assert [(s.id, s.runs) for s in ledger.samples("c")] == [("W48-A2-S1", ("W48-A2",)), ("W48-A1-S1", ("W48-A1",))]
    new = Run(id="annealing:furnace-7", stage="annealing", week=None, settings={"t": None})
    ledger.append("c", Entry(kind="record", by="me", runs=(new,)))
    assert ledger.runs("c") == (*old, new)
    with pytest.raises(LedgerError):
        ledger.append("c", Entry(kind="record", by="me", runs=(new,)))
    ledger.close()
    copy.close()
    connection = sqlite3.connect(path)
    for statement in ("UPDATE run SET week = NULL", "DELETE FROM run"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_the_migrations_make_the_tables_that_the_code_knows(file):
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    for table in ALL:
        columns = {(row[1], bool(row[3])) for row in connection.execute(f"PRAGMA table_info({table.name})")}
        keys = {"campaign", "id"}
        assert {c for c in columns if c[0] not in keys} == {
            (column.name, not column.nullable) for column in table.columns if column.name not in keys
        }
        assert {name for name, _ in columns} == {column.name for column in table.columns}
    assert len(ALL) == len(metadata.tables)
    connection.close()


@pytest.mark.parametrize("content", [b"hello" * 1000, b"SQLite format 3\x00" + b"\x00" * 2000])
def test_what_is_no_ledger_is_refused_in_words(tmp_path, content):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    for attempt in (open_file, lambda p: open_memory(copy_of=p)):
        with pytest.raises(LedgerError, match=r"ledger.sqlite"):
            attempt(path)
    assert path.read_bytes() == content


def test_other_databases_and_other_versions_are_refused(tmp_path, file):
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE photos (id)")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="not a coatopt ledger"):
        open_file(other)
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = 'v9_9_9'")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="another version"):
        open_file(file)
