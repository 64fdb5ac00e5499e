import pytest
from hypothesis import given
from hypothesis import strategies as st
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.cycling.capacity_loss import capacity_loss


def test_a_poorly_mixed_cell_loses_capacity_for_both_reasons():
    # The "bad SSB" of Chem. Commun. 2026, 62, 5241: 76.4 +- 5.8 % of the CAM takes part.
    loss = capacity_loss(ufloat(220, 2), ufloat(0.764, 0.058), ufloat(140, 1.5))
    assert loss.static.value == pytest.approx(220 * 0.236)
    assert loss.kinetic.value == pytest.approx(220 * 0.764 - 140)
    assert loss.static.plus == pytest.approx(((2 * 0.236) ** 2 + (220 * 0.058) ** 2) ** 0.5)
    # The utilisation moves charge between the parts and is not in the sum.
    assert loss.total.plus == pytest.approx((2**2 + 1.5**2) ** 0.5)
    assert loss.total.plus < loss.static.plus
    assert loss.notes == ()


@given(st.floats(150, 300), st.floats(0.3, 1.2), st.floats(0, 300))
def test_the_parts_add_up_to_what_is_missing(reference, utilization, gross):
    loss = capacity_loss(reference, utilization, gross)
    assert loss.static.value + loss.kinetic.value == pytest.approx(reference - gross, abs=1e-9)
    assert loss.total.value == pytest.approx(reference - gross, abs=1e-9)


def test_masses_common_to_utilisation_and_capacity_are_counted_once():
    mass, active, charge = ufloat(9.6, 0.1), 8.0, 1.6
    loss = capacity_loss(220.0, active / mass, 1000 * charge / mass)
    # q_ref theta - q_gross = (220 mAh/g * 8.0 mg - 1600 uAh) / m: its relative error is that of the mass.
    assert loss.kinetic.plus == pytest.approx(loss.kinetic.value * 0.1 / 9.6)


def test_a_negative_part_is_kept_and_explained():
    within = capacity_loss(200.0, ufloat(1.012, 0.026), 190.0)
    assert within.static.value == pytest.approx(-2.4)
    assert "static capacity loss is negative" in within.notes[0]
    assert "within its error it is none" in within.notes[0]
    beyond = capacity_loss(150.0, ufloat(0.9, 0.01), 190.0)
    assert beyond.kinetic.value == pytest.approx(-55.0)
    assert "is that one for this material and cut-off?" in beyond.notes[0]


@pytest.mark.parametrize(("reference", "utilization"), [(0.0, 0.9), (-200.0, 0.9), (200.0, 0.0)])
def test_nothing_to_split_is_refused(reference, utilization):
    with pytest.raises(InputError, match="both above 0"):
        capacity_loss(reference, utilization, 100.0)
