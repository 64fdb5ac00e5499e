from dataclasses import replace

import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.reanalysis.capacity.correlation import correlations
from coatopt.reanalysis.capacity.paired_reading import correlate, fisher_interval, pair
from coatopt.reanalysis.scatter.published_statistics import GroupSpread, PublishedCorrelation, Statistics


def campaign(**more):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "xps"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {"a": {"stage": "s", "range": [0, 10]}},
            "metrics": {
                "coverage": {"stage": "xps", "unit": "%"},
                "q": {"stage": "cycling", "unit": "mAh/g"},
                "cam_utilization": {"stage": "cycling", "unit": "%", "range": [0, 105]},
            },
        }
        | more
    )


def seen(metric, sample, value=None, cell=None, sd=None, low=None, high=None, reference=None):
    return Observation(
        sample=sample, settings={"a": 1.0}, metric=metric, cell=cell, value=value, sd=sd, low=low, high=high,
        reference=reference,
    )  # fmt: skip


def cells(n, slope=2.0, noise=1.0, seed=0, sd=None):
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        theta = float(rng.uniform(74, 95))
        sample, cell = f"s{i // 2}", f"s{i // 2}-c{i % 2}"
        found += [
            seen("cam_utilization", sample, theta, cell, sd=sd),
            seen("q", sample, slope * theta + float(noise * rng.normal()), cell),
        ]
    return found


def test_cells_are_paired_by_cell_and_others_by_sample():
    readings = [*cells(8), *(seen("coverage", f"s{i}", 10.0 * i) for i in range(4))]
    by_cell = pair(readings, campaign(), "q", "cam_utilization")
    assert (by_cell.by, len(by_cell), by_cell.labels[:2]) == ("cell", 8, ("s0-c0", "s0-c1"))
    by_sample = pair(readings, campaign(), "coverage", "cam_utilization")
    assert (by_sample.by, by_sample.labels) == ("sample", ("s0", "s1", "s2", "s3"))
    thetas = [o.value for o in readings if o.metric == "cam_utilization" and o.sample == "s1"]
    assert by_sample.x[1] == pytest.approx(np.mean(thetas))


def test_bounds_and_references_do_not_enter():
    readings = [
        *cells(8),
        seen("q", "s9", 150.0),
        seen("cam_utilization", "s9", low=95.0),
        seen("q", "ref", 150.0, "ref-c0", reference="uncoated"),
        seen("cam_utilization", "ref", 50.0, "ref-c0", reference="uncoated"),
    ]
    paired = pair(readings, campaign(), "q", "cam_utilization")
    assert (len(paired), paired.left_out) == (8, 0)
    without_cells = [o for o in readings if o.cell is None] + [
        seen("q", "s8", 150.0),
        seen("cam_utilization", "s8", 80.0),
    ]
    paired = pair(without_cells, campaign(), "q", "cam_utilization")
    assert (paired.labels, paired.left_out) == (("s8",), 1)
    text = " ".join(correlations(without_cells, Statistics(), campaign()).sentences)
    assert "1 of 2 pairs of a metric and cam_utilization have no more than a bound" in text
    assert "Fewer than 4 pairs" in text


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(1500):
        x = rng.normal(size=12)
        r = np.corrcoef(x, 0.8 * x + 0.6 * rng.normal(size=12))[0, 1]
        low, high = fisher_interval(float(r), 12)
        inside.append(low < 0.8 < high)
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 1500) ** 0.5)


def test_stated_errors_weaken_a_correlation():
    free = correlate(pair(cells(20), campaign(), "q", "cam_utilization"))
    noisy = correlate(pair(cells(20, sd=3.0), campaign(), "q", "cam_utilization"))
    assert free.attenuation == 1.0
    theta = [o.value for o in cells(20) if o.metric == "cam_utilization"]
    assert noisy.attenuation == pytest.approx((1 - 9 / np.var(theta, ddof=1)) ** 0.5)
    section = correlations(cells(20, sd=3.0), Statistics(), campaign())
    assert any("would weaken a perfect correlation" in note for note in section.notes)


def test_a_correlation_that_rests_on_one_pair_is_called_unclear():
    readings = [seen("cam_utilization", f"s{i}", theta) for i, theta in enumerate((65.0, 65.0, 65.0, 90.0))]
    readings += [seen("q", f"s{i}", q) for i, q in enumerate((76.0, 78.0, 77.0, 129.0))]
    (sentence,) = correlations(readings, Statistics(), campaign()).sentences
    assert sentence.startswith("Whether q goes with cam_utilization is not clear over 4 samples: r = 1.00")
    assert "rests on a single sample" in sentence


def test_a_clear_correlation_is_told_and_shown():
    section = correlations(cells(12, sd=0.5), Statistics(), campaign())
    assert section.sentences[0].startswith("q rises with cam_utilization over 12 cells: r = ")
    (panel,) = section.pictures[0].panels
    assert panel.title.startswith("r = ")
    (points,) = panel.series
    assert (points.x_interval.high - points.x).tolist() == pytest.approx([0.5] * 12)
    assert points.y_interval is None


def test_a_metric_that_never_varies_has_no_correlation():
    readings = [seen("cam_utilization", f"s{i}", 80.0 + i) for i in range(5)]
    readings += [seen("q", f"s{i}", 150.0) for i in range(5)]
    section = correlations(readings, Statistics(), campaign())
    assert "has the same value throughout" in section.sentences[-1]
    assert section.pictures == ()


def published(r, metric="q", **more):
    return PublishedCorrelation(metric=metric, other="cam_utilization", r=r, source="p. 1", **more)


def test_a_published_correlation_names_what_is_supposed():
    supposed = correlations([], Statistics(correlations=(published(0.95, pairs_at_least=18),)), campaign())
    assert "0.87 to 0.98 as if 18 pairs, the fewest that the source allows, were independent" in supposed.sentences[0]
    assert "batch" not in supposed.sentences[0]
    table = supposed.tables[0]
    pairs = [row[[c.key for c in table.columns].index("pairs")] for row in table.rows]
    assert pairs == [6, 9, 18, 36]
    stated = correlations([], Statistics(correlations=(published(0.95, pairs=30),)), campaign())
    assert "the fewest" not in stated.sentences[0]
    unknown = correlations([], Statistics(correlations=(published(0.95),)), campaign())
    assert "interval" not in unknown.sentences[0]
    assert unknown.sentences[1].startswith(
        "Of q with cam_utilization the number of pairs is not stated, so no interval"
    )
    few = correlations([], Statistics(correlations=(published(0.95, pairs=3),)), campaign())
    assert few.sentences[1] == "The 3 pairs of q and cam_utilization are too few for an interval."
    assert not any("not stated" in sentence for sentence in (*stated.sentences, *supposed.sentences))
    assert np.isnan(unknown.pictures[0].panels[0].series[0].interval.low).all()


def test_cells_of_few_batches_give_a_second_wider_interval():
    groups = [
        GroupSpread(group=name, metric="q", mean=180.0, sd=3.0, batches=3, cells=9, divisor="n", source="p. 1")
        for name in ("mill", "mortar")
    ]
    told = Statistics(spreads=tuple(groups), correlations=(published(0.73, pairs_at_least=18),))
    section = correlations([], told, campaign())
    assert "0.40 to 0.89 as if 18 pairs" in section.sentences[0]
    assert (
        "-0.20 to 0.97 with 6, one for each published batch, since cells of a batch are not independent"
        in section.sentences[0]
    )
    assert section.sentences[1] == "If only batches count, not even the sign is sure for q."
    (bar,) = section.pictures[0].panels[0].series
    assert bar.interval.low == pytest.approx([fisher_interval(0.73, 6)[0]])
    # Where one group does not say from how many batches it is, nothing can be summed.
    open_ones = replace(told, spreads=(groups[0], replace(groups[1], batches=None)))
    assert "batch" not in correlations([], open_ones, campaign()).sentences[0]


def test_a_weak_published_correlation_is_called_unclear():
    statistics = Statistics(correlations=(published(0.27, active=True, pairs_at_least=18),))
    text = " ".join(correlations([], statistics, campaign()).sentences)
    assert "So cam_utilization tells nothing clear of q, per gram of connected CAM." in text


def test_without_a_utilization_there_is_no_section():
    other = campaign(metrics={"q": {"stage": "cycling", "unit": "mAh/g"}})
    assert correlations([seen("q", "s", 1.0)], Statistics(), other) is None
    assert correlations([seen("q", "s", 1.0)], Statistics(), campaign()) is None
