"""The door to the readers: plugins that fail, what is loaded, and how long a sentence may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import coatopt
from coatopt.errors import InputError
from coatopt.metric.reader import open_file
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.library_call import quiet_call
from coatopt.metric.reader.quoted import shown

from strategies.cycler_tables import plain, written

SOURCE = Path(coatopt.__file__).parent
HEAVY = ("yadg", "NewareNDA", "pyarrow", "openpyxl")


class Broken:
    """A plugin's reader that fails."""

    name = "15-broken"

    def __init__(self, where):
        self.where = where

    def recognises(self, content):
        return bool(content.data) if self.where == "read" else 1 / 0

    def read(self, content):
        raise KeyError("x" * 5000 + "\0" + content.name)


@pytest.mark.parametrize("where", ["recognises", "read"])
def test_a_plugin_that_fails_is_named_in_one_sentence(tmp_path, where):
    with pytest.raises(InputError, match=r"^cell\.csv: the reader '15-broken' failed \(") as error:
        open_file.read_file(written(tmp_path, plain()), [Broken(where)])
    assert len(str(error.value)) < 300
    assert str(error.value).isprintable()


@pytest.mark.parametrize("value", ["no_such_module_at_all:READER", "coatopt.metric.reader.bdf:NO_SUCH_NAME"])
def test_a_plugin_that_cannot_be_loaded_is_named(tmp_path, monkeypatch, value):
    point = EntryPoint("15-my-cycler", value, "coatopt.readers")
    monkeypatch.setattr(open_file, "entry_points", lambda group: [point][: len(group)])
    with pytest.raises(InputError, match="the plugin '15-my-cycler' cannot be loaded"):
        open_file.read_file(written(tmp_path, plain()))


def test_a_folder_and_a_name_with_a_zero_byte_get_a_sentence(tmp_path):
    with pytest.raises(InputError, match="this is a folder"):
        FileContent.of(tmp_path)
    with pytest.raises(InputError, match="no such file|cannot be read"):
        FileContent.of(Path("a\0b.csv"))


def test_only_the_reader_of_mpr_files_imports_yadg_and_only_when_it_reads():
    found = []
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "yadg" for name in names):
                found.append((path.name, node in tree.body))
    assert found == [("biologic_binary.py", False)]


def test_reading_a_csv_loads_no_library_of_another_format(tmp_path):
    path = written(tmp_path, plain())
    code = (
        "import sys; from pathlib import Path; from coatopt.metric.reader.open_file import read_file; "
        f"read_file(Path({str(path)!r})); print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "short"),
    [("a\0b\tc", "a b c"), ("x" * 31, "x" * 27 + "..."), ("x" * 30, "x" * 30), (5, "5"), ("\n", "")],
)
def test_what_a_file_says_is_cut_to_what_a_sentence_can_hold(text, short):
    assert shown(text) == short


LONG = "x\0" * 3000


@pytest.mark.parametrize(
    "text",
    [
        f"time/s,voltage/V,current/A\n0,{LONG},0\n1,3,0\n2,3,0\n",
        f"time/s,voltage/V,current/A\n0,1.5{'5' * 4000}e999999,0\n1,3,0\n2,3,0\n",
        f"time ({LONG}),voltage/V,current/A\n0,3,0\n1,3,0\n",
        f"time/s,voltage/V,voltage/V,current/A,{LONG}\n0,3,3,0,\n1,3,3,0,\n",
        f"time ({'s' * 3000}),voltage/V,current/A\n0,3,0\n1,3,0\n",
        f"freq/Hz,Re(Z)/Ohm,Im(Z)/({'y' * 3000})\n1,2,3\n2,3,4\n3,4,5\n",
        f"freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n1,2,{LONG}\n2,3,4\n3,4,5\n",
        ";".join([LONG] * 300) + "\n" + ";".join(["1"] * 300) + "\n",
    ],
)
def test_no_message_repeats_a_whole_cell(tmp_path, text):
    path = tmp_path / "cell.csv"
    path.write_bytes(
        b"# a comment that keeps zero bytes away from the beginning " + b"-" * 9000 + b"\n" + text.encode()
    )
    with pytest.raises(InputError) as error:
        open_file.read_file(path)
    assert len(str(error.value)) < 600
    assert str(error.value).isprintable()


def test_what_a_library_said_of_a_damaged_file_is_printable():
    def damaged():
        raise NotImplementedError("Unknown module: \x16MP data " + "\0" * 5000)

    with pytest.raises(
        InputError, match=r"^it cannot be read \(NotImplementedError: Unknown module: MP data\)$"
    ) as error:
        quiet_call(damaged, "some-library", "it cannot be read")
    assert str(error.value).isprintable()
