from __future__ import annotations

import math

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.mixing.partial_conductivity import (
    conductivity,
    conductivity_from_columns,
    resistance,
    steady_current,
)

AREA = math.pi * 0.5**2
STEPS = np.array([-0.05, -0.02, 0.02, 0.05, 0.1])


def test_resistance_and_dimensions_give_the_conductivity():
    found = conductivity_from_columns(STEPS, STEPS / 200.0, thickness=0.08, area=AREA)
    assert found.resistance.value == pytest.approx(200.0)
    assert found.conductivity.value == pytest.approx(1000 * 0.08 / (200.0 * AREA))
    assert found.conductivity.unit == "mS/cm"
    assert found.document()["net_resistance"]["unit"] == "ohm"


def test_reference_resistance_is_subtracted_with_its_error():
    found = conductivity_from_columns(
        STEPS, STEPS / 900.0, thickness=0.08, area=AREA, reference_resistance=ufloat(100.0, 8.0)
    )
    assert found.net_resistance.value == pytest.approx(800.0)
    assert found.net_resistance.plus == pytest.approx(8.0)
    assert found.conductivity.plus / found.conductivity.value == pytest.approx(0.01)
    assert any("100 ohm of the reference" in note for note in found.notes)


def test_more_reference_than_cell_is_refused_in_words():
    with pytest.raises(InputError, match="same electrolyte layers"):
        conductivity_from_columns(STEPS, STEPS / 90.0, thickness=0.08, area=AREA, reference_resistance=100.0)


def test_a_resistance_that_is_hardly_left_gives_a_lopsided_error():
    found = conductivity_from_columns(
        STEPS, STEPS / 110.0, thickness=0.08, area=AREA, reference_resistance=ufloat(100.0, 6.0)
    )
    base = 1000 * 0.08 / AREA
    assert found.conductivity.value + found.conductivity.plus == pytest.approx(base / 4.0)
    assert found.conductivity.value - found.conductivity.minus == pytest.approx(base / 16.0)
    assert any("not told from zero" in note for note in found.notes)
    open_ended = conductivity(ufloat(10.0, 12.0), 0.08, AREA)
    assert open_ended.plus == math.inf
    assert open_ended.document()["plus"] is None


def test_error_of_the_line_covers_the_truth_as_often_as_it_should():
    rng = np.random.default_rng(13)
    pulls = []
    for _ in range(500):
        current = STEPS / 200.0 + 2e-6 * rng.standard_normal(len(STEPS))
        fitted = resistance(STEPS, current)
        pulls.append((fitted.nominal_value - 200.0) / fitted.std_dev)
    # Five points leave three degrees of freedom: 61 % within one standard error.
    assert 0.55 < np.mean(np.abs(pulls) < 1) < 0.67


def test_a_voltage_of_the_cells_own_does_not_change_the_resistance():
    found = conductivity_from_columns(STEPS, (STEPS - 0.02) / 200.0, thickness=0.08, area=AREA)
    assert found.resistance.value == pytest.approx(200.0)
    assert any("zero current at 0.02 V" in note for note in found.notes)
    plain = conductivity_from_columns(STEPS, STEPS / 200.0, thickness=0.08, area=AREA)
    assert plain.notes == ()


def test_a_bent_line_is_pointed_out():
    volts = np.linspace(0.01, 0.3, 8)
    bent = conductivity_from_columns(volts, volts / 200 + volts**2 / 300, thickness=0.08, area=AREA)
    assert any("not ohmic" in note for note in bent.notes)
    noisy = volts / 200 + 1e-5 * np.random.default_rng(14).standard_normal(8)
    straight = conductivity_from_columns(volts, noisy, thickness=0.08, area=AREA)
    assert not any("not ohmic" in note for note in straight.notes)


def test_three_steady_states_are_said_to_be_few():
    found = conductivity_from_columns(STEPS[:3], STEPS[:3] / 200.0, thickness=0.08, area=AREA)
    assert any("one degree of freedom" in note for note in found.notes)


def test_errors_of_thickness_and_area_propagate():
    found = conductivity(200.0, ufloat(0.08, 0.0008), ufloat(AREA, 0.02 * AREA))
    assert found.plus / found.value == pytest.approx(math.hypot(0.01, 0.02))


def test_steady_current_is_the_mean_of_the_last_tenth():
    time = np.linspace(0.0, 3600.0, 1000)
    current = 1e-4 * (1 + 3 * np.exp(-time / 200.0)) + 1e-7 * np.random.default_rng(15).standard_normal(1000)
    found = steady_current(time, current)
    assert found.nominal_value == pytest.approx(1e-4, rel=1e-3)
    assert 1e-9 < found.std_dev < 1e-7


def test_a_current_that_still_falls_is_refused():
    time = np.linspace(0.0, 3600.0, 1000)
    with pytest.raises(InputError, match="still changes by"):
        steady_current(time, 1e-4 * (1 + 3 * np.exp(-time / 2000.0)))


def test_noise_about_no_current_is_steady():
    time = np.linspace(0.0, 3600.0, 1000)
    noise = 1e-9 * np.random.default_rng(16).standard_normal(1000)
    found = steady_current(time, noise)
    assert abs(found.nominal_value) < 3 * found.std_dev
    assert steady_current(time, np.zeros(1000)) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: resistance([0.1, 0.2], [1.0, 2.0]), "at least 3"),
        (lambda: resistance([0.1, 0.1, 0.2, 0.2], [1.0, 1.0, 2.0, 2.0]), "three different voltages"),
        (lambda: resistance([0.1, 0.2, 0.3], [3.0, 2.0, 1.0]), "does not rise with the voltage"),
        (lambda: resistance([0.1, 0.2, 0.3], [3.0, 2.0]), "voltage 3, current 2"),
        (lambda: conductivity(0.0, 0.1, 1.0), "resistance of the pellet"),
        (lambda: conductivity(1.0, 0.0, 1.0), "thickness in cm"),
        (lambda: conductivity(1.0, 0.1, 0.0), "area in cm"),
        (lambda: steady_current(np.arange(5.0), np.ones(5)), "at least 10"),
        (lambda: steady_current(np.arange(20.0), np.ones(20)), "at least 4"),
        (lambda: steady_current(np.zeros(20), np.ones(20)), "time does not rise"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_a_bend_within_the_noise_is_not_pointed_out():
    volts = np.linspace(0.01, 0.3, 5)
    seen = 0
    for seed in range(40):
        noise = 5e-5 * np.random.default_rng(seed).standard_normal(5)
        found = conductivity_from_columns(volts, volts / 200 + noise, thickness=0.08, area=AREA)
        seen += any("not ohmic" in note for note in found.notes)
    assert seen < 8


def test_a_current_of_nothing_is_refused():
    with pytest.raises(InputError, match="does not rise with the voltage"):
        resistance(STEPS, np.zeros(5))


def test_ten_percent_is_where_the_error_becomes_lopsided():
    assert conductivity(ufloat(100.0, 9.9), 0.08, AREA).plus == conductivity(ufloat(100.0, 9.9), 0.08, AREA).minus
    wide = conductivity(ufloat(100.0, 11.0), 0.08, AREA)
    assert wide.plus > wide.minus


def test_error_of_a_steady_current_holds_noise_and_drift():
    time = np.linspace(0.0, 1000.0, 1001)
    wave = 1e-4 + 1e-6 * (-1.0) ** np.arange(1001)
    flat = steady_current(time, wave)
    assert flat.std_dev == pytest.approx(1e-6 / math.sqrt(101), rel=0.05)
    sloping = steady_current(time, 1e-4 - 1e-8 * (time - 950))
    # One percent over the last 100 s: half of it on either side.
    assert sloping.std_dev == pytest.approx(math.hypot(0.5e-6, 1e-6 / math.sqrt(12 * 101)), rel=0.02)
    with pytest.raises(InputError, match="still changes"):
        steady_current(time, 1e-4 - 2.5e-8 * (time - 950))


def test_steady_current_does_not_depend_on_when_the_step_began():
    time = np.linspace(0.0, 3600.0, 1000)
    current = 1e-4 * (1 + 3 * np.exp(-time / 300.0))
    early, late = steady_current(time, current), steady_current(time + 1e5, current)
    assert (late.nominal_value, late.std_dev) == pytest.approx((early.nominal_value, early.std_dev))
