"""coatopt fit: what it says of each metric, what it keeps, and that a kept campaign teaches the next one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError

ROOT = Path(__file__).parents[2]
MECHANOFUSION = ROOT / "campaigns" / "mechanofusion-ncm82"


def one_metric(document, name):
    return next(metric for metric in document["metrics"] if metric["metric"] == name)


@pytest.fixture(scope="module")
def document():
    return coatopt.open(ROOT / "campaigns" / "p3ht-cnt").fit(seed=1)


def test_replicated_films_give_components_with_intervals_in_percent_of_the_value(document):
    metric = one_metric(document, "conductivity")
    assert (metric["samples"], metric["readings"], metric["bounds"]) == (178, 233, 0)
    components = {component["name"]: component for component in metric["components"]}
    assert components.keys() == {"sample", "cell"}
    for component in components.values():
        assert component["unit"] == "% of the value"
        assert component["low"] < component["sd"] < component["high"]
        assert component["sd"] == pytest.approx(100 * component["relative"])
        assert component["learned"]


def test_calibration_counts_every_sample_and_its_curve_rises(document):
    calibration = one_metric(document, "conductivity")["calibration"]
    assert calibration["error_unit"] == "factor"
    assert calibration["error"] > 1
    assert [band["band"] for band in calibration["coverage"]] == [0.5, 0.8, 0.9, 0.95]
    assert all(band["of"] == 178 for band in calibration["coverage"])
    inside = [band["inside"] for band in calibration["coverage"]]
    assert inside == sorted(inside)
    below = [point["below"] for point in calibration["curve"]]
    assert below == sorted(below)


def test_the_document_is_json_and_the_same_each_time(document):
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert coatopt.open(ROOT / "campaigns" / "p3ht-cnt").fit(seed=1) == document


def test_the_page_names_units_bands_and_what_was_not_learned(monkeypatch, capsys):
    code, out, _ = run(["fit", ROOT / "campaigns" / "ald-zirconia-ncm85"], monkeypatch, capsys)
    assert code == 0
    text = " ".join(out.split())
    assert "ice (%): 4 samples, 4 readings, 2 of them bounds" in text
    assert re.search(r"in the 50%.*in the 80%.*in the 90%.*in the 95% band", text)
    assert re.search(r"scatter sample and cell: [\d.]+ mAh/g \(90 % credible: [\d.]+ to [\d.]+ mAh/g\)", text)
    assert "capacity_retention not learned: 2 of the 3 samples that it needs" in text
    assert "Only 2 samples have a value" in text


def test_json_is_one_document_on_standard_output(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(["fit", MECHANOFUSION, "--json", "--save", "--seed", 5], monkeypatch, capsys)
    found = json.loads(out)
    assert code == 0
    assert found["seed"] == 5
    assert found["saved"]["folder"] == str(Path("surrogates") / "mechanofusion-ncm82")
    assert sorted(p.name for p in (tmp_path / "surrogates" / "mechanofusion-ncm82").iterdir()) == sorted(
        metric["metric"] for metric in found["metrics"]
    )


def test_fitting_changes_nothing_in_the_campaign(tmp_path, monkeypatch, capsys):
    run(["new", tmp_path / "lab", "--like", "mechanofusion-ncm82", "--with-data"], monkeypatch, capsys)
    before = sorted(tmp_path.rglob("*"))
    assert run(["fit", tmp_path / "lab"], monkeypatch, capsys)[0] == 0
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--prior", "matern-gama"], "did you mean 'matern-gamma'"),
        (["--to", "x"], "add --save"),
        (["--save", "--to", "taken"], "cannot be written"),
    ],
)
def test_a_wrong_call_is_one_sentence(options, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file")
    code, _, err = run(["fit", MECHANOFUSION, *options], monkeypatch, capsys)
    assert code == 2
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_python_refuses_a_seed_that_is_none():
    with pytest.raises(InputError, match="seed is a whole number"):
        coatopt.open(MECHANOFUSION).fit(seed=True)


def with_kept_past(tmp_path, monkeypatch, capsys, *options):
    """A campaign like mechanofusion-ncm82 that has the kept models of mechanofusion-ncm82 as its past."""
    lab = tmp_path / "lab"
    run(["new", lab, "--like", "mechanofusion-ncm82", *options], monkeypatch, capsys)
    coatopt.open(MECHANOFUSION).fit(save=tmp_path / "kept")
    with (lab / "campaign.yaml").open("a") as file:
        file.write("\npast: [../kept/mechanofusion-ncm82]\n")
    return lab


def test_a_past_that_holds_the_same_measurements_is_refused(tmp_path, monkeypatch, capsys):
    lab = with_kept_past(tmp_path, monkeypatch, capsys, "--with-data")
    code, _, err = run(["fit", lab], monkeypatch, capsys)
    assert code == 2
    assert "mechanofusion-ncm82/capacity_retention are measurements of this campaign too" in err
    assert len(err.strip().splitlines()) == 1


def test_kept_models_of_one_campaign_teach_the_next(tmp_path, monkeypatch, capsys):
    lab = with_kept_past(tmp_path, monkeypatch, capsys)
    data = tmp_path / "results.csv"
    data.write_text(
        "sample,carbon_black,se_fraction,rotor_speed,mixing_time,ice\n"
        "a,0.1,20,10000,60,85.0\nb,0.5,20,10000,60,87.2\nc,1.0,20,10000,60,86.1\nd,2.0,20,10000,60,84.4\n"
    )
    code, _, err = run(["record", lab, data], monkeypatch, capsys)
    assert code == 0, err
    code, out, _ = run(["fit", tmp_path / "lab", "--json"], monkeypatch, capsys)
    assert code == 0
    verdict = one_metric(json.loads(out), "ice")["guard"][0]
    assert verdict["name"] == "past mechanofusion-ncm82/ice"
    assert "left-out samples" in verdict["sentence"]


def test_a_campaign_whose_past_is_not_there_is_refused(tmp_path, monkeypatch, capsys):
    run(["new", tmp_path / "lab", "--like", "mechanofusion-ncm82"], monkeypatch, capsys)
    file = tmp_path / "lab" / "campaign.yaml"
    file.write_text(file.read_text() + "\npast: [mixing-ncm83]\n")
    code, _, err = run(["fit", tmp_path / "lab"], monkeypatch, capsys)
    assert code == 2
    assert "did you mean 'mixing-ncm82'" in err


def test_the_blocks_of_the_readme_are_good_ones(annealing):
    from coatopt.campaign.surrogate_choice import PRIORS
    from coatopt.campaign.yaml_file import campaign_from_dict
    from coatopt.campaign.yaml_text import read_yaml

    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Surrogates")[2].partition("\n## ")[0]
    text = re.search(r"```\n(surrogate:.*?)```", section, re.DOTALL).group(1)
    campaign = campaign_from_dict(annealing | read_yaml(text, "README.md").value)
    assert (campaign.surrogate.warp, campaign.surrogate.drift) == (True, True)
    assert [past.campaign for past in campaign.past] == ["mixing-ncm82", "../2025/kept/old-coating"]
    assert all(f"`{prior}`" in section for prior in PRIORS)


def test_the_same_measurements_under_other_settings_are_recognised_too(tmp_path, monkeypatch, capsys):
    lab = with_kept_past(tmp_path, monkeypatch, capsys, "--with-data")
    for file in [lab / "campaign.yaml", *(lab / "data").glob("*.csv")]:
        file.write_text(file.read_text().replace("rotor_speed", "speed").replace("mixing_time", "duration"))
    code, _, err = run(["fit", lab], monkeypatch, capsys)
    assert code == 2
    assert "are measurements of this campaign too" in err


def repeats(tmp_path, monkeypatch, capsys, lines):
    lab, data = tmp_path / "lab", tmp_path / "r.csv"
    run(["new", lab, "--like", "ald-zirconia-ncm85"], monkeypatch, capsys)
    data.write_text("sample,ald_cycles,annealing_temperature,ice\n" + "\n".join(lines) + "\n")
    assert run(["record", lab, data], monkeypatch, capsys)[0] == 0
    code, out, err = run(["fit", lab, "--json"], monkeypatch, capsys)
    assert code == 0, err
    return one_metric(json.loads(out), "ice")["calibration"]


def test_repeats_of_one_recipe_are_judged_by_each_other_and_said_to_be_one_setting(tmp_path, monkeypatch, capsys):
    lines = [f"r{i},10,400,{value}" for i, value in enumerate((90.1, 90.6, 89.8, 90.3, 90.0, 90.4, 90.2))]
    found = repeats(tmp_path, monkeypatch, capsys, lines)
    assert found["error"] < 1.0
    assert found["settings"] == 1
    assert not found["trusted"]
    assert found["verdict"].startswith("Only 1 distinct settings: too few to judge")


@pytest.mark.parametrize("text", ["90..90.00000000000002", "90..90.0000001", ">99.9999999", "<0.0000001"])
def test_odd_bounds_do_not_stop_the_fit(tmp_path, monkeypatch, capsys, text):
    lines = [f"r{i},{5 * i},400,{85 + i}" for i in range(1, 6)]
    found = repeats(tmp_path, monkeypatch, capsys, [*lines, f"odd,30,500,{text}"])
    assert np.isfinite(found["nlpd"])


def test_failures_are_shown_and_avoided_before_anything_is_known(tmp_path, monkeypatch, capsys):
    lab, data = tmp_path / "lab", tmp_path / "r.csv"
    run(["new", lab, "--like", "ald-zirconia-ncm85"], monkeypatch, capsys)
    failed = [f"f{i},{20 + 2 * i},{500 + 25 * i},,cracked" for i in range(5)]
    good = ["g1,5,300,88,", "g2,8,350,,"]
    data.write_text("sample,ald_cycles,annealing_temperature,ice,failed\n" + "\n".join([*failed, *good[:1]]) + "\n")
    assert run(["record", lab, data], monkeypatch, capsys)[0] == 0
    code, out, _ = run(["plan", lab, "--week", "2026-W48", "--dry-run"], monkeypatch, capsys)
    assert code == 0
    assert "may" in out
    assert "The chance to fail is" in " ".join(out.split())
    code, out, _ = run(["plan", lab, "--week", "2026-W48", "--dry-run", "--json"], monkeypatch, capsys)
    assert all(0 < row["p_failure"] < 0.9 for row in json.loads(out)["samples"])
    code, out, _ = run(["fit", lab], monkeypatch, capsys)
    assert "5 of 6 samples and cells failed; plans avoid where that is likely" in " ".join(out.split())


def test_a_past_that_teaches_nothing_is_named(tmp_path, monkeypatch, capsys):
    run(["new", tmp_path / "lab", "--like", "p3ht-cnt", "--with-data"], monkeypatch, capsys)
    file = tmp_path / "lab" / "campaign.yaml"
    file.write_text(file.read_text() + "\npast: [mixing-ncm82]\n")
    code, out, _ = run(["fit", tmp_path / "lab"], monkeypatch, capsys)
    assert code == 0
    assert "past: mixing-ncm82 teaches nothing here." in " ".join(out.split())


def test_models_that_were_not_kept_again_are_named(tmp_path, monkeypatch, capsys):
    run(["fit", ROOT / "campaigns" / "p3ht-cnt", "--save", "--to", tmp_path], monkeypatch, capsys)
    (tmp_path / "p3ht-cnt" / "conductivity").rename(tmp_path / "p3ht-cnt" / "resistivity")
    _, out, _ = run(["fit", ROOT / "campaigns" / "p3ht-cnt", "--save", "--to", tmp_path], monkeypatch, capsys)
    assert "still holds resistivity, kept earlier, not learned now" in " ".join(out.split())
