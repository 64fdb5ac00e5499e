"""Where a campaign's past is found: beside it, or among the shipped kept models; and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import coatopt
from coatopt.campaign.surrogate_choice import Past
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError
from coatopt.surrogate.saved_state import load_metric
from coatopt.workflow.kept_models import past_campaigns, shipped_surrogates, shipped_surrogates_folder
from coatopt.workflow.new_campaign import shipped_campaigns, shipped_folder

SCATTER = """
campaign: {name}
about: made up
metrics:
  ice:
    sample: {{relative_sd: 0.02, log_sd: 0.3, source: a notebook, derivation: counted}}
"""


@pytest.fixture
def campaign(annealing):
    return campaign_from_dict(annealing)


def named(campaign, *texts):
    return replace(campaign, past=tuple(Past(text) for text in texts))


def keep(folder, name):
    folder.mkdir(parents=True)
    (folder / "scatter.yaml").write_text(SCATTER.format(name=name))
    return folder


def test_without_a_past_nothing_is_looked_up(campaign, tmp_path):
    assert past_campaigns(campaign, tmp_path / "not there") == ()


def test_a_shipped_name_is_found(campaign, tmp_path):
    assert "mixing-ncm82" in shipped_surrogates()
    assert [past.name for past in past_campaigns(named(campaign, "mixing-ncm82"), tmp_path)] == ["mixing-ncm82"]
    assert (shipped_surrogates_folder() / "mixing-ncm82" / "scatter.yaml").is_file()


def test_a_folder_beside_the_campaign_comes_before_a_shipped_name(campaign, tmp_path):
    keep(tmp_path / "lab" / "mixing-ncm82", "ours")
    keep(tmp_path / "old", "older")
    found = past_campaigns(named(campaign, "mixing-ncm82", "../old"), tmp_path / "lab")
    assert [past.name for past in found] == ["ours", "older"]


def test_a_campaign_in_memory_looks_in_the_working_directory(campaign, tmp_path, monkeypatch):
    keep(tmp_path / "kept" / "older", "older")
    monkeypatch.chdir(tmp_path)
    assert past_campaigns(named(campaign, "kept/older"), None)[0].name == "older"
    assert past_campaigns(named(campaign, str(tmp_path / "kept/older")), None)[0].name == "older"


def test_metrics_of_other_names_are_matched(campaign, tmp_path):
    keep(tmp_path / "old", "older")
    past = replace(campaign, past=(Past("old", {"utilization": "ice"}),))
    assert past_campaigns(past, tmp_path)[0].scatter("utilization")["sample"].middle == pytest.approx(0.02)


def test_a_campaign_is_not_its_own_past(campaign, tmp_path):
    keep(tmp_path / "old", campaign.name)
    with pytest.raises(InputError, match=r"past\.1: .*a campaign cannot be its own past"):
        past_campaigns(named(campaign, "old"), tmp_path)
    with pytest.raises(InputError, match="a campaign cannot be its own past"):
        past_campaigns(named(replace(campaign, name="mixing-ncm82"), "mixing-ncm82"), tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mixing-ncm83", "did you mean 'mixing-ncm82'"),
        ("../nowhere", "neither a folder of kept models nor the name of shipped ones"),
        ("empty", "holds no kept models; 'coatopt fit DIR --save'"),
        ("all", "name one of them, as in 'all/older'"),
        ("a\0b", "past.1"),
        ("x" * 400, "past.1"),
    ],
)
def test_what_is_not_there_is_refused_with_what_would_be_right(campaign, tmp_path, text, sentence):
    (tmp_path / "empty").mkdir()
    keep(tmp_path / "all" / "older", "older")
    with pytest.raises(InputError) as refused:
        past_campaigns(named(campaign, text), tmp_path)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("past.1: ")


def test_one_past_named_twice_is_refused(campaign, tmp_path):
    keep(tmp_path / "a", "older")
    keep(tmp_path / "b", "older")
    with pytest.raises(InputError, match=r"past\.2: the kept models of 'older' are named twice"):
        past_campaigns(named(campaign, "a", "b"), tmp_path)


SHIPPED = sorted(shipped_surrogates_folder().glob("*/*/card.yaml"))

PREDICT = """
import sys
from pathlib import Path
import numpy as np
from coatopt.surrogate.saved_state import load_metric

for folder in sys.argv[1:]:
    kept = load_metric(Path(folder))
    rows = kept.space.sample(5, np.random.default_rng(0))
    for level in ("function", "sample", "cell"):
        found = kept.fitted.predict(rows, level)
        print(folder, level, *(value.hex() for column in (found.mean, found.sd, found.low) for value in column))
"""


def test_every_shipped_model_predicts_the_same_in_a_fresh_process():
    assert {card.parents[1].name for card in SHIPPED} == set(shipped_campaigns())
    folders = [str(card.parent) for card in SHIPPED]
    twice = [
        subprocess.run([sys.executable, "-c", PREDICT, *folders], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert len(twice[0].splitlines()) == 3 * len(SHIPPED)
    assert "nan" not in twice[0]


@pytest.mark.parametrize("name", ["ald-zirconia-ncm85", "mixing-ncm82"])
def test_shipped_models_are_those_of_the_shipped_data(name, tmp_path):
    coatopt.open(shipped_folder() / name).fit(seed=0, save=tmp_path)
    shipped = shipped_surrogates_folder() / name
    fresh = {path.relative_to(tmp_path / name) for path in (tmp_path / name).glob("*/card.yaml")}
    assert fresh == {path.relative_to(shipped) for path in shipped.glob("*/card.yaml")}
    for card in fresh:
        old, new = (load_metric(folder / card.parent) for folder in (shipped, tmp_path / name))
        rows = old.space.sample(5, np.random.default_rng(0))
        # Another processor may round differently on the way to the optimum.
        assert old.fitted.predict(rows).mean == pytest.approx(new.fitted.predict(rows).mean, rel=1e-3)
