import sqlite3

import pytest

from coatopt.errors import LedgerError
from coatopt.ledger.record import Entry
from coatopt.ledger.sql_ledger import HEAD
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


def test_the_migrations_make_the_tables_that_the_code_knows(file):
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    for table in ALL:
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")}
        assert columns == {column.name for column in table.columns}
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
