from __future__ import annotations

import math

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.mixing.energy_input import energy_input_from_columns, idle_power, smoothed

HOUR = np.arange(0.0, 3600.1, 5.0)
IDLE = 180.0


def net_power(time):
    return 40.0 + 60.0 * (1 - np.exp(-time / 300.0))


def true_energy(end=3600.0):
    # Integral of the curve above, in J.
    return 100.0 * end - 60.0 * 300.0 * (1 - math.exp(-end / 300.0))


def test_known_power_gives_its_integral_per_mass():
    found = energy_input_from_columns(HOUR, IDLE + net_power(HOUR), mass=19.4, idle=IDLE)
    assert found.energy_kj.value == pytest.approx(true_energy() / 19.4, rel=1e-4)
    assert found.energy_wh.value == pytest.approx(found.energy_kj.value / 3.6)
    assert (found.energy_kj.unit, found.energy_wh.unit) == ("kJ/kg", "Wh/kg")
    assert found.net_power.value == pytest.approx(true_energy() / 3600, rel=1e-4)
    assert found.specific_power.value == pytest.approx(1000 * found.net_power.value / 19.4)
    assert found.duration == pytest.approx(3600.0)
    assert any("51 points" in note for note in found.notes)


def test_constant_power_in_round_numbers():
    found = energy_input_from_columns([0.0, 60.0, 120.0], [110.0, 110.0, 110.0], mass=20.0, idle=100.0)
    assert found.energy_kj.value == pytest.approx(10.0 * 120 / 20.0)
    assert any("too few to be smoothed" in note for note in found.notes)


def test_noise_stays_within_its_error():
    rng = np.random.default_rng(3)
    pulls = []
    for _ in range(300):
        power = IDLE + net_power(HOUR) + 8.0 * rng.standard_normal(len(HOUR))
        found = energy_input_from_columns(HOUR, power, mass=19.4, idle=IDLE)
        pulls.append((found.energy_kj.value - true_energy() / 19.4) / found.energy_kj.plus)
    assert 0.62 < np.mean(np.abs(pulls) < 1) < 0.75


def test_span_of_fifty_is_one_point_longer_and_hardly_matters():
    rng = np.random.default_rng(4)
    power = IDLE + net_power(HOUR) + 8.0 * rng.standard_normal(len(HOUR))
    energies = [
        energy_input_from_columns(HOUR, power, mass=19.4, idle=IDLE, span=span).energy_kj.value
        for span in (49, 50, 51, 5)
    ]
    assert energies[1] == energies[2]
    assert energies == pytest.approx([energies[2]] * 4, rel=1e-3)


def test_smoothing_keeps_a_parabola_and_takes_noise():
    x = np.linspace(-1, 1, 200)
    assert smoothed(x**2) == pytest.approx(x**2, abs=1e-12)
    noise = np.random.default_rng(5).standard_normal(2000)
    assert smoothed(noise).std() < 0.3


def test_short_log_takes_the_longest_window_and_says_so():
    time = np.arange(0.0, 301.0, 10.0)
    found = energy_input_from_columns(time, np.full_like(time, 250.0), mass=20.0, idle=200.0)
    assert found.energy_kj.value == pytest.approx(50.0 * 300 / 20.0)
    assert any("31 points, not 51" in note for note in found.notes)


def test_errors_of_idle_power_and_mass_propagate():
    power = np.full_like(HOUR, 280.0)
    found = energy_input_from_columns(HOUR, power, mass=ufloat(20.0, 0.2), idle=ufloat(180.0, 3.0))
    assert found.energy_kj.value == pytest.approx(100.0 * 3600 / 20.0)
    assert found.energy_kj.plus / found.energy_kj.value == pytest.approx(math.hypot(0.01, 0.03), rel=1e-6)
    exact = energy_input_from_columns(HOUR, power, mass=20.0, idle=180.0)
    assert any("idle power has no error" in note for note in exact.notes)


def test_idle_log_gives_mean_and_standard_error():
    rng = np.random.default_rng(6)
    means = [idle_power(180.0 + 5.0 * rng.standard_normal(200)) for _ in range(300)]
    pulls = [(mean.nominal_value - 180.0) / mean.std_dev for mean in means]
    assert np.mean([mean.std_dev for mean in means]) == pytest.approx(5.0 / math.sqrt(200), rel=0.1)
    # Ten blocks leave nine degrees of freedom: 66 % within one standard error.
    assert 0.58 < np.mean(np.abs(pulls) < 1) < 0.74
    log = np.full(120, 180.0) + np.linspace(-1, 1, 120)
    found = energy_input_from_columns(HOUR, np.full_like(HOUR, 280.0), mass=20.0, idle=log)
    assert found.energy_kj.value == pytest.approx(100.0 * 3600 / 20.0)
    assert found.energy_kj.plus > 0


def test_a_drifting_idle_log_has_a_larger_error_than_its_noise():
    steady = np.random.default_rng(7).standard_normal(500)
    assert idle_power(180 + steady + np.linspace(-5, 5, 500)).std_dev > 5 * idle_power(180 + steady).std_dev


def test_uneven_readings_are_interpolated_and_said():
    rng = np.random.default_rng(8)
    time = np.sort(HOUR + rng.uniform(-1.5, 1.5, len(HOUR)))
    found = energy_input_from_columns(time, IDLE + net_power(time), mass=19.4, idle=IDLE)
    exact = (true_energy(time[-1]) - true_energy(time[0])) / 19.4
    assert found.energy_kj.value == pytest.approx(exact, rel=1e-3)
    assert any("uneven" in note for note in found.notes)


def test_a_gap_is_refused_with_its_place():
    time = np.concatenate([HOUR[:100], HOUR[160:]])
    with pytest.raises(InputError, match="gap of 305 s after 495 s"):
        energy_input_from_columns(time, np.full_like(time, 250.0), mass=20.0, idle=200.0)


def test_only_the_window_counts():
    time = np.arange(0.0, 4201.0, 5.0)
    power = np.where(time < 600, 900.0, 280.0)
    found = energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(600.0, 4200.0))
    assert found.energy_kj.value == pytest.approx(100.0 * 3600 / 20.0)
    with pytest.raises(InputError, match="does not lie within the log"):
        energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(600.0, 9000.0))
    with pytest.raises(InputError, match="holds 1 readings"):
        energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(601.0, 606.0))


def test_negative_net_power_is_counted_and_said():
    wave = 200.0 + 40.0 * np.sin(2 * np.pi * HOUR / 3600) + 10.0
    found = energy_input_from_columns(HOUR, wave, mass=20.0, idle=200.0)
    assert found.energy_kj.value == pytest.approx(10.0 * 3600 / 20.0, rel=1e-3)
    assert any("below the idle power 42% of the time" in note for note in found.notes)


def test_less_power_than_idling_is_refused_unless_within_its_error():
    power = np.full_like(HOUR, 170.0)
    with pytest.raises(InputError, match="36 kJ less than when idling"):
        energy_input_from_columns(HOUR, power, mass=20.0, idle=180.0)
    found = energy_input_from_columns(HOUR, power, mass=20.0, idle=ufloat(180.0, 8.0))
    assert found.energy_kj.value < 0
    assert any("too small to be seen" in note for note in found.notes)


def test_document_holds_every_quantity_with_its_unit():
    document = energy_input_from_columns(HOUR, IDLE + net_power(HOUR), mass=19.4, idle=IDLE).document()
    assert document["energy_kj"]["unit"] == "kJ/kg"
    assert document["duration"] == {"value": pytest.approx(3600.0), "unit": "s"}


@pytest.mark.parametrize(
    ("time", "power", "extra", "message"),
    [
        ([0, 5, 5, 10], [1, 1, 1, 1], {}, "time does not rise at row 3"),
        ([0, 5, 10], [1, 1], {}, "time 3, power 2"),
        ([0, 5], [1, 1], {}, "at least 3"),
        ([0, 5, 10], [1, float("nan"), 1], {}, "power in W: row 2"),
        ([0, 5, 10], [1, 1, 1], {"mass": 0.0}, "mass in g is 0"),
        ([0, 5, 10], [1, 1, 1], {"idle": -1.0}, "idle power in W is -1"),
        ([0, 5, 10], [1, 1, 1], {"idle": [1.0, 2.0]}, "at least 10"),
        ([0, 5, 10], [1, 1, 1], {"idle": "fast"}, "not a number"),
    ],
)
def test_logs_that_cannot_be_used_are_refused_in_words(time, power, extra, message):
    with pytest.raises(InputError, match=message):
        energy_input_from_columns(time, power, **{"mass": 20.0, "idle": 0.5, **extra})


def test_window_may_begin_one_reading_before_the_log_and_not_earlier():
    time = np.arange(10.0, 611.0, 5.0)
    power = np.full_like(time, 280.0)
    found = energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(5.0, 610.0))
    assert found.duration == pytest.approx(600.0)
    with pytest.raises(InputError, match="does not lie within"):
        energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(0.0, 610.0))
    with pytest.raises(InputError, match="window 600 to 100 s"):
        energy_input_from_columns(time, power, mass=20.0, idle=180.0, window=(600.0, 100.0))


def test_jitter_below_one_percent_is_even_and_above_is_not():
    rng = np.random.default_rng(17)
    for jitter, uneven in ((0.02, False), (0.2, True)):
        time = HOUR + rng.uniform(-jitter, jitter, len(HOUR))
        found = energy_input_from_columns(time, np.full_like(time, 280.0), mass=20.0, idle=180.0)
        assert any("uneven" in note for note in found.notes) is uneven


def test_four_missed_readings_are_bridged_and_five_are_not():
    for missed, allowed in ((4, True), (5, False)):
        time = np.delete(HOUR, slice(100, 100 + missed))
        power = np.full_like(time, 280.0)
        if allowed:
            found = energy_input_from_columns(time, power, mass=20.0, idle=180.0)
            assert found.energy_kj.value == pytest.approx(18.0 * 1000)
        else:
            with pytest.raises(InputError, match="gap of 30 s after 495 s"):
                energy_input_from_columns(time, power, mass=20.0, idle=180.0)


def test_four_readings_are_not_smoothed():
    time, power = [0.0, 5.0, 10.0, 15.0], [200.0, 300.0, 250.0, 280.0]
    found = energy_input_from_columns(time, power, mass=20.0, idle=180.0)
    assert found.energy_kj.value == pytest.approx((np.trapezoid(power, time) - 180 * 15) / 20.0)
