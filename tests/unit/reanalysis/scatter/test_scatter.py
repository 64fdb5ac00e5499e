import numpy as np
import pytest

from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.ledger.record import Observation
from coatopt.reanalysis.ranking.made_setting import made_settings
from coatopt.reanalysis.ranking.measured_metric import MeasuredMetric
from coatopt.reanalysis.scatter.components import MEASUREMENT, scatter
from coatopt.reanalysis.scatter.learned import learned_components
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import fit_surrogates

SAMPLE_SD, CELL_SD = 1.0, 0.5


def campaign(**metric):
    return campaign_from_dict(
        {
            "name": "t",
            "stages": [{"name": "s"}, {"name": "cycling", "cells_per_sample": 2}],
            "parameters": {"a": {"stage": "s", "range": [0, 10]}},
            "metrics": {
                "q": {"stage": "cycling", "unit": "mAh/g"} | metric,
                "rare": {"stage": "cycling", "unit": "%"},
            },
        }
    )


def readings(samples, cells, sd=None, log=False):
    rng = np.random.default_rng(3)
    found = []
    for i in range(samples):
        a = float(rng.uniform(0, 10))
        middle = a + float(SAMPLE_SD * rng.normal())
        for j in range(cells):
            value = middle + float(CELL_SD * rng.normal())
            found.append(
                Observation(
                    sample=f"s{i}", settings={"a": a}, metric="q", cell=f"s{i}-c{j}", sd=sd, low=None, high=None,
                    value=float(np.exp(value / 10)) if log else 150.0 + value,
                )
            )  # fmt: skip
    return found


def judged(observations, **metric):
    return scatter(fit_surrogates(campaign(**metric), Evidence(observations), 0))


def rows(section):
    (table,) = section.tables
    keys = [column.key for column in table.columns]
    return {row[keys.index("source")]: dict(zip(keys, row, strict=True)) for row in table.rows}


@pytest.fixture(scope="module")
def many():
    return judged(readings(40, 3))


def test_what_simulated_samples_and_cells_scatter_by_lies_in_the_intervals(many):
    found = rows(many)
    assert found["sample"]["low"] < SAMPLE_SD < found["sample"]["high"]
    assert found["cell"]["low"] < CELL_SD < found["cell"]["high"]
    part = SAMPLE_SD**2 / (SAMPLE_SD**2 + CELL_SD**2)
    assert found["sample"]["share_low"] < part < found["sample"]["share_high"]
    assert sum(row["share"] for row in found.values()) == pytest.approx(1.0)
    assert {row["says"] for row in found.values()} == {"the data"}


def test_the_sentence_gives_scatter_with_unit_and_shares_with_intervals(many):
    sentence, rest = many.sentences
    assert sentence.startswith("One cell of q scatters by 1.")
    assert "mAh/g around what the settings explain: of this variance" in sentence
    assert " lies between samples and " in sentence
    assert sentence.endswith("lies between cells of a sample.")
    assert rest == "Nothing is said of the scatter of rare: fewer than 3 samples were measured."


def test_the_stated_error_of_measurement_has_its_own_part():
    found = rows(judged(readings(20, 2, sd=0.3)))
    assert found[MEASUREMENT]["sd"] == pytest.approx(0.3)
    assert found[MEASUREMENT]["low"] == found[MEASUREMENT]["high"]
    assert found[MEASUREMENT]["share_low"] < found[MEASUREMENT]["share"] < found[MEASUREMENT]["share_high"]


def test_few_readings_are_told_in_one_sentence_as_assumed():
    section = judged(readings(4, 1))
    assert section.sentences[0].startswith("How q scatters is mostly what was assumed before any reading")
    assert rows(section)["sample and cell"]["says"] == "mostly what was assumed before"
    assert len(section.pictures[0].panels[0].series) == 1


def test_the_ranking_calls_learned_what_this_section_says_the_data_say():
    for seen, expected in ((readings(6, 3), "assumed"), (readings(40, 3), "learned")):
        posterior = fit_surrogates(campaign(goal="maximize", worst=0), Evidence(seen), 0)
        fit = posterior.fits["q"]
        measured = MeasuredMetric(fit, made_settings(posterior), "maximize")
        assert measured.readings.max() == 3
        assert measured.scatter_source() == expected
        said = {row["source"]: row["says"] == "the data" for row in rows(scatter(posterior)).values()}
        assert [said[component.name] for component in fit.components] == list(learned_components(fit))


def test_a_logarithmic_metric_scatters_in_percent_of_its_value():
    section = judged(readings(20, 2, log=True), scale="log", unit="ohm cm^2")
    found = rows(section)
    assert found["sample"]["unit"] == "%"
    assert found["sample"]["low"] < 100 * SAMPLE_SD / 10 < found["sample"]["high"]
    assert "% of the value around what the settings explain" in section.sentences[0]


def test_an_absent_source_may_have_no_part_at_all():
    rng = np.random.default_rng(5)
    seen = [
        Observation(
            sample=f"s{i}", settings={"a": float(i % 10)}, metric="q", cell=f"s{i}-c{j}", sd=None, low=None, high=None,
            value=150.0 + i % 10 + float(rng.normal()),
        )
        for i in range(20)
        for j in range(3)
    ]  # fmt: skip
    found = rows(judged(seen))
    assert found["sample"]["low"] == 0.0
    assert found["sample"]["share_low"] == 0.0
    assert found["cell"]["share_high"] == 1.0


def test_the_same_seed_gives_the_same_numbers(many):
    assert many.document() == judged(readings(40, 3)).document()


def test_bars_are_in_percent_of_the_mean_value(many):
    (bars,) = many.pictures[0].panels[0].series
    assert bars.across
    assert bars.length == pytest.approx([100 * row["sd"] / 155 for row in rows(many).values()], rel=0.02)
