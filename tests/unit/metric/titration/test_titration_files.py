"""Files of cells and references: tables, records without time, raw data, the library, and wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.instrument import Accuracy
from coatopt.metric.titration.cell_file import CellFile, read_cell
from coatopt.metric.titration.comparison import compare
from coatopt.metric.titration.reference_file import find_reference, read_reference, shipped_references

DATA = Path(__file__).parents[3] / "data" / "ctc"
TABLE = DATA / "badSSB_titration-data.txt"
ACCURACY = Accuracy()
MASS = (5.25, 0.09)


def changed(tmp_path: Path, *replacements: tuple[str, str], name: str = "cell.txt") -> Path:
    text = TABLE.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / name
    path.write_text(text)
    return path


def test_row_zero_of_the_table_is_only_the_start_point():
    points = read_cell(CellFile(path=TABLE))
    assert len(points.potential) == 7
    assert points.potential[0] == 3.5465389
    assert points.charge[0] == 0.19888


def test_the_record_without_time_gives_the_same_used_steps():
    table = read_cell(CellFile(path=TABLE))
    record = read_cell(CellFile(path=DATA / "badSSB_measurement.txt"))
    assert record.potential[1:] == pytest.approx(table.potential[1:], abs=2e-4)
    assert np.diff(record.charge)[1:] == pytest.approx(np.diff(table.charge)[1:], abs=1e-6)
    reference = read_reference(DATA / "LIB_titration-data.txt", MASS, ACCURACY)
    result = compare(record, reference, 9.0, 0.1)
    assert result.mean.value == pytest.approx(76.36, abs=0.05)
    assert any("no time" in note for note in result.notes)


def test_the_plain_reference_of_the_database_gives_the_same_value():
    plain = read_reference(DATA / "LiNi82Co11Mn07_titration_data.txt", MASS, ACCURACY)
    result = compare(read_cell(CellFile(path=TABLE)), plain, 9.0, 0.1)
    assert result.mean.value == pytest.approx(76.36, abs=0.005)
    assert any("self-discharge" in note for note in result.notes)


def test_metadata_beside_a_reference_state_its_mass():
    assert read_reference(DATA / "LiNi82Co11Mn07_titration_data.txt", None, ACCURACY).mass == 5.25
    with pytest.raises(InputError, match="--reference-mass"):
        read_reference(DATA / "LIB_titration-data.txt", None, ACCURACY)


def test_a_shipped_reference_is_found_by_its_material():
    assert "LiNi82Co11Mn07" in shipped_references()
    reference = read_reference(find_reference("LiNi82Co11Mn07"), None, ACCURACY)
    assert (reference.mass, reference.mass_error) == (5.25, 0.1)
    with pytest.raises(InputError, match="LiNi82Co11Mn07"):
        find_reference("NCM1000")


def test_a_reference_of_ones_own_lies_in_any_folder(tmp_path):
    for kind in ("titration_data", "metadata"):
        content = (DATA / f"LiNi82Co11Mn07_{kind}.txt").read_bytes()
        (tmp_path / f"mine_{kind}.txt").write_bytes(content)
    assert read_reference(find_reference("mine_titration_data.txt", tmp_path), None, ACCURACY).mass == 5.25


def test_a_slow_charge_serves_as_reference_and_says_so(tmp_path):
    lines = (DATA / "LiNi82Co11Mn07_titration_data.txt").read_text().splitlines()[1:]
    rows = ["\t".join(line.split("\t")[1:4:2]) for line in lines]
    path = tmp_path / "slow.txt"
    path.write_text("U [V]\tQ [mAh]\n" + "\n".join(rows) + "\n")
    reference = read_reference(path, MASS, ACCURACY)
    result = compare(read_cell(CellFile(path=TABLE)), reference, 9.0, 0.1)
    # Points closer than 1 mV are thinned out, which only matters on the plateau above 4.2 V.
    assert result.mean.value == pytest.approx(76.36, abs=0.01)
    assert any("slow charge" in note for note in result.notes)


@pytest.mark.parametrize("unit", [("[V]", "[mV]", 1000.0), ("[mAh]", "[Ah]", 0.001)])
def test_units_of_the_header_are_converted(tmp_path, unit):
    old, new, factor = unit
    lines = TABLE.read_text().splitlines()
    head = lines[0].split("\t")
    rows = [line.split("\t") for line in lines[1:]]
    places = [i for i, name in enumerate(head) if old in name]
    for row in rows:
        for place in places:
            row[place] = repr(float(row[place]) * factor)
    path = tmp_path / "units.txt"
    path.write_text("\n".join("\t".join(row) for row in [[h.replace(old, new) for h in head], *rows]) + "\n")
    points, plain = read_cell(CellFile(path=path)), read_cell(CellFile(path=TABLE))
    assert points.potential == pytest.approx(plain.potential)
    assert points.charge == pytest.approx(plain.charge)


def test_an_offset_is_added_to_a_table_when_it_is_stated(tmp_path):
    shifted = read_cell(CellFile(path=TABLE, offset=0.62))
    assert shifted.potential == pytest.approx(read_cell(CellFile(path=TABLE)).potential + 0.62)


# --- wrong tables ------------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_cell(CellFile(path=path))
    assert path.name in str(error.value)
    return str(error.value)


def test_exchanged_potential_columns(tmp_path):
    path = changed(tmp_path, ("OCV1", "OCVx"), ("OCV2", "OCV1"), ("OCVx", "OCV2"))
    assert "exchanged" in refusal(path)


def test_exchanged_potential_and_charge(tmp_path):
    swapped = []
    for line in TABLE.read_text().splitlines()[1:]:
        cells = line.split("\t")
        swapped.append("\t".join([cells[0], cells[2], cells[1]]))
    path = tmp_path / "swapped.txt"
    path.write_text("OCV1 [V]\tOCV2 [V]\tQ [mAh]\n" + "\n".join(swapped) + "\n")
    assert "exchanged" in refusal(path)


def test_a_column_without_unit(tmp_path):
    assert "states no unit" in refusal(changed(tmp_path, ("Q [mAh]", "Q")))


def test_a_column_with_a_wrong_unit(tmp_path):
    assert "must be in mAh" in refusal(changed(tmp_path, ("\tQ [mAh]", "\tQ [mV]")))


def test_charge_per_step_instead_of_cumulative(tmp_path):
    assert "since the start" in refusal(changed(tmp_path, ("0.571461558", "0.238807083")))


def test_a_missing_row(tmp_path):
    line = TABLE.read_text().splitlines()[3]
    assert "without gaps" in refusal(changed(tmp_path, (line + "\n", "")))


def test_text_in_a_cell(tmp_path):
    assert "line 5: 'n.a.' is not a number" in refusal(changed(tmp_path, ("0.780096543", "n.a.")))


def test_a_truncated_last_line(tmp_path):
    path = tmp_path / "cut.txt"
    path.write_text(TABLE.read_text().rstrip("\n")[:-40])
    assert "cut.txt" in refusal(path)


def test_a_decimal_comma_reads_the_same(tmp_path):
    path = changed(tmp_path, (".", ","))
    assert read_cell(CellFile(path=path)).charge == pytest.approx(read_cell(CellFile(path=TABLE)).charge)


def test_a_table_of_one_row_holds_no_step(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("\n".join(TABLE.read_text().splitlines()[:2]) + "\n")
    assert "only states the start point" in refusal(path)


def test_a_negative_error_names_its_column(tmp_path):
    swapped = ("6.6288511E-4\t0.00417697111\t8E-4", "6.6288511E-4\t-0.00417697111\t8E-4")
    assert "'dOCV2 neg' is -0.00417" in refusal(changed(tmp_path, swapped))


# --- references that are none -------------------------------------------------------------------------------


def reference_of(tmp_path: Path, rows: list[str], head: str = "U [V]\tQ [mAh]") -> Path:
    path = tmp_path / "reference.txt"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def plain_rows() -> list[str]:
    lines = (DATA / "LiNi82Co11Mn07_titration_data.txt").read_text().splitlines()[1:]
    return ["\t".join(line.split("\t")[1:4:2]) for line in lines]


def test_a_reference_whose_rows_are_out_of_order_is_refused(tmp_path):
    rows = plain_rows()
    path = reference_of(tmp_path, rows[:10] + rows[40:] + rows[10:40])
    with pytest.raises(InputError, match="in the order of measurement"):
        read_reference(path, MASS, ACCURACY)


def test_a_reference_twice_in_one_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="each row once"):
        read_reference(reference_of(tmp_path, plain_rows() * 2), MASS, ACCURACY)


def test_a_reference_with_a_gap_where_steps_are_averaged_is_refused(tmp_path):
    rows = [row for row in plain_rows() if not 3.65 < float(row.split("\t")[0]) < 4.0]
    with pytest.raises(InputError, match="without a point"):
        read_reference(reference_of(tmp_path, rows), MASS, ACCURACY)


def test_relaxed_points_without_errors_say_what_is_missing(tmp_path):
    curve = read_reference(reference_of(tmp_path, plain_rows(), "OCV [V]\tQ [mAh]"), MASS, ACCURACY)
    assert len(curve.potential) == len(plain_rows())
    assert any("not in the errors" in note for note in curve.notes)


def test_a_record_of_pulses_and_rests_without_time_is_no_slow_charge(tmp_path):
    rows: list[str] = []
    for row in plain_rows():
        potential, charge = (float(cell) for cell in row.split("\t"))
        rows += [f"{potential + 0.03 - late / 1000}\t{charge}" for late in range(30)] + [f"{potential}\t{charge}"]
    curve = read_reference(reference_of(tmp_path, rows), MASS, ACCURACY)
    assert compare(read_cell(CellFile(path=TABLE)), curve, 9.0, 0.1).mean.value == pytest.approx(76.36, abs=0.05)
