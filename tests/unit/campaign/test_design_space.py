import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.parameter import Levelled, Numeric
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InfeasibleError

from strategies.campaigns import campaigns


def space_of(parameters, **more):
    stage = {"stage": "s"}
    tree = {
        "name": "t",
        "stages": [{"name": "s"}],
        "parameters": {name: stage | entry for name, entry in parameters.items()},
        "metrics": {"m": stage | {"unit": "%"}},
    }
    return DesignSpace(campaign_from_dict(tree | more))


def check_rows(space, rows):
    """Everything that a proposal must keep, tested on its own terms."""
    campaign = space._campaign
    assert space.feasible(rows).all()
    for row in rows:
        settings_ = space.settings(row)
        assert np.array_equal(space.row(settings_), row, equal_nan=True)
        for parameter in campaign.free_parameters:
            value = settings_[parameter.name]
            if value is None:
                assert parameter.when is not None
            elif isinstance(parameter, Levelled):
                assert value in parameter.levels
            else:
                assert isinstance(parameter, Numeric)
                assert parameter.low <= value <= parameter.high or value == 0
                if parameter.grid() is not None:
                    assert value in parameter.grid()
        for mixture in campaign.mixtures:
            parts = [settings_[name] for name in mixture.parts]
            assert abs(sum(parts) - mixture.total) < 1e-9
            assert mixture.at_most is None or sum(part > 0 for part in parts) <= mixture.at_most


@given(campaigns(), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_drawn_and_neighbouring_rows_keep_everything(tree, seed):
    space = DesignSpace(campaign_from_dict(tree))
    rng = np.random.default_rng(seed)
    rows = space.sample(40, rng)
    assert len(rows) > 0
    check_rows(space, rows)
    check_rows(space, space.neighbours(rows[0], 30, 0.1, rng, {}))
    fixed = {0: float(rows[0, 0])}
    held = space.sample(10, rng, fixed)
    assert np.array_equal(held[:, 0], np.full(len(held), rows[0, 0]), equal_nan=True)
    encoding = Encoding(space)
    encoded = encoding.encode(rows)
    assert encoded.shape == (len(rows), encoding.width)
    distances = encoded[:, encoding.distance_columns]
    # An arc of a conditional parameter runs from -1/2 to 1/2 around its inactive state.
    assert ((distances >= -0.5 - 1e-9) & (distances <= 1 + 1e-9)).all()


def test_an_inactive_parameter_is_as_far_from_each_of_its_values_as_its_ends_are_apart():
    space = space_of(
        {"mixer": {"values": ["mortar", "mill"]}, "speed": {"range": [10, 30], "when": 'mixer == "mill"'}},
    )
    rows = space.rows([{"mixer": "mill", "speed": s} for s in (10.0, 20.0, 30.0)] + [{"mixer": "mortar"}])
    encoding = Encoding(space)
    place = encoding.encode(rows)[:, encoding.distance_columns]
    assert np.linalg.norm(place[:3] - place[3], axis=1) == pytest.approx(np.ones(3))
    assert np.linalg.norm(place[0] - place[2]) == pytest.approx(1.0)
    assert encoding.groups == [0, 0]


def test_parts_of_a_mixture_are_encoded_by_the_root_of_their_fraction_on_one_scale():
    space = space_of(
        {
            "p": {"range": [20, 100], "unit": "%"},
            "q": {"range": [0, 64], "unit": "%"},
            "r": {"range": [0, 16], "unit": "%"},
        },
        mixtures={"blend": {"parts": ["p", "q", "r"], "total": 100}},
    )
    place = Encoding(space).encode(np.array([[100.0, 0.0, 0.0], [20.0, 64.0, 16.0]]))
    assert place[1] - place[0] == pytest.approx([(np.sqrt(0.2) - 1) / 0.8, 1.0, 0.5])


def test_narrow_constraints_are_found_by_linear_programming():
    space = space_of(
        {name: {"range": [0, 1]} for name in "abcd"},
        constraints=["a + b + c + d <= 0.02", "a - b >= 0.005"],
    )
    rows = space.sample(20, np.random.default_rng(0))
    assert len(rows) == 20
    check_rows(space, rows)


def test_equalities_hold():
    space = space_of(
        {"a": {"range": [0, 10], "step": 0.5}, "b": {"range": [0, 20]}, "c": {"values": ["x", "y"]}},
        constraints=['a + b == 12 if c == "x"'],
    )
    rows = space.sample(50, np.random.default_rng(1))
    bound = rows[rows[:, 2] == 0]
    assert len(bound) > 5
    assert np.abs(bound[:, 0] + bound[:, 1] - 12).max() < 1e-9


def test_contradicting_constraints_are_named():
    space = space_of({"a": {"range": [0, 1]}}, constraints=["a >= 0.9", "a <= 0.1"])
    with pytest.raises(InfeasibleError, match="a >= 0.9"):
        space.sample(3, np.random.default_rng(0))


def test_a_chain_of_conditions_switches_off_together():
    space = space_of(
        {
            "coated": {"values": ["no", "yes"]},
            "cycles": {"range": [1, 20], "integer": True, "when": 'coated == "yes"'},
            "anneal": {"range": [200, 700], "step": 50, "when": "cycles > 10"},
        }
    )
    rows = space.sample(200, np.random.default_rng(0))
    off, thin = rows[:, 0] == 0, rows[:, 1] <= 10
    assert np.isnan(rows[off, 1]).all()
    assert np.isnan(rows[off | thin, 2]).all()
    assert not np.isnan(rows[~off & ~thin, 2]).any()


@given(st.integers(0, 10**6), st.sampled_from([1, 2.5, 5]), st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_stepped_mixtures_sum_exactly_on_their_steps(seed, step, at_most):
    assume(at_most * 60 >= 100)
    space = space_of(
        {f"p{i}": {"unit": "%", "range": [0, 60], "step": step} for i in range(5)},
        mixtures={"m": {"parts": [f"p{i}" for i in range(5)], "total": 100, "at_most": at_most}},
    )
    rows = space.sample(30, np.random.default_rng(seed))
    assert len(rows) == 30
    check_rows(space, rows)
    assert (rows.sum(axis=1) == 100).all()
