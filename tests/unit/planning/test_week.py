"""Runs and their shared settings, whatever the kinds of parameters."""

import numpy as np
import pytest

from coatopt.campaign.design_space import DesignSpace
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.planning.candidate_search import CandidateSearch
from coatopt.planning.capacity import week_layout
from coatopt.planning.space_filling import SpaceFilling
from coatopt.planning.week import WeekFiller


class Bowl:
    """A criterion with a known answer: close to a target, away from what is chosen."""

    def __init__(self, target, chosen=(), gain=0.0):
        self.target, self.chosen, self.gain = np.asarray(target), chosen, gain

    def score(self, rows):
        score = -((np.nan_to_num(rows) - self.target) ** 2).sum(axis=1)
        for other in self.chosen:
            score = score - 0.05 * np.exp(-((np.nan_to_num(rows) - other) ** 2).sum(axis=1) / 0.01)
        return score

    def add(self, row):
        gain = self.gain + float(np.exp(self.score(row[None, :])[0]))
        return Bowl(self.target, (*self.chosen, np.nan_to_num(row)), gain)

    def adding(self, rows):
        return Bowl(self.target, (*self.chosen, *np.nan_to_num(rows)), self.gain)


def campaign(parameters, stages=None, **more):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": stages or [{"name": "coating"}, {"name": "furnace", "runs_per_week": 2, "samples_per_run": 3}],
            "parameters": parameters,
            "metrics": {"m": {"stage": "coating", "unit": "%"}},
        }
        | more
    )


def fill(c, criterion, seed=0, **options):
    space = DesignSpace(c)
    empty = np.empty((0, len(space.names)))
    search = CandidateSearch(space, empty, empty, np.random.default_rng(seed))
    return space, WeekFiller(c, space, week_layout(c, **options), search).fill(criterion)[0]


FURNACE = {
    "x": {"stage": "coating", "range": [0, 1]},
    "hot": {"stage": "furnace", "range": [0, 1], "step": 0.05},
    "gas": {"stage": "furnace", "values": ["air", "argon", "oxygen"]},
}


def test_samples_of_a_run_share_its_settings_and_the_best_level_is_found():
    _, rows = fill(campaign(FURNACE), Bowl([0.3, 0.6, 2.0]))
    assert rows.shape == (6, 3)
    for run in (rows[:3], rows[3:]):
        assert len(np.unique(run[:, 1:], axis=0)) == 1
    assert set(rows[:, 2]) == {2.0}
    assert np.abs(rows[:, 1] - 0.6).max() < 0.21
    assert len(np.unique(rows, axis=0)) == 6


def test_a_conditional_setting_of_a_run_is_shared_too_when_it_is_off():
    parameters = FURNACE | {"flow": {"stage": "furnace", "range": [0, 1], "when": 'gas == "oxygen"'}}
    space, rows = fill(campaign(parameters), Bowl([0.3, 0.6, 0.0, 0.0]))
    for run in (rows[:3], rows[3:]):
        assert len({str(row[1:]) for row in run}) == 1
    assert np.isnan(rows[rows[:, 2] != 2, 3]).all()
    assert space.feasible(rows).all()


def test_a_condition_on_a_free_setting_does_not_split_a_run():
    parameters = {
        "cycles": {"stage": "coating", "range": [0, 5], "integer": True},
        "hot": {"stage": "furnace", "range": [0, 1], "when": "cycles > 0"},
    }
    _, rows = fill(campaign(parameters), Bowl([0.0, 0.5]))
    for run in (rows[:3], rows[3:]):
        assert len({str(value) for value in run[:, 1]}) == 1


def test_two_shared_stages_in_sequence():
    stages = [
        {"name": "mixer", "runs_per_week": 2, "samples_per_run": 4},
        {"name": "furnace", "runs_per_week": 3, "samples_per_run": 2},
    ]
    parameters = {
        "speed": {"stage": "mixer", "range": [0, 1]},
        "hot": {"stage": "furnace", "range": [0, 1]},
    }
    c = campaign(parameters, stages, metrics={"m": {"stage": "mixer", "unit": "%"}})
    _, rows = fill(c, Bowl([0.5, 0.5]))
    layout = week_layout(c)
    for stage, column in (("mixer", 0), ("furnace", 1)):
        for run in {place[stage] for place in layout.places}:
            values = {rows[i, column] for i, place in enumerate(layout.places) if place[stage] == run}
            assert len(values) == 1


def test_a_mixture_inside_a_run_is_shared_and_sums():
    parameters = {f"p{i}": {"stage": "furnace", "unit": "%", "range": [0, 80], "step": 5} for i in range(3)}
    c = campaign(
        parameters | {"x": {"stage": "coating", "range": [0, 1]}},
        mixtures={"blend": {"parts": ["p0", "p1", "p2"], "total": 100}},
    )
    _, rows = fill(c, Bowl([50, 30, 20, 0.5]))
    assert (rows[:, :3].sum(axis=1) == 100).all()
    assert len(np.unique(rows[:3, :3], axis=0)) == 1


def test_when_one_setting_is_left_it_is_repeated():
    _, rows = fill(campaign({"gas": {"stage": "furnace", "values": ["air", "argon"]}}), Bowl([1.0]))
    assert rows.shape == (6, 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_first_week_leaves_less_unknown_than_chance_does(seed):
    c = campaign(FURNACE)
    space = DesignSpace(c)
    criterion = SpaceFilling(space, Encoding(space), np.empty((0, 3)), np.random.default_rng(seed))
    _, rows = fill(c, criterion, seed)

    def unknown(chosen):
        total = criterion
        for row in chosen:
            total = total.add(row)
        return -total.gain

    rng = np.random.default_rng(seed)
    by_chance = []
    for _ in range(40):
        drawn = space.sample(6, rng)
        drawn[:3, 1:], drawn[3:, 1:] = drawn[0, 1:], drawn[3, 1:]
        by_chance.append(unknown(drawn))
    assert unknown(rows) < np.quantile(by_chance, 0.2)
    assert len(np.unique(rows[:, 1:], axis=0)) == 2
