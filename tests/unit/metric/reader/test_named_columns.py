"""Columns by name and unit: what is converted, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted, read_columns, read_texts

WANTED = {
    "time": Wanted(("time", "t"), "s"),
    "power": Wanted(("power", "P"), "W"),
    "error": Wanted(("error",), "W", required=False),
    "count": Wanted(("n",), "1", required=False),
}


def read(tmp_path: Path, text: str) -> dict[str, np.ndarray]:
    path = tmp_path / "table.csv"
    path.write_text(text)
    return read_columns(FileContent.of(path), WANTED)


@pytest.mark.parametrize(
    "head",
    ["time [s],power [W]", "Time / s,Power / W", "t (s),P (W)", "time [min],power [W]", "time [s],power [kW]"],
)
def test_units_in_headers_are_converted(tmp_path, head):
    columns = read(tmp_path, f"{head}\n0,1\n60,2\n")
    assert columns["time"][1] == (3600 if "min" in head else 60)
    assert columns["power"][1] == (2000 if "kW" in head else 2)
    assert "error" not in columns


def test_other_columns_and_other_orders_do_no_harm(tmp_path):
    columns = read(tmp_path, "note;power [W];n;time [s]\nfirst;1,5;3;0\nsecond;2,5;4;60\n")
    assert columns["power"].tolist() == [1.5, 2.5]
    assert columns["count"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("time,power [W]\n0,1\n", "states no unit"),
        ("time [s],power [V]\n0,1\n", "cannot be converted"),
        ("time [s],force [N]\n0,1\n", "no column 'power'"),
        ("time [s],power [W],power [W]\n0,1,2\n", "stands twice"),
        ("time [s],power [W]\n0,one\n", "line 2: 'one' is not a number"),
        ("time [s],power [W]\n0,nan\n", "is not a number"),
        ("time [s],power [W]\n", "there is no row"),
        ("letter\n", "needs the columns"),
        ("just a letter\n", "it needs 'time [s]'"),
    ],
)
def test_wrong_tables_get_a_sentence(tmp_path, text, word):
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert word in str(error.value)
    assert "table.csv" in str(error.value)


def test_a_name_in_two_units_is_no_doubt(tmp_path):
    path = tmp_path / "titration.txt"
    path.write_text("q [mAh/g]\tQ [mAh]\n25\t0.13\n26\t0.14\n")
    assert read_columns(FileContent.of(path), {"Q": Wanted(("Q",), "mAh")})["Q"].tolist() == [0.13, 0.14]


def test_columns_of_texts(tmp_path):
    path = tmp_path / "regions.csv"
    path.write_text("region,intensity\nNi 2p,12\nS 2p,30\n")
    wanted = {"region": Wanted(("region",), None), "intensity": Wanted(("intensity",), "1")}
    assert read_texts(FileContent.of(path), wanted)["region"] == ["Ni 2p", "S 2p"]
