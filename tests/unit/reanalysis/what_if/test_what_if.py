from __future__ import annotations

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.ledger.record import Observation
from coatopt.reanalysis.what_if.asked import prediction_section
from coatopt.reanalysis.what_if.prediction_grid import map_of, measured, slice_of, usual_row
from coatopt.reanalysis.what_if.section import WhatIf, what_if_section
from coatopt.reanalysis.what_if.slice_rows import changed, places
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

PARAMETERS = {
    "a": {"stage": "s", "unit": "mm", "range": [0, 1]},
    "b": {"stage": "s", "unit": "h", "range": [0.1, 10], "scale": "log"},
    "kind": {"stage": "s", "values": ["plain", "coated"]},
    "heat": {"stage": "s", "unit": "degC", "range": [100, 500], "step": 100, "when": 'kind == "coated"'},
}
METRICS = {
    "y": {"stage": "s", "unit": "V", "goal": "maximize", "worst": -5},
    "z": {"stage": "s", "unit": "%", "at_least": 40},
}


def fitted(parameters=None, metrics=None, count=24, constraints=(), mixtures=None):
    rng = np.random.default_rng(0)
    document = {
        "name": "t",
        "stages": [{"name": "s"}],
        "parameters": parameters or PARAMETERS,
        "metrics": metrics or METRICS,
        "constraints": list(constraints),
    }
    campaign = campaign_from_dict(document | ({"mixtures": mixtures} if mixtures else {}))
    from coatopt.campaign.design_space import DesignSpace

    space = DesignSpace(campaign)
    seen = []
    for i, row in enumerate(space.sample(count, rng)):
        settings = space.settings(row)
        numbers = [v for v in settings.values() if isinstance(v, float)]
        values = {"y": 2.0 * numbers[0] + 0.01 * rng.normal(), "z": 100.0 * numbers[0]}
        for metric in campaign.metrics:
            rest = {"cell": None, "sd": 0.05, "low": None, "high": None}
            seen.append(
                Observation(sample=f"s{i}", settings=settings, metric=metric.name, value=values[metric.name], **rest)
            )
    return fit_surrogates(campaign, Evidence(seen), 0)


@pytest.fixture(scope="module")
def posterior():
    return fitted()


def test_a_slice_follows_the_parameter_and_its_bands_hold_cells_beside_the_truth(posterior):
    _, row = usual_row(posterior)
    found = slice_of(posterior, posterior.campaign.metric("y"), 0, row)
    assert found.at[0] == 0.0
    assert found.at[-1] == 1.0
    assert found.function.mean == pytest.approx(2.0 * found.at, abs=0.15)
    assert (found.cell.high - found.cell.low > found.function.high - found.function.low).all()
    assert ((found.function.low <= 2.0 * found.at) & (2.0 * found.at <= found.function.high)).mean() > 0.8


def test_switching_a_condition_off_takes_its_parameter_along(posterior):
    space = posterior.space
    row = space.row({"a": 0.5, "b": 1.0, "kind": "coated", "heat": 300.0})
    rows = changed(space, row, {2: np.array([0.0, 1.0])})
    assert np.isnan(rows[0, 3])
    assert rows[1, 3] == 300.0
    assert places(space, 3).tolist() == [100.0, 200.0, 300.0, 400.0, 500.0]
    assert places(space, 2).tolist() == [0.0, 1.0]


def test_settings_that_a_constraint_forbids_are_left_open():
    posterior = fitted(
        {n: {"stage": "s", "unit": "mm", "range": [0, 1]} for n in ("a", "b")},
        {"y": METRICS["y"]},
        constraints=["a + b <= 1"],
    )
    row = posterior.space.row({"a": 0.5, "b": 0.5})
    found = slice_of(posterior, posterior.campaign.metric("y"), 0, row)
    assert np.isfinite(found.function.mean[found.at <= 0.5]).all()
    assert np.isnan(found.function.mean[found.at > 0.5]).all()
    area = map_of(posterior, posterior.campaign.metric("y"), (0, 1), row, False, 0)
    x, y = np.meshgrid(area.x, area.y)
    assert (np.isfinite(area.mean) == (x + y <= 1 + 1e-9)).all()
    assert (area.half_width[np.isfinite(area.mean)] > 0).all()


def test_other_parts_of_a_mixture_give_way_in_proportion():
    parts = {n: {"stage": "s", "unit": "%", "range": [0, 100]} for n in ("p", "q", "r")}
    posterior = fitted(parts, {"y": METRICS["y"]}, mixtures={"blend": {"parts": ["p", "q", "r"], "total": 100}})
    rows = changed(posterior.space, np.array([40.0, 40.0, 20.0]), {0: np.array([10.0, 100.0])})
    assert rows[0] == pytest.approx([10.0, 60.0, 30.0])
    assert rows[1] == pytest.approx([100.0, 0.0, 0.0])


def test_a_map_over_levels_is_refused(posterior):
    _, row = usual_row(posterior)
    with pytest.raises(InputError, match="kind has levels: take a slice"):
        map_of(posterior, posterior.campaign.metric("y"), (0, 2), row, False, 0)


def test_an_averaged_map_is_flatter_in_what_it_averages_over(posterior):
    _, row = usual_row(posterior)
    averaged = map_of(posterior, posterior.campaign.metric("y"), (0, 1), row, True, 0)
    assert averaged.averaged
    assert np.nanmax(np.abs(averaged.mean - 2.0 * averaged.x[None, :])) < 0.4
    again = map_of(posterior, posterior.campaign.metric("y"), (0, 1), row, True, 0)
    assert np.array_equal(averaged.mean, again.mean, equal_nan=True)


def test_the_section_draws_data_with_error_bars_and_lines_of_feasibility(posterior):
    section = what_if_section(posterior, WhatIf(), 0)
    keys = [picture.key for picture in section.pictures]
    assert keys == ["slices-y", "slices-z", "map-y", "map-z"]
    points = [s for p in section.pictures[0].panels for s in p.series if type(s).__name__ == "Points"]
    assert any((s.y_interval is not None and not s.hollow) or s.name == "measured elsewhere" for s in points)
    lines = [s for p in section.pictures[2].panels for s in p.series if type(s).__name__ == "Field" and s.lines]
    assert [field.lines for field in lines] == [(0.1, 0.5, 0.9)]
    assert any("Along a, y goes from" in sentence for sentence in section.sentences)
    rule = [s for s in section.pictures[1].panels[0].series if type(s).__name__ == "Rule"]
    assert rule[0].at == 40


def test_unknown_parameters_are_named_with_the_nearest(posterior):
    with pytest.raises(InputError, match="'hat' is not a parameter that can be varied; did you mean 'heat'"):
        what_if_section(posterior, WhatIf(along=("hat",)), 0)


def test_readings_of_a_metric_come_with_their_scatter(posterior):
    read = measured(posterior, "y")
    assert len(read.samples) == 24
    assert (read.low < read.value).all()
    assert (read.high > read.value).all()


def test_predictions_asked_for_give_both_intervals_and_chances(posterior):
    rows = np.array([posterior.space.row({"a": 0.9, "b": 1.0, "kind": "plain"})])
    section = prediction_section(posterior, rows, 0)
    (table,) = section.tables
    line = dict(zip([c.key for c in table.columns], table.rows[0], strict=True))
    assert line["metric"] == "y"
    assert line["true_low"] < 1.8 < line["true_high"]
    assert line["cells_low"] < line["true_low"]
    assert "that every threshold is kept" in section.sentences[0]
