import pytest
from hypothesis import given
from hypothesis import strategies as st

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.planning.capacity import week_layout


def lab(*stages):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": list(stages),
            "parameters": {"a": {"stage": stages[0]["name"], "range": [0, 1]}},
            "metrics": {"m": {"stage": stages[-1]["name"], "unit": "%"}},
        }
    )


@given(st.integers(1, 6), st.integers(2, 6), st.integers(1, 20))
def test_runs_are_filled_evenly_and_within_their_places(runs, places, slots):
    campaign = lab(
        {"name": "furnace", "runs_per_week": runs, "samples_per_run": places},
        {"name": "xps", "samples_per_week": slots},
    )
    layout = week_layout(campaign)
    assert len(layout.places) == min(runs * places, slots)
    numbers = [place["furnace"] for place in layout.places]
    sizes = [numbers.count(run) for run in sorted(set(numbers))]
    assert numbers == sorted(numbers)
    assert len(sizes) <= runs
    assert max(sizes) <= places
    assert max(sizes) - min(sizes) <= 1


def test_channels_count_cells_and_days():
    stage = {"name": "cycling", "channels": 16, "cells_per_sample": 3, "days": 7}
    assert len(week_layout(lab(stage)).places) == 5
    assert len(week_layout(lab(stage | {"days": 3})).places) == 10


def test_two_stages_with_runs_each_keep_their_own_count():
    campaign = lab(
        {"name": "mixing", "runs_per_week": 2, "samples_per_run": 3},
        {"name": "annealing", "runs_per_week": 3, "samples_per_run": 2},
    )
    layout = week_layout(campaign)
    assert [p["mixing"] for p in layout.places] == [1, 1, 1, 2, 2, 2]
    assert [p["annealing"] for p in layout.places] == [1, 1, 2, 2, 3, 3]
    assert layout.opened(0) == ("mixing", "annealing")
    assert layout.opened(1) == ()
    assert layout.opened(3) == ("mixing",)


def test_the_narrow_stage_is_named():
    campaign = lab(
        {"name": "furnace", "runs_per_week": 2, "samples_per_run": 3}, {"name": "xps", "samples_per_week": 4}
    )
    with pytest.raises(InputError, match="xps takes 4"):
        week_layout(campaign, samples=5)
    with pytest.raises(InputError, match="1 to 2 runs"):
        week_layout(campaign, runs=3)
    assert len(week_layout(campaign, runs=1).places) == 3


def test_without_limits_a_handful_is_proposed_and_said_so():
    layout = week_layout(lab({"name": "mixing"}))
    assert len(layout.places) == 4
    assert "--samples" in layout.notices[0]
    assert week_layout(lab({"name": "mixing"}), samples=2).notices == ()
    with pytest.raises(InputError, match="runs_per_week"):
        week_layout(lab({"name": "mixing"}), runs=1)
