from __future__ import annotations

import pytest

from coatopt.campaign.parameter import Continuous, Fixed
from coatopt.report.setting import sentences, shown_value


def parameter(unit):
    return Continuous(name="x", stage="s", unit=unit, low=0, high=10)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("h", 1.99, "1.99 h ≈ 1 h 59 min"),
        ("h", 4.5, "4.5 h = 4 h 30 min"),
        ("h", 0.25, "0.25 h = 15 min"),
        ("h", 2.0, "2 h"),
        ("degC", 350.0, "350 °C"),
        ("1", 12.0, "12"),
        ("wt%", 0.1 + 0.2, "0.3 wt%"),
        ("rpm", 10000.0, "10000 rpm"),
        ("K/min", None, "does not apply"),
    ],
)
def test_values_read_as_a_person_sets_them(unit, value, text):
    assert shown_value(parameter(unit), value) == text


def test_names_stand_as_they_are():
    assert shown_value(Fixed(name="gas", stage="s", value="oxygen"), "oxygen") == "oxygen"


def test_sentences_end_where_they_end():
    text = "Heat to 2.5 K vs. Li for approx. 3 h at 0.05C. Then cool, e.g. in air. Press at 375 MPa."
    assert sentences(text) == [
        "Heat to 2.5 K vs. Li for approx. 3 h at 0.05C.",
        "Then cool, e.g. in air.",
        "Press at 375 MPa.",
    ]
    assert sentences("") == []
