from __future__ import annotations

import pytest

from coatopt.reanalysis.finding import Column, Table
from coatopt.report.compact_table import cell_text, compact


def table(keys, *rows, **more):
    columns = tuple(Column(key=key, title=key, unit="%", **more) for key in keys)
    return Table(key="t", title="t", columns=columns, rows=rows)


def test_a_value_and_its_ends_stand_together():
    shown = compact(table(("name", "y_mean", "y_low", "y_high", "n"), ("a", 1.25, 1.0, 1.5, 3)))
    assert [head[0] for head in shown.heads] == ["name", "y_mean", "n"]
    assert shown.rows == (("a", "1.25 (1.00 to 1.50)", "3"),)
    assert [head[2] for head in shown.heads] == [False, True, True]


def test_ends_without_a_value_are_a_range_and_unknown_ends_leave_the_value_alone():
    columns = (
        Column(key="y_low", title="true value from"),
        Column(key="y_high", title="to"),
        Column(key="z", title="z"),
        Column(key="z_low", title="from"),
        Column(key="z_high", title="to"),
    )
    shown = compact(Table(key="t", title="t", columns=columns, rows=((1.0, 2.0, 3.0, None, float("nan")),)))
    assert [head[0] for head in shown.heads] == ["true value", "z"]
    assert shown.rows == (("1.00 to 2.00", "3.00"),)


def test_ends_of_another_quantity_do_not_join():
    shown = compact(table(("x", "y_low", "y_high"), (1.0, 2.0, 3.0)))
    assert shown.rows == (("1.00", "2.00 to 3.00"),)


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "50.0"), (1e-9, "<0.1"), (0.99999, ">99.9"), (0.0, "0"), (1.0, "100"), (None, "–")]
)
def test_shares_are_per_cent_without_false_digits(value, text):
    assert cell_text(value, Column(key="p", title="p", share=True)) == text


def test_truth_is_a_word():
    assert cell_text(True, Column(key="p", title="p")) == "yes"
