from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.reanalysis.replay.pool import recorded_pool
from coatopt.reanalysis.replay.world import simulated_pool
from coatopt.reanalysis.replay.yardstick import Yardstick
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

STAGES = [
    {"name": "coating"},
    {"name": "furnace", "runs_per_week": 2, "samples_per_run": 2, "days": 1},
    {"name": "cycling", "channels": 16, "cells_per_sample": 2, "days": 7},
]
PARAMETERS = {
    "amount": {"stage": "coating", "range": [0, 10]},
    "hot": {"stage": "furnace", "range": [100, 700], "step": 25},
}
ICE = {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 80}
GROWTH = {"stage": "cycling", "unit": "ohm", "goal": "minimize", "worst": 30, "scale": "log"}
USE = {"stage": "cycling", "unit": "%", "at_least": 90}


def campaign(**metrics):
    return campaign_from_dict({"name": "t", "stages": STAGES, "parameters": PARAMETERS, "metrics": metrics})


def seen(sample, metric, value, amount, hot=400.0, **more):
    rest = {"cell": None, "sd": None, "low": None, "high": None} | more
    return Observation(sample=sample, settings={"amount": amount, "hot": hot}, metric=metric, value=value, **rest)


def furnace_data(seed=0, runs=6):
    rng = np.random.default_rng(seed)
    found = []
    for run in range(runs):
        hot, offset = float(25 * rng.integers(4, 29)), rng.normal()
        for k in range(2):
            amount = float(rng.uniform(0, 10))
            value = 90 - 0.3 * (amount - 6) ** 2 + offset
            for cell in range(2):
                name = f"s{run}{k}"
                reading = value + 0.3 * rng.normal()
                found.append(seen(name, "ice", reading, amount, hot, cell=f"{name}-{cell}", runs=(f"F{run}",)))
    return found, {f"F{run}": "furnace" for run in range(runs)}


def test_the_pool_keeps_replicates_and_averages_them_on_the_metrics_own_scale():
    readings = [
        seen("a", "growth", 2.0, 1.0),
        seen("a", "growth", 8.0, 1.0),
        seen("b", "growth", 5.0, 2.0),
        seen("a2", "growth", 16.0, 1.0),
    ]
    pool = recorded_pool(campaign(growth=GROWTH), readings, {})
    assert pool.samples == ("a", "b", "a2")
    assert [len(pool.reader.read(i, {}, 1)) for i in range(3)] == [2, 1, 1]
    # The mean of ln 2 and ln 8 is ln 4; with the second sample of these settings, ln 16, it is ln 8.
    np.testing.assert_allclose(pool.truth[:, 0], np.log([8.0, 5.0, 8.0]))
    assert pool.distinct == 2


def test_samples_without_a_value_of_every_goal_cannot_be_chosen():
    readings = [
        seen("both", "ice", 88.0, 1.0),
        seen("both", "use", None, 1.0, low=95.0),
        seen("bound", "ice", None, 2.0, low=85.0),
        seen("bound", "use", 97.0, 2.0),
        seen("half", "ice", 90.0, 3.0),
        seen("uncoated", "ice", 82.0, 0.0, reference="uncoated"),
    ]
    pool = recorded_pool(campaign(ice=ICE, use=USE), readings, {})
    assert pool.samples == ("both",)
    assert pool.left_out == 2
    assert pool.aims.feasible(pool.truth).all()


def test_samples_of_one_recorded_run_sit_together_and_others_by_their_settings():
    readings = [
        seen("a", "ice", 88.0, 1.0, 400.0, runs=("F1",)),
        seen("b", "ice", 88.0, 2.0, 400.0, runs=("F2",)),
        seen("c", "ice", 88.0, 3.0, 400.0, runs=("F1",)),
        seen("d", "ice", 88.0, 4.0, 400.0),
        seen("e", "ice", 88.0, 5.0, 400.0),
        seen("f", "ice", 88.0, 5.0, 500.0),
    ]
    groups = recorded_pool(campaign(ice=ICE), readings, {"F1": "furnace", "F2": "furnace"}).groups["furnace"]
    assert groups[0] == groups[2]
    assert groups[3] == groups[4]
    assert len(set(groups)) == 4


def test_progress_is_the_best_feasible_value_of_a_goal_to_be_minimised():
    readings = [
        o
        for i, (growth, use) in enumerate([(9.0, 95.0), (1.0, 80.0), (4.0, 95.0), (6.0, 95.0)])
        for o in (seen(f"s{i}", "growth", growth, i), seen(f"s{i}", "use", use, i))
    ]
    pool = recorded_pool(campaign(growth=GROWTH, use=USE), readings, {})
    yardstick = Yardstick(pool)
    progress = yardstick.progress(np.array([0, 1, 3, 2]))
    np.testing.assert_allclose(np.exp(-progress), [9.0, 9.0, 6.0, 4.0])
    assert [yardstick.reached(progress, target) for target in yardstick.targets] == [4, 4]
    assert yardstick.targets[0].settings == 1


def test_the_share_of_a_trade_off_grows_to_one_and_knows_its_rectangles():
    points = [(90.0, np.exp(2.0)), (85.0, np.exp(1.0)), (70.0, np.exp(0.5)), (84.0, np.exp(2.5))]
    low = GROWTH | {"worst": float(np.exp(3.0))}
    readings = [
        o
        for i, (ice, growth) in enumerate(points)
        for o in (seen(f"s{i}", "ice", ice, i), seen(f"s{i}", "growth", growth, i))
    ]
    yardstick = Yardstick(recorded_pool(campaign(ice=ICE, growth=low), readings, {}))
    # Above 80 % and below e^3: 10 x 1, and beyond it 5 x 2 less the 5 x 1 that both enclose.
    whole = 10.0 + 10.0 - 5.0
    progress = yardstick.progress(np.array([2, 3, 1, 0]))
    np.testing.assert_allclose(progress, [0.0, 4.0 * 0.5 / whole, 10.0 / whole, 1.0], atol=1e-9)
    assert yardstick.reached(progress, yardstick.targets[1]) == 4


def test_a_world_is_the_same_for_its_seed_and_its_runs_scatter_together():
    readings, stages = furnace_data()
    posterior = fit_surrogates(campaign(ice=ICE), Evidence(readings, stages), 0, judged=False)
    one, again, other = (simulated_pool(posterior, 40, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.truth, again.truth)
    assert not np.allclose(one.truth[:10], other.truth[:10])
    assert one.space.feasible(one.rows).all()
    assert max(np.bincount(one.groups["furnace"])) > 1

    def mean(pool, sample, run):
        return np.mean([o.value for o in pool.reader.read(sample, {"furnace": run}, 2)])

    shift = [mean(one, sample, "A") - mean(one, sample, "B") for sample in range(5)]
    np.testing.assert_allclose(shift, shift[0])
    assert abs(shift[0]) > 0.01
    cells = one.reader.read(0, {"furnace": "A"}, 2)
    assert len(cells) == 2
    assert cells[0].value != cells[1].value
    assert cells == one.reader.read(0, {"furnace": "A"}, 2)


def test_true_values_lie_about_what_is_predicted():
    readings, stages = furnace_data(runs=10)
    posterior = fit_surrogates(campaign(ice=ICE), Evidence(readings, stages), 0, judged=False)
    metric = posterior.metrics["ice"]
    misses = []
    for seed in range(30):
        pool = simulated_pool(posterior, 20, seed)
        mean, variance = metric.latent(pool.rows)
        misses.append((metric.standardise(pool.truth[:, 0]) - mean) / np.sqrt(variance))
    assert abs(np.mean(misses)) < 0.2
    assert 0.8 < np.std(misses) < 1.2


def test_a_world_needs_a_model_of_every_goal():
    posterior = fit_surrogates(campaign(ice=ICE, growth=GROWTH), Evidence(furnace_data()[0]), 0, judged=False)
    with pytest.raises(InputError, match="growth"):
        simulated_pool(posterior, 20, 0)
