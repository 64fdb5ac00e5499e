"""The contract of simulators: complete and checked tasks, keys by content, outcomes that survive JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.errors import InputError
from coatopt.simulator.contract import Outcome, Task, task_key, task_of
from coatopt.simulator.registry import find_simulator, simulators

NAMES = ("mixer", "microstructure", "composite")


def test_the_shipped_simulators_are_found():
    assert set(NAMES) <= set(simulators())
    with pytest.raises(InputError, match="there is no simulator 'oven'; there are composite, microstructure, mixer"):
        find_simulator("oven")


@pytest.mark.parametrize("name", NAMES)
def test_every_input_and_output_has_a_unit_and_a_sentence_and_defaults_lie_inside(name):
    from coatopt.quantity import check_unit

    simulator = find_simulator(name)
    for each in (*simulator.inputs, *simulator.outputs):
        check_unit(each.unit)
        assert each.about
    assert all(each.low <= each.default <= each.high for each in simulator.inputs)
    assert [level.number for level in simulator.levels] == list(range(len(simulator.levels)))
    costs = [level.cpu_seconds for level in simulator.levels]
    assert costs == sorted(costs)
    assert len({each.name for each in simulator.inputs}) == len(simulator.inputs)


def test_a_task_is_complete_and_what_is_wrong_with_it_is_one_sentence():
    mixer = find_simulator("mixer")
    task = task_of(mixer, {"rotor_speed": 2500}, 1, 7)
    assert task.inputs.keys() == {each.name for each in mixer.inputs}
    assert (task.inputs["rotor_speed"], task.inputs["gap"], task.seed) == (2500.0, 3.0, 7)
    for given_, level, text in (
        ({"rotor": 1}, 1, "mixer has no input 'rotor'; it takes rotor_speed, "),
        ({"rotor_speed": 1e6}, 1, "mixer: rotor_speed is 1e\\+06 rpm; it lies between 100 and 20000 rpm"),
        ({"rotor_speed": math.nan}, 1, "rotor_speed is nan rpm"),
        ({"blades": 2.5}, 1, "mixer: blades is 2.5; a whole number is wanted"),
        ({}, 4, "mixer has no level 4; there are 0, 1, 2, 3"),
    ):
        with pytest.raises(InputError, match=text):
            task_of(mixer, given_, level)


def test_the_key_is_the_content():
    task = Task("mixer", 1, {"a": 1.0, "b": 2.0}, 0)
    assert task_key(task, "1") == task_key(Task("mixer", 1, {"b": 2, "a": 1}, 0), "1")
    others = [
        task_key(Task("oven", 1, task.inputs, 0), "1"),
        task_key(Task("mixer", 2, task.inputs, 0), "1"),
        task_key(Task("mixer", 1, {"a": 1.0, "b": 2.0000000001}, 0), "1"),
        task_key(Task("mixer", 1, task.inputs, 1), "1"),
        task_key(task, "2"),
    ]
    assert len({task_key(task, "1"), *others}) == 6


@given(
    outputs=st.dictionaries(st.text(min_size=1, max_size=9), st.floats(allow_nan=False, allow_infinity=False)),
    failure=st.none() | st.text(max_size=20),
    warnings=st.lists(st.text(max_size=20)),
    seed=st.integers(0, 2**31 - 1),
)
def test_outcomes_survive_json(outputs, failure, warnings, seed):
    outcome = Outcome(Task("x", 0, {"a": 0.1}, seed), outputs, failure, tuple(warnings), {"model": "x-1"}, 1.5)
    document = json.loads(json.dumps(outcome.document(), allow_nan=False))
    assert document["simulated"] is True
    assert Outcome.of(document) == outcome


def test_what_is_no_outcome_is_refused():
    for wrong in ({}, {"outputs": {}}, {**Outcome(Task("x", 0, {})).document(), "outputs": {"a": "b"}}):
        with pytest.raises(InputError, match="this is no outcome of a simulation"):
            Outcome.of(wrong)
