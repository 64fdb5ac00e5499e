"""Wrong result files: each ends with exit code 2 and a sentence, and leaves the ledger as it was."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.ledger.sqlite_file import open_file

from contract.ledger_contract import hash_of

SHIPPED = Path(__file__).parents[2] / "campaigns" / "artificial-cei"
HEAD = "sample,ice [%],cam_utilization [%]\n"
HISTORY = "sample,annealing_run,precursor_fraction,annealing_temperature,annealing_time,atmosphere,ice\n"


def workbook(*sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\x00" * 250_000_000)
    return content.getvalue()


WRONG = {
    "wrong unit": ("r.csv", "sample,ice [mAh/g]\nW48-A1-S1,88\n", "cannot be converted"),
    "no unit at all": ("r.csv", "sample,ice [blue]\nW48-A1-S1,88\n", "not a unit"),
    "unknown sample": ("r.csv", HEAD + "W48-A1-S9,88,95\n", "unknown; did you mean 'W48-A1-S"),
    "unknown cell": ("r.csv", "cell,ice [%]\nW48-B7-S1-c1,88\n", "unknown"),
    "column twice": ("r.csv", "sample,ice [%],ice\nW48-A1-S1,88,89\n", "twice"),
    "another value for the same cell": ("r.csv", "cell,ice\nW48-A1-S1-c1,70\n", "already has ice = 88"),
    "text in a number": ("r.csv", HEAD + "W48-A1-S2,good,95\n", "'good' is not a number"),
    "missing sample column": ("r.csv", "ice [%]\n88\n", "which sample"),
    "no result column": ("r.csv", "sample,note\nW48-A1-S1,nice\n", "no column holds a result"),
    "misspelt column": ("r.csv", "sample,icee [%]\nW48-A1-S2,88\n", "did you mean 'ice'"),
    "mixed decimal commas": ("r.csv", "sample;ice;cam_utilization\nW48-A1-S2;88,1;95.2\n", "mixed"),
    "decimal commas between commas": ("r.csv", HEAD + "W48-A1-S2,88,1,95,2\n", "semicolons"),
    "empty file": ("r.csv", "", "empty"),
    "blank lines": ("r.csv", "\n\n  \n", "blank"),
    "header only": ("r.csv", HEAD, "no row"),
    "binary file": ("r.csv", bytes(range(256)) * 10, "not a text file"),
    "100 MB of zeros": ("r.csv", b"\x00" * 100_000_000, "100 MB"),
    "unclosed quote": ("r.csv", 'sample,ice\n"W48-A1-S2,88\n', "quotes"),
    "outside the range": ("r.csv", HEAD + "W48-A1-S2,880,95\n", "outside the range"),
    "negative standard deviation": ("r.csv", "sample,ice,ice_sd\nW48-A1-S2,88,-1\n", "standard deviation"),
    "sd without its metric": ("r.csv", "sample,ice_sd,cam_utilization\nW48-A1-S2,1,95\n", "without a column 'ice'"),
    "interval upside down": ("r.csv", HEAD + "W48-A1-S2,97..90,95\n", "lower end first"),
    "infinite": ("r.csv", HEAD + "W48-A1-S2,inf,95\n", "not a number"),
    "not JSON": ("r.json", "{sample:", "not JSON"),
    "JSON of numbers": ("r.json", "[1, 2]", "list of objects"),
    "JSON with lists": ("r.json", '[{"sample": "W48-A1-S2", "ice": [88, 89]}]', "one value per key"),
    "YAML tag in a cell": ("r.csv", "sample,ice\nW48-A1-S2,!!python/object:os.system\n", "not a number"),
    "workbook of two tables": (
        "r.xlsx",
        workbook([["sample", "ice"], ["W48-A1-S2", 88]], [["sample", "ice"], ["W48-A1-S2", 89]]),
        "2 sheets",
    ),
    "zip bomb": ("r.xlsx", zip_bomb(), "unpacks to"),
    "text named xlsx": ("r.xlsx", "sample,ice\n", "not an Excel workbook"),
    "historical sample without its settings": (
        "r.csv",
        "sample,annealing_temperature,ice\nold-1,400,88\n",
        "the setting is missing",
    ),
    "historical sample out of range": (
        "r.csv",
        "sample,precursor_fraction,annealing_temperature,annealing_time,atmosphere,ice\nold-1,1,4000,1,oxygen,88\n",
        "outside the range",
    ),
    "sample id with a space": (
        "r.csv",
        "sample,precursor_fraction,annealing_temperature,annealing_time,atmosphere,ice\nmy old,1,400,1,oxygen,88\n",
        "cannot be a sample id",
    ),
    "another run than the planned one": (
        "r.csv",
        "sample,annealing_run,ice\nW48-A1-S2,furnace-7,88\n",
        "is planned in the run W48-A1",
    ),
    "one run at two temperatures": (
        "r.csv",
        HISTORY + "x,furnace-7,1,400,1,oxygen,88\ny,furnace-7,1,500,1,oxygen,88\n",
        "the run furnace-7 was made with 400 degC, the row says 500 degC",
    ),
    "date that is none": ("r.csv", "sample,ice,measured_on\nW48-A1-S2,88,32.13.2026\n", "not a date"),
    "one bad row among good ones": ("r.csv", HEAD + "W48-A1-S2,88,95\nW48-A2-S1,89,95\nW48-A2-S2,x,95\n", "line 4"),
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A campaign with a planned week and one recorded result."""
    folder = tmp_path_factory.mktemp("lab") / "artificial-cei"
    folder.mkdir()
    shutil.copy(SHIPPED / "campaign.yaml", folder)
    campaign = coatopt.open(folder)
    campaign.plan(week="2026-W48", seed=1)
    (folder / "first.csv").write_text("cell,ice [%]\nW48-A1-S1-c1,88\n")
    campaign.record(folder / "first.csv")
    return folder


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_result_file_is_a_sentence_and_exit_code_2(name, lab, tmp_path, monkeypatch, capsys):
    file_name, content, says = WRONG[name]
    file = tmp_path / file_name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    ledger = open_file(lab / "ledger.sqlite")
    before = hash_of(ledger)
    code, _, err = run(["record", lab, file], monkeypatch, capsys)
    assert code == 2, err
    assert says in err
    assert file_name in err
    assert "Traceback" not in err
    assert "error of its own" not in err
    assert hash_of(ledger) == before
    ledger.close()


def test_a_missing_file_is_a_sentence(lab, monkeypatch, capsys):
    code, _, err = run(["record", lab, "nothing.csv"], monkeypatch, capsys)
    assert code == 2
    assert "nothing.csv is not a file" in err


def test_without_its_reader_a_workbook_says_what_to_install(lab, tmp_path, monkeypatch, capsys):
    file = tmp_path / "r.xlsx"
    file.write_bytes(workbook([["sample", "ice"], ["W48-A1-S2", 88]]))
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    code, _, err = run(["record", lab, file], monkeypatch, capsys)
    assert code == 2
    assert "coatopt[files]" in err
