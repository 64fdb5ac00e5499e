import numpy as np
import pytest

from coatopt.reanalysis.picture import Axis, Bars, Field, Interval, Panel, Points, Rule
from coatopt.report.figure.scale import Scale, log_ticks, scales

X = Axis(title="temperature", unit="degC")


def panel(*series, x=X, y=X):
    return Panel(x=x, y=y, series=series)


def points(x, y, **more):
    return Points(name="p", x=np.array(x, dtype=float), y=np.array(y, dtype=float), **more)


def test_an_axis_holds_points_error_bars_and_rules():
    bars = Interval(low=np.array([1.0, np.nan]), high=np.array([9.0, np.inf]))
    x, y = scales(panel(points([0, 10], [4, 5], y_interval=bars), Rule(text="goal", at=20.0, along="x")))
    assert (x.low < 0, x.high > 20) == (True, True)
    assert (y.low < 1, 9 < y.high < 10) == (True, True)


def test_given_ends_hold():
    x, _ = scales(panel(points([0, 10], [1, 2]), x=Axis(title="t", unit="h", low=2.0, high=4.0)))
    assert (x.low, x.high) == (2.0, 4.0)


def test_a_logarithmic_axis_forgets_what_it_cannot_show_and_cuts_error_bars_there():
    _, y = scales(panel(points([1, 2, 3], [-5, 1, 100]), y=Axis(title="r", unit="ohm", log=True)))
    assert 0.5 < y.low < 1
    assert y.shown(np.array([-3.0, 10.0, np.inf])) == pytest.approx([y.low, 10.0, y.high])
    assert np.isnan(y.share(np.array([-5.0]))).all()


def test_bars_begin_at_zero_and_names_run_from_the_top():
    names = Axis(title="factor", unit="1", levels=("a", "b", "c"))
    x, y = scales(panel(Bars(name="b", position=np.arange(3.0), length=np.array([5.0, 6, 7]), across=True), y=names))
    assert x.low == 0
    assert x.high > 7
    assert y.range() == [2.5, -0.5]
    assert y.share(np.array([0.0]))[0] > y.share(np.array([2.0]))[0]


def test_a_field_reaches_the_frame_unless_points_lie_beyond():
    z = Axis(title="ice", unit="%")
    field = Field(name="f", x=np.linspace(0, 1, 5), y=np.linspace(0, 1, 5), z=np.zeros((5, 5)), z_axis=z)
    assert scales(panel(field, points([0.5], [0.5])))[0] == Scale(0.0, 1.0)
    assert scales(panel(field, points([1.5], [0.5])))[0].high > 1.5


def test_nothing_to_show_still_gives_an_axis():
    x, y = scales(panel(points([], []), y=Axis(title="r", unit="ohm", log=True)))
    assert (x.low < x.high, 0 < y.low < y.high) == (True, True)


@pytest.mark.parametrize(("low", "high"), [(2.3, 8.0), (0.9, 90.0), (1e-7, 1e6), (3.0, 3.4), (99.0, 99.2)])
def test_logarithmic_ticks_are_enough_and_not_too_many(low, high):
    values, texts = log_ticks(low, high)
    assert len(values) == len(texts) == len(set(texts))
    shown = [value for value in values if low <= value <= high]
    assert 2 <= len(shown) <= 9


def test_far_powers_of_ten_are_written_as_powers():
    ticks = dict(zip(*log_ticks(1e-7, 1e6), strict=True))
    assert "10<sup>-6</sup>" in ticks.values()
    assert dict(zip(*log_ticks(0.1, 100.0), strict=True))[10.0] == "10"
