from __future__ import annotations

import math

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.coating.tof_sims import degradation_from_columns, relative_degradation

GROUPS = {"polysulfide-like": ["S2-", "S3-"], "oxygenated": {"SO3-": 3.0, "PO2-": 1.0}}


def table(signals, regions=14, total=1e6, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        (sample, region, ion, level * total * (1 + noise * rng.standard_normal()), total)
        for sample, ions in signals.items()
        for region in range(regions)
        for ion, level in ions.items()
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def evaluate(columns, groups=GROUPS, reference="uncoated"):
    return degradation_from_columns(*columns, groups, reference)


LEVELS = {
    "uncoated": {"S2-": 0.02, "S3-": 0.01, "SO3-": 0.004, "PO2-": 0.008},
    "annealed at 400": {"S2-": 0.01, "S3-": 0.005, "SO3-": 0.001, "PO2-": 0.004},
}


def test_groups_are_weighted_means_of_ratios():
    (found,) = evaluate(table(LEVELS))
    assert found.sample == "annealed at 400"
    assert found.groups["polysulfide-like"].value == pytest.approx(0.5)
    assert found.groups["oxygenated"].value == pytest.approx((3 * 0.25 + 1 * 0.5) / 4)
    assert found.fragments["SO3-"].value == pytest.approx(0.25)
    assert found.document()["groups"]["oxygenated"]["unit"] == "1"


def test_reference_against_itself_is_one():
    signals = {"S2-": np.array([0.9, 1.0, 1.1, 1.3])}
    assert relative_degradation(signals, signals, {"S2-": 1.0}).value == pytest.approx(1.0)


def test_total_ion_count_takes_out_the_regions_brightness():
    sample, region, ion, intensity, total = table(LEVELS)
    bright = [2.0 if place % 2 else 1.0 for place in region]
    brighter = [i * b for i, b in zip(intensity, bright, strict=True)]
    counts = [t * b for t, b in zip(total, bright, strict=True)]
    (found,) = evaluate([sample, region, ion, brighter, counts])
    assert found.groups["polysulfide-like"].value == pytest.approx(0.5)
    assert found.groups["polysulfide-like"].plus == pytest.approx(0.0, abs=1e-12)


def test_error_of_one_fragment_is_that_of_a_ratio_of_means():
    a, b = np.array([4.0, 5.0, 6.0]), np.array([9.0, 10.0, 12.0, 9.0])
    found = relative_degradation({"x": a}, {"x": b}, {"x": 2.0})
    sa, sb = a.std(ddof=1) / math.sqrt(3), b.std(ddof=1) / 2
    expected = a.mean() / b.mean() * math.hypot(sa / a.mean(), sb / b.mean())
    assert found.value == pytest.approx(0.5)
    assert found.plus == pytest.approx(expected)


def test_error_covers_the_truth_as_often_as_it_should():
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(600):
        # Fragments of a region share most of their scatter, as they do in a map.
        common = {side: 1 + 0.1 * rng.standard_normal(20) for side in "sr"}
        own = {(side, ion): 1 + 0.05 * rng.standard_normal(20) for side in "sr" for ion in "xy"}
        sample = {ion: 0.6 * common["s"] * own["s", ion] for ion in "xy"}
        reference = {ion: common["r"] * own["r", ion] for ion in "xy"}
        found = relative_degradation(sample, reference, {"x": 1.0, "y": 1.0})
        inside += abs(found.value - 0.6) < found.plus
    assert 0.62 < inside / 600 < 0.73


def test_few_regions_are_said_and_too_few_refused():
    (found,) = evaluate(table(LEVELS, regions=5))
    assert sum("at least 14" in note for note in found.notes) == 2
    assert found.regions == 5
    (enough,) = evaluate(table(LEVELS, regions=14))
    assert not any("at least 14" in note for note in enough.notes)
    with pytest.raises(InputError, match="sample 'annealed at 400'.*at least 3"):
        evaluate(table(LEVELS, regions=2))


def test_what_cannot_be_told_from_the_reference_is_said():
    same = {"uncoated": LEVELS["uncoated"], "coated": LEVELS["uncoated"]}
    (found,) = evaluate(table(same, noise=0.1))
    assert sum("cannot be told" in note for note in found.notes) == 2
    (other,) = evaluate(table(LEVELS, noise=0.1))
    assert not any("cannot be told" in note for note in other.notes)


def test_normalised_signals_need_no_total():
    sample, region, ion, intensity, _ = table(LEVELS, total=1.0)
    (found,) = evaluate([sample, region, ion, intensity, None])
    assert found.groups["polysulfide-like"].value == pytest.approx(0.5)
    assert any("normalised already" in note for note in found.notes)


def test_every_sample_but_the_reference_gets_a_result_in_order():
    more = {"b": LEVELS["uncoated"], **LEVELS, "a": LEVELS["uncoated"]}
    assert [found.sample for found in evaluate(table(more))] == ["b", "annealed at 400", "a"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": {}}, "no group of fragments"),
        ({"groups": {"g": []}}, "without fragments"),
        ({"groups": {"g": ["Cl-"]}}, "no signal of Cl-"),
        ({"groups": {"g": {"S2-": -1.0}}}, "weight of S2- is -1"),
        ({"groups": {"g": {"S2-": 0.0}}}, "every weight of the group is zero"),
        ({"reference": "bare"}, "reference 'bare' is not in the table"),
    ],
)
def test_groups_and_references_that_do_not_exist_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        evaluate(table(LEVELS), **change)


def test_missing_and_impossible_rows_are_refused():
    columns = table(LEVELS)
    with pytest.raises(InputError, match="S2- is missing in region 0"):
        evaluate([column[1:] for column in columns])
    with pytest.raises(InputError, match="S2- is there twice in region 0"):
        evaluate([[column[0], *column] for column in columns])
    with pytest.raises(InputError, match="row 1 is -5"):
        evaluate([*columns[:3], [-5.0, *columns[3][1:]], columns[4]])
    with pytest.raises(InputError, match="total ion count: row 1 is 0"):
        evaluate([*columns[:4], [0.0, *columns[4][1:]]])


def test_a_reference_without_signal_is_refused():
    with pytest.raises(InputError, match="reference has no signal of x"):
        relative_degradation({"x": np.ones(4)}, {"x": np.zeros(4)}, {"x": 1.0})


def test_fragments_with_different_regions_are_refused():
    with pytest.raises(InputError, match="differ in their number of regions"):
        relative_degradation({"x": np.ones(4), "y": np.ones(5)}, {"x": np.ones(4), "y": np.ones(4)}, {"x": 1, "y": 1})


def test_the_fragment_that_the_reference_lacks_is_named():
    signals = {"x": np.ones(4), "y": np.ones(4)}
    with pytest.raises(InputError, match="reference has no signal of y"):
        relative_degradation(signals, {"x": np.ones(4), "y": np.zeros(4)}, {"x": 1.0, "y": 1.0})
