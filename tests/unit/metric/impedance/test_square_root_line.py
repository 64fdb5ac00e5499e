from __future__ import annotations

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.impedance.square_root_line import square_root_line

HOURS = np.linspace(0, 10, 20)
TRUTH = 120 + 8 * np.sqrt(HOURS)


def test_the_slope_comes_back_with_a_calibrated_error():
    # 10 h, 20 spectra, R = 120 + 8 sqrt(t/h), standard error 1.5; the inflation makes errors a little too large.
    rng = np.random.default_rng(11)
    lines = [square_root_line(HOURS, TRUTH + rng.normal(0, 1.5, 20), np.full(20, 1.5)) for _ in range(300)]
    slopes = np.array([line.slope.nominal_value for line in lines])
    errors = np.array([line.slope.std_dev for line in lines])
    assert slopes.mean() == pytest.approx(8, abs=4 * slopes.std() / np.sqrt(300))
    assert np.mean([line.intercept.nominal_value for line in lines]) == pytest.approx(120, abs=0.3)
    assert 0.62 <= np.mean(np.abs(slopes - 8) <= errors) <= 0.78
    assert np.mean([line.curved for line in lines]) < 0.05


def test_errors_at_their_word_unless_the_scatter_is_larger():
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1.5, 20)
    honest = square_root_line(HOURS, TRUTH + noise, np.full(20, 1.5))
    timid = square_root_line(HOURS, TRUTH + noise, np.full(20, 15.0))
    bold = square_root_line(HOURS, TRUTH + noise, np.full(20, 0.15))
    assert timid.slope.std_dev == pytest.approx(
        10 * 1.5 / np.sqrt(np.sum((np.sqrt(HOURS) - np.sqrt(HOURS).mean()) ** 2))
    )
    assert timid.reduced_chi2 < 1 < bold.reduced_chi2
    assert bold.slope.std_dev == pytest.approx(honest.slope.std_dev, rel=0.3)
    assert bold.slope.nominal_value == pytest.approx(honest.slope.nominal_value)


def test_weights_follow_the_errors():
    off = TRUTH + 50.0 * (np.arange(20) == 10)
    errors = np.where(np.arange(20) == 10, 1e4, 1.0)
    assert square_root_line(HOURS, off, errors).slope.nominal_value == pytest.approx(8, abs=0.01)
    assert square_root_line(HOURS, off).slope.nominal_value != pytest.approx(8, abs=0.2)


def test_without_errors_the_scatter_sets_them():
    rng = np.random.default_rng(6)
    noise = rng.normal(0, 1.0, 20)
    one, ten = (square_root_line(HOURS, TRUTH + size * noise).slope.std_dev for size in (1, 10))
    assert ten == pytest.approx(10 * one, rel=1e-6)


def test_growth_that_is_linear_in_time_is_told_from_growth_with_its_square_root():
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 1.5, 20)
    assert square_root_line(HOURS, 120 + 3 * HOURS + noise, np.full(20, 1.5)).curved
    assert not square_root_line(HOURS, TRUTH + noise, np.full(20, 1.5)).curved


@pytest.mark.parametrize(
    ("hours", "error", "message"),
    [
        ([0.0, 1.0, 1.0], None, "2 different times do not show a growth; at least 3 are needed"),
        ([-1.0, 1.0, 2.0], None, "a time lies before the start of the hold"),
        ([0.0, 1.0, 2.0], [1.0, 0.0, 1.0], "a resistance has no standard error"),
    ],
)
def test_what_makes_no_line_is_refused(hours, error, message):
    with pytest.raises(InputError, match=message):
        square_root_line(np.array(hours), np.array([1.0, 2.0, 3.0]), None if error is None else np.array(error))
