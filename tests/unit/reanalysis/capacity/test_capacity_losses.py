from dataclasses import replace
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pytest

from coatopt.campaign.reanalysis_choice import Capacities, ReanalysisChoice
from coatopt.campaign.yaml_file import campaign_from_dict, load_campaign
from coatopt.ledger.record import Observation
from coatopt.reanalysis.capacity.losses import capacity_losses
from coatopt.reanalysis.capacity.split import Known, combined, sample_capacities
from coatopt.reanalysis.scatter.published_statistics import PublishedCorrelation, Statistics, read_statistics

MIXING = Path(__file__).parents[4] / "campaigns" / "mixing-ncm82"
RATES = ("q_slow", "q_fast")


def campaign(reference=None, active=()):
    plain = campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {"a": {"stage": "s", "range": [0, 10]}},
            "metrics": {
                "q_slow": {"stage": "cycling", "unit": "mAh/g", "range": [0, 274]},
                "q_fast": {"stage": "cycling", "unit": "mAh/g"},
                "q_active": {"stage": "cycling", "unit": "mAh/g"},
                "theta": {"stage": "cycling", "unit": "%", "range": [0, 105]},
            },
        }
    )
    chosen = Capacities(utilization="theta", gross=RATES, active=active, reference=reference)
    return replace(plain, reanalysis=ReanalysisChoice(capacities=chosen))


def seen(metric, value=None, sd=None, sample="s1", low=None, high=None, reference=None):
    return Observation(
        sample=sample, settings={"a": 1.0}, metric=metric, cell=None, value=value, sd=sd, low=low, high=high,
        reference=reference,
    )  # fmt: skip


def splits(readings, definition):
    return sample_capacities(readings, definition, definition.reanalysis.capacities)


def exactly(value, sd=nan):
    return Known(value, sd, value, value)


def between(low, high):
    return Known(None, nan, low, high)


def test_errors_propagate_into_the_active_capacity():
    (found,) = splits([seen("q_slow", 180.0, 2.0), seen("theta", 90.0, 1.0)], campaign())
    assert found.active.value == pytest.approx(200.0)
    assert found.active.sd == pytest.approx(200 * np.hypot(2 / 180, 1 / 90))
    assert found.unconnected.value == pytest.approx(20.0)
    # Both errors act on active less gross: 2 (1 / 0.9 - 1) and 180 / 0.81 of 0.01.
    assert found.unconnected.sd == pytest.approx(np.hypot(2 * (1 / 0.9 - 1), 180 / 0.81 * 0.01))


def test_bounds_give_ends_and_the_utilization_stops_at_100_percent():
    (found,) = splits([seen("q_slow", 190.0), seen("theta", low=95.0)], campaign())
    assert (found.utilization.low, found.utilization.high) == (0.95, 1.0)
    assert found.active.value is None
    assert (found.active.low, found.active.high) == pytest.approx((190.0, 200.0))
    assert (found.unconnected.low, found.unconnected.high) == pytest.approx((0.0, 10.0))
    (found,) = splits([seen("q_slow", low=180.0, high=190.0), seen("theta", 80.0)], campaign())
    assert (found.active.low, found.active.high) == pytest.approx((225.0, 237.5))


def test_every_combination_within_the_bounds_lies_within_the_ends():
    rng = np.random.default_rng(0)
    q, theta, first = between(120.0, 150.0), between(0.7, 0.9), between(160.0, 200.0)
    for formula in (
        lambda a, b, c: (c - a) / b,
        lambda a, b, c: a / b - a + 0 * c,
        lambda a, b, c: 200 * b - a + 0 * c,
    ):
        ends = combined(formula, q, theta, first)
        drawn = formula(rng.uniform(120, 150, 5000), rng.uniform(0.7, 0.9, 5000), rng.uniform(160, 200, 5000))
        assert ends.low <= drawn.min()
        assert drawn.max() <= ends.high
        assert drawn.max() - drawn.min() > 0.6 * (ends.high - ends.low)


def test_open_ends_stay_open():
    (found,) = splits([seen("q_fast", low=100.0), seen("theta", 80.0)], campaign())
    assert found.active.low == pytest.approx(125.0)
    assert found.active.high == inf
    (found,) = splits([seen("q_fast", 100.0), seen("theta", high=50.0)], campaign(reference=(200.0, 2.0)))
    assert (found.active.low, found.active.high) == (pytest.approx(200.0), inf)
    # One standard deviation of the reference counts at both ends.
    assert (found.static.low, found.static.high) == pytest.approx((99.0, 202.0))


def test_with_a_reference_the_losses_are_those_of_the_metric():
    readings = [seen("q_slow", 170.0, 1.0), seen("theta", 90.0, 2.0), seen("q_fast", 130.0, 1.0)]
    slow, fast = splits(readings, campaign(reference=(205.0, 3.0)))
    assert slow.static.value == pytest.approx(20.5)
    assert slow.kinetic.value == pytest.approx(205 * 0.9 - 170)
    assert slow.kinetic.sd == pytest.approx(np.sqrt((0.9 * 3) ** 2 + (205 * 0.02) ** 2 + 1))
    assert fast.kinetic.value - slow.kinetic.value == pytest.approx(40.0)
    # Per gram of connected CAM the kinetic loss is larger by 1 / utilisation, the sum of both is the same.
    assert 205 - slow.active.value == pytest.approx(slow.kinetic.value / 0.9)
    assert 205 - slow.active.value + slow.unconnected.value == pytest.approx(slow.static.value + slow.kinetic.value)
    section = capacity_losses(readings, Statistics(), campaign(reference=(205.0, 3.0)))
    text = " ".join(section.sentences)
    assert "Against the reference capacity the kinetic loss in q_fast is" in text
    assert "per gram of all CAM, one stated standard deviation included at both ends" in text
    assert any("against the reference capacity are per gram of all CAM" in note for note in section.notes)


@pytest.mark.parametrize("reference", [None, (205.0, 3.0)])
def test_both_ways_to_split_a_loss_are_told_apart(reference):
    readings = [seen("q_slow", 170.0), seen("theta", 90.0)]
    notes = " ".join(capacity_losses(readings, Statistics(), campaign(reference=reference)).notes)
    assert "the kinetic one reference x utilisation - gross" in notes
    assert "the kinetic loss is reference - gross / utilisation" in notes
    assert ("No reference capacity is stated" in notes) == (reference is None)


def test_a_stated_error_beside_a_bound_is_kept():
    (found,) = splits([seen("q_slow", 190.0, 2.0), seen("theta", low=95.0)], campaign())
    assert (found.active.low, found.active.high) == pytest.approx((188.0, 192.0 / 0.95))
    text = " ".join(
        capacity_losses([seen("q_slow", 190.0, 2.0), seen("theta", low=95.0)], Statistics(), campaign()).sentences
    )
    assert "one stated standard deviation included at both ends" in text


def test_without_a_reference_the_fade_between_rates_is_kinetic():
    slow, fast = splits([seen("q_slow", 180.0), seen("q_fast", 135.0), seen("theta", 90.0)], campaign())
    assert slow.fade is None
    assert slow.static is None
    assert fast.fade.value == pytest.approx(200 - 150)
    assert isnan(fast.fade.sd)


def test_references_and_samples_without_a_utilization_are_passed_over():
    readings = [seen("q_slow", 180.0), seen("q_slow", 180.0, sample="r", reference="uncoated")]
    readings.append(seen("theta", 90.0, sample="r", reference="uncoated"))
    assert splits(readings, campaign()) == ()
    assert capacity_losses(readings, Statistics(), campaign()) is None
    bare = replace(campaign(), reanalysis=ReanalysisChoice())
    assert capacity_losses([seen("q_slow", 180.0), seen("theta", 90.0)], Statistics(), bare) is None


def test_a_recorded_active_capacity_below_the_gross_one_is_named():
    definition = campaign(active=("q_active",))
    readings = [seen("q_slow", 206.0), seen("theta", low=95.0), seen("q_active", 205.0)]
    text = " ".join(capacity_losses(readings, Statistics(), definition).sentences)
    assert (
        "s1: the recorded active capacity of 205 mAh/g is not what q_slow and theta allow (206 to 216.8 mAh/g)" in text
    )
    fitting = [seen("q_slow", 206.0), seen("theta", low=95.0), seen("q_active", 210.0)]
    assert "recorded" not in " ".join(capacity_losses(fitting, Statistics(), definition).sentences)


def test_samples_that_differ_by_connected_cam_alone_agree_once_divided():
    thetas = [76.0, 82.0, 88.0, 94.0, 80.0]
    readings = [seen("theta", t, sample=f"s{i}") for i, t in enumerate(thetas)]
    readings += [seen("q_slow", 2.0 * t + 0.1 * (-1) ** i, sample=f"s{i}") for i, t in enumerate(thetas)]
    (sentence,) = [s for s in capacity_losses(readings, Statistics(), campaign()).sentences if s.startswith("Over 5")]
    assert "by 8.4 % per gram of all CAM and by 0.1 % per gram of connected CAM" in sentence
    assert "theta explains 100 % (100 to 100 %) of its variance" in sentence


def test_published_groups_say_what_the_paper_says():
    definition = load_campaign(MIXING)
    gross = tuple(f"discharge_capacity_{rate}" for rate in ("0p1c", "0p3c", "1c"))
    chosen = Capacities(utilization="cam_utilization", gross=gross)
    definition = replace(definition, reanalysis=ReanalysisChoice(capacities=chosen))
    section = capacity_losses([], read_statistics(MIXING, definition), definition)
    text = " ".join(section.sentences)
    assert "explains 90 % (75 to 96 %), 80 % (52 to 92 %) and 53 % (16 to 80 %)" in text
    assert "with 6, one for each published batch, 37 to 99 %, 8 to 98 % and 0 to 94 %" in text
    assert "even the lower end of discharge_capacity_0p1c, 75 %, is more than half" in text
    assert "they go with how much CAM is connected; if only batches count, that is not sure" in text
    assert "not settled: the intervals overlap" in text
    assert "come from" not in text
    assert "Per gram of connected CAM all cells scatter by 1.5, 2.7 and 6.3 %" in text
    assert "5.1, 6.0 and 8.1 % for cells by hand mortar" in text
    assert "even per gram of all CAM cells by vibrating mill in" in text
    assert text.count("kinetics have taken over") == 2
    (picture,) = section.pictures
    _, _, static, kinetic = picture.panels[0].series
    theta = 179.5 / 201.4
    gross = np.array([179.5, 164.9, 138.5])
    assert static.length == pytest.approx(gross / theta - gross)
    assert kinetic.length == pytest.approx(201.4 - gross[1:] / theta)
    assert kinetic.position.tolist() == [1.0, 2.0]
    rows = section.document()["tables"]["groups"]["rows"]
    assert [row["utilization"] for row in rows] == pytest.approx([178.0 / 201.4] * 3 + [theta] * 3)
    assert "cells by vibrating mill 16.9 ± 1.6 mAh/g, and kinetics cost 46.0 ± 3.0 mAh/g per gram of connected" in text


def test_without_a_lower_end_above_half_nothing_is_called_static():
    definition = campaign()
    weak = [
        PublishedCorrelation(metric=m, other="theta", r=r, source="p", pairs=18)
        for m, r in zip(RATES, (0.8, 0.1), strict=True)
    ]
    text = " ".join(capacity_losses([], Statistics(correlations=tuple(weak)), definition).sentences)
    assert "static" not in text
    assert "the intervals overlap" in text
    unknown = tuple(replace(p, pairs=None) for p in weak)
    text = " ".join(capacity_losses([], Statistics(correlations=unknown), definition).sentences)
    assert "how sure that is nobody can say" in text
    clear = [replace(p, r=r, pairs=200) for p, r in zip(weak, (0.97, 0.3), strict=True)]
    text = " ".join(capacity_losses([], Statistics(correlations=tuple(clear)), definition).sentences)
    assert "so kinetics gain weight, taking pairs as independent" in text
