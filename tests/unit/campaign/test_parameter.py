import numpy as np

from coatopt.campaign.parameter import Continuous, Discrete, Integer, decimals


def test_steps_are_the_floats_that_people_write():
    grid = Continuous(name="a", stage="s", low=0.1, high=0.9, step=0.1).grid()
    assert grid.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


def test_snap_takes_the_nearest_and_stays_inside():
    parameter = Continuous(name="a", stage="s", low=100, high=700, step=25)
    assert parameter.snap(np.array([112.4, 113.0, 999.0, np.nan])).tolist()[:3] == [100.0, 125.0, 700.0]
    levels = Discrete(name="t", stage="s", low=5, high=60, levels=(5.0, 10.0, 30.0, 60.0))
    assert levels.snap(np.array([21.0, 5.1])).tolist() == [30.0, 5.0]
    assert Integer(name="n", stage="s", low=0, high=30).snap(np.array([2.6])).tolist() == [3.0]


def test_stepless_values_can_be_weighed():
    assert Continuous(name="a", stage="s", low=0.5, high=5).snap(np.array([1.23456789])).tolist() == [1.235]
    log = Continuous(name="a", stage="s", low=0.001, high=10, log=True)
    assert log.snap(np.array([0.00123456, 3.456789])).tolist() == [0.00123, 3.46]


def test_unit_interval_and_back():
    log = Continuous(name="a", stage="s", low=0.25, high=10, log=True)
    values = np.array([0.25, 1.0, 10.0])
    assert np.allclose(log.from_unit(log.to_unit(values)), values)
    assert np.allclose(log.to_unit(np.array([0.25, np.sqrt(2.5), 10.0])), [0, 0.5, 1])


def test_refusals_are_clauses():
    assert "outside the range" in Continuous(name="a", stage="s", low=0, high=1, unit="h").refuse(2.0)
    assert "whole number" in Integer(name="n", stage="s", low=0, high=3).refuse(1.5)
    assert "not one of" in Discrete(name="t", stage="s", low=5, high=60, levels=(5.0, 60.0)).refuse(30.0)
    # A furnace that really ran at 402 degC is recorded as it was.
    assert Continuous(name="a", stage="s", low=100, high=700, step=25).refuse(402.0) == ""


def test_decimals():
    assert decimals(0.25, 3) == 2
    assert decimals(25, 100) == 0
    assert decimals(1e-5) == 5
