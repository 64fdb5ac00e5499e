from __future__ import annotations

import pytest

from coatopt.metric.impedance.attribution import attribute
from coatopt.metric.impedance.spectrum_check import Window


@pytest.mark.parametrize(
    ("upper", "lower", "cathode", "anode", "said"),
    [
        (3e3, 1.0, 0, 1, None),
        (3e3, 60.0, 0, 1, "both arcs"),
        (9e5, 300.0, 1, None, "lies above the cathode's band"),
        (9e5, 5.0, None, 1, "there is no cathode resistance"),
        (5.0, 0.2, None, None, "there is no cathode resistance"),
        (9e6, 9e5, None, None, "there is no cathode resistance"),
    ],
)
def test_arcs_are_attributed_by_their_apex(upper, lower, cathode, anode, said):
    found = attribute(upper, lower)
    assert found[:2] == (cathode, anode)
    assert (said is None and found[2] == ()) or said in found[2][0]


def test_the_user_chooses_the_band():
    assert attribute(9.2e5, 5.4, Window(1e5, 1.0))[:2] == (1, None)
    assert attribute(9.2e5, 5.4, Window(1e6, 10.0))[:2] == (0, 1)
