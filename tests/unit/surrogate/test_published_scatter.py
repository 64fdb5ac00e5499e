"""Scatter of published studies: the numbers in the file follow from the published ones, and cards only fill gaps."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.surrogate.model_card import Card
from coatopt.surrogate.published_scatter import read_scatter, scatters
from coatopt.surrogate.saved_state import load_past_campaign

ROOT = Path(__file__).parents[3]
FILE = ROOT / "surrogates" / "mixing-ncm82" / "scatter.yaml"
HAND, MILL = "hand mortar", "vibrating mill"
# M. Kissel et al., Adv. Energy Mater. 2025, 2405405, section 2.1.1: mean and standard deviation over nine cells.
NINE_CELLS = {
    "discharge_capacity_0p1c": {HAND: (178.0, 9.0), MILL: (179.5, 2.4)},
    "discharge_capacity_0p3c": {HAND: (162.6, 9.7), MILL: (164.9, 3.0)},
    "discharge_capacity_1c": {HAND: (133.3, 10.8), MILL: (138.5, 4.3)},
}
BATCHES = (187.0, 166.9, 180.1)
CELLS_OF_BATCH = (0.8, 3.8)
DOUBTFUL_SPLIT = math.log(math.sqrt(2.0))


def split_of_batches():
    cells = np.mean([1.5 * sd**2 for sd in CELLS_OF_BATCH])
    return math.sqrt(np.var(BATCHES, ddof=1) - cells / 3), math.sqrt(cells)


def split_of_nine(sd, ratio):
    """9 s^2 = 6 sample^2 + 8 cell^2 with sample^2 = ratio cell^2."""
    cell = math.sqrt(9 * sd**2 / (6 * ratio + 8))
    return math.sqrt(ratio) * cell, cell


def uncertainty(freedom, doubtful):
    return math.hypot(1 / math.sqrt(2 * freedom), DOUBTFUL_SPLIT if doubtful else 0.0)


def derived(metric, component):
    i = ("sample", "cell").index(component)
    batches = split_of_batches()
    (hand_mean, hand_sd), (mill_mean, mill_sd) = NINE_CELLS[metric][HAND], NINE_CELLS[metric][MILL]
    known = metric == "discharge_capacity_0p1c"
    hand = (batches if known else split_of_nine(hand_sd, (batches[0] / batches[1]) ** 2))[i] / hand_mean
    mill = split_of_nine(mill_sd, 1.0)[i] / mill_mean
    own = (uncertainty((2, 4)[i], not known) ** 2 + uncertainty((2, 6)[i], True) ** 2) / 2
    return hand, mill, math.sqrt(hand * mill), math.sqrt(own + (0.5 * math.log(hand / mill)) ** 2)


@pytest.mark.parametrize("metric", NINE_CELLS)
@pytest.mark.parametrize("component", ["sample", "cell"])
def test_the_numbers_of_the_file_follow_from_the_published_ones(metric, component):
    entry = read_scatter(FILE.read_text(encoding="utf-8")).metrics[metric][component]
    hand, mill, middle, log_sd = derived(metric, component)
    assert entry.preparations == {HAND: pytest.approx(hand, rel=0.005), MILL: pytest.approx(mill, rel=0.005)}
    assert entry.relative_sd == pytest.approx(middle, rel=0.005)
    assert entry.log_sd == pytest.approx(log_sd, rel=0.02)
    for published in (hand, mill):
        assert abs(math.log(published / entry.relative_sd)) < entry.log_sd


def test_the_batches_are_those_of_the_campaign():
    with (ROOT / "campaigns/mixing-ncm82/data/published.csv").open(encoding="utf-8") as file:
        rows = {row["sample"]: row for row in csv.DictReader(file)}
    column = next(name for name in rows["HM-1"] if name.startswith("discharge_capacity_0p1c") and "_sd" not in name)
    assert [float(rows[f"HM-{i}"][column]) for i in (1, 2, 3)] == list(BATCHES)


def test_hand_mortared_batches_and_cells_together_make_the_published_nine_cell_scatter():
    sample, cell = split_of_batches()
    assert math.sqrt((6 * sample**2 + 8 * cell**2) / 9) == pytest.approx(9.0, rel=0.05)


def test_every_component_names_its_source_and_metric_of_the_campaign():
    from coatopt.campaign.yaml_file import load_campaign

    known = {metric.name for metric in load_campaign(ROOT / "campaigns/mixing-ncm82").metrics}
    found = read_scatter(FILE.read_text(encoding="utf-8"))
    assert found.metrics.keys() <= known
    assert all("section 2.1.1" in e.source for of in found.metrics.values() for e in of.values())


def test_the_shipped_folder_gives_the_published_scatter(tmp_path):
    (tmp_path / "scatter.yaml").write_bytes(FILE.read_bytes())
    past = load_past_campaign(tmp_path)
    assert past.name == "mixing-ncm82"
    assert past.scatters["discharge_capacity_0p1c"]["cell"].relative_sd == 0.0142
    # Another lab, other hands: wider than what the study itself says.
    assert past.scatter("discharge_capacity_0p1c")["sample"].scale > 1.0


def card(metric="ice", readings=30, **components):
    return Card.model_validate(
        {
            "card": 1, "campaign": "c", "metric": metric, "unit": "%", "state_sha256": "0" * 64, "readings": readings,
            "prior": {"name": "matern-gamma", "warped": False}, "effects": [], "definition": {},
            "components": [
                {"name": name.replace("_", " "), "relative": relative, "log_sd": log_sd, "prior_log_sd": 0.5}
                for name, (relative, log_sd) in components.items()
            ],
        }
    )  # fmt: skip


def published(**components):
    entries = {
        name.replace("_", " "): {"relative_sd": sd, "log_sd": 0.2, "source": "s", "derivation": "d"}
        for name, sd in components.items()
    }
    from coatopt.campaign.yaml_text import write_yaml

    return read_scatter(write_yaml({"campaign": "c", "about": "a", "metrics": {"ice": entries}}))


def test_a_card_passes_on_what_was_learned_and_not_its_prior():
    found = scatters(None, [card(sample=(0.1, 0.30), cell=(0.2, 0.36), week=(0.0, 0.1))])
    assert found["ice"].keys() == {"sample"}
    assert (found["ice"]["sample"].relative_sd, found["ice"]["sample"].log_sd) == (0.1, 0.30)


def test_a_card_on_few_readings_passes_nothing_on():
    assert scatters(None, [card(readings=19, sample=(0.1, 0.1))]) == {}


def test_what_was_published_comes_before_the_card_and_silences_its_split():
    found = scatters(published(sample=0.03, cell=0.02), [card(sample_and_cell=(0.5, 0.1), week=(0.04, 0.1))])
    assert found["ice"].keys() == {"sample", "cell", "week"}
    assert found["ice"]["sample"].relative_sd == 0.03
    assert scatters(published(week=0.03), [card(sample=(0.5, 0.1))])["ice"].keys() == {"week", "sample"}
    assert scatters(published(sample=0.03), [card("other", cell=(0.5, 0.1))]).keys() == {"ice", "other"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("relative_sd: 0.0246", "relative_sd: 0"), "discharge_capacity_0p1c.sample.relative_sd: "),
        (("relative_sd: 0.0246", "relative_sd: .nan"), "discharge_capacity_0p1c.sample.relative_sd: "),
        (("log_sd: 1.0", "log_sd: much"), "discharge_capacity_0p1c.sample.log_sd: "),
        (("    cell:", "    cells:"), "discharge_capacity_0p1c.cells: "),
        (("campaign: mixing-ncm82\n", ""), "campaign: field required"),
        (("metrics:", "metrics: ["), "this is not YAML"),
        (("    cell:", "    sample:"), "stands twice"),
    ],
)
def test_a_wrong_file_is_refused_by_field(change, sentence, tmp_path):
    text = FILE.read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "scatter.yaml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_past_campaign(tmp_path)
    assert sentence in str(refused.value)
    assert str(tmp_path / "scatter.yaml") in str(refused.value)
    assert "\n" not in str(refused.value)
