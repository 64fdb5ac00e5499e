import numpy as np
import pytest
from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.retention import ageing_block, retention
from coatopt.metric.instrument import Accuracy


@pytest.fixture
def cycles_of(build, segment):
    """Cycles of (discharge current in mA, discharge in mAh); the charge replaces what was discharged."""

    def cycles(*asked, end=()):
        parts = [segment(1), segment(10, 2e-4, rows=20)]
        for milliampere, charge in asked:
            discharge = segment(charge / milliampere, -milliampere / 1000, rows=20)
            parts += [discharge, segment(1, rows=5), segment(charge / 0.2, 2e-4, rows=20)]
        return find_cycles(build([*parts, *end]), Accuracy()).cycles

    return cycles


def test_the_reference_is_the_first_cycle_of_the_ageing_block(cycles_of):
    formation, ageing = [(0.1, 1.8)] * 3, [(0.5, 1.5 - 0.05 * i) for i in range(5)]
    cycles = cycles_of(*formation, *ageing, (0.1, 1.4))
    assert [cycle.number for cycle in ageing_block(cycles)] == [4, 5, 6, 7, 8]
    kept = retention(cycles)
    assert (kept.reference, kept.cycle) == (4, 8)
    assert kept.value.value == pytest.approx(100 * 1.3 / 1.5)
    assert kept.fade.value == pytest.approx(100 * 0.05 / 1.5)
    assert kept.fade.plus == pytest.approx(0, abs=1e-9)
    assert "retention refers to cycle 4, the first of the longest run at one rate (5 cycles)" in kept.notes


def test_check_ups_interrupt_an_ageing_block_without_ending_it(cycles_of):
    block = [(0.5, 1.5)] * 4
    cycles = cycles_of((0.1, 1.8), *block, (0.1, 1.8), *block, (0.1, 1.8), *block)
    assert retention(cycles).reference == 2
    assert retention(cycles).cycle == 15
    apart = cycles_of(*block, *[(0.1, 1.8)] * 3, *block)
    assert [cycle.number for cycle in ageing_block(apart)] == [1, 2, 3, 4]
    assert retention(apart).cycle == 4


def test_different_rates_are_refused(cycles_of):
    cycles = cycles_of((0.1, 1.8), (0.1, 1.8), (0.5, 1.5), (0.5, 1.4))
    with pytest.raises(InputError, match=r"cycle 3 was discharged at 0\.5 mA and cycle 1 at 0\.1 mA"):
        retention(cycles, cycle=3, reference=1)
    with pytest.raises(InputError, match="no later cycle was completed at the rate of cycle 4"):
        retention(cycles, reference=4)
    assert retention(cycles, cycle=4, reference=3).value.value == pytest.approx(100 * 1.4 / 1.5)


def test_a_stated_reference_is_compared_with_the_last_cycle_at_its_rate(cycles_of):
    cycles = cycles_of((0.1, 1.8), (0.1, 1.8), *[(0.5, 1.5)] * 4, (0.1, 1.7), (0.5, 1.2))
    kept = retention(cycles, reference=1)
    assert (kept.cycle, kept.reference) == (7, 1)
    assert kept.value.value == pytest.approx(100 * 1.7 / 1.8)
    kept = retention(cycles, reference=3)
    assert kept.cycle == 8
    assert kept.value.value == pytest.approx(80.0)


def test_an_unknown_or_incomplete_cycle_is_refused(cycles_of, segment):
    cycles = cycles_of((0.5, 1.5), (0.5, 1.4), end=[segment(0.5, -5e-4)])
    assert not cycles[2].complete
    with pytest.raises(InputError, match=r"cycle 3 is not among the complete cycles \(1, 2\)"):
        retention(cycles, cycle=3)
    with pytest.raises(InputError, match="cycle 9 is not among"):
        retention(cycles, reference=9)
    assert retention(cycles).cycle == 2


def test_one_cycle_has_no_retention(cycles_of):
    with pytest.raises(InputError, match="no two cycles were completed at one rate"):
        retention(cycles_of((0.5, 1.5)))
    assert ageing_block(()) == ()


def test_two_cycles_have_no_fade_and_a_small_honest_error(cycles_of):
    kept = retention(cycles_of((0.5, 1.5), (0.5, 1.4)))
    assert kept.fade is None
    charge = Accuracy().charge_error(5e-4, 3.0) / np.sqrt(3) / 1.5
    assert 0.3 * charge * 100 < kept.value.plus < 2 * charge * 100


def test_more_capacity_than_before_is_kept(cycles_of):
    # Nat. Commun. 2026, 17, 3215, table S4 holds a retention of 108.5 %.
    kept = retention(cycles_of((0.5, 1.0), (0.5, 1.085)))
    assert kept.value.value == pytest.approx(108.5)
    assert nominal_value(kept.value.value) > 100


def test_other_charging_currents_are_noted(build, segment):
    parts = [segment(10, 2e-4), segment(3, -5e-4), segment(3, 5e-4), segment(3, -5e-4), segment(1)]
    kept = retention(find_cycles(build(parts), Accuracy()).cycles)
    assert "cycles 1 and 2 were charged at different currents" in kept.notes
