"""coatopt explore, reanalyse and report: on every shipped campaign, and what is wrong is said in a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import coatopt
from acceptance.test_wrong_campaigns import run
from coatopt.errors import InputError
from coatopt.report import browser

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
NAMES = sorted(folder.name for folder in CAMPAIGNS.iterdir())


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The document of the report of each shipped campaign, with its page and its CSV files."""
    folder, found = tmp_path_factory.mktemp("reports"), {}

    def report(name):
        if name not in found:
            page, numbers = folder / f"{name}.html", folder / f"{name}-csv"
            document = coatopt.open(CAMPAIGNS / name).report(page, csv=numbers)
            found[name] = (document, page.read_text(encoding="utf-8"), numbers)
        return found[name]

    return report


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_campaign_is_reported_in_one_file_that_asks_nobody(name, reports):
    document, page, numbers = reports(name)
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"'](?!data:)", page)
    assert "default-src 'none'" in page
    sections = document["sections"]
    assert {"front", "sensitivity", "scatter"} <= sections.keys()
    for section in sections.values():
        assert section["sentences"]
        assert section["title"] in page or section["title"].replace("'", "&#39;") in page
    written = sorted(path.name for path in numbers.glob("*.csv"))
    assert len(written) == len(document["files"]) - 1
    assert page.count('role="img"') == len(written)
    assert page.count("aria-label") >= len(written)
    json.dumps(document, allow_nan=False)


def test_the_ranking_of_the_coating_benchmark_is_the_papers_derived_from_numbers(reports):
    ranking = reports("coating-benchmark-ncm85")[0]["sections"]["ranking"]
    facts = ranking["facts"]
    assert facts["deciding"] == "resistance_growth"
    groups = facts["groups"]
    assert set(groups[0]) == {"Coating-03", "Coating-06"}
    assert groups[1][0] == "Coating-02"
    assert facts["order"][2] == "Coating-02"
    words = " ".join(ranking["sentences"])
    assert "are best and not separable" in words
    worse = re.search(r"worse are ([^;]*)", words)[1]
    assert "Coating-04" in worse
    assert "Coating-05" in worse


def test_hand_mortar_scatters_more_than_the_mill_as_published(reports):
    sections = reports("mixing-ncm82")[0]["sections"]
    words = " ".join(sentence for section in sections.values() for sentence in section["sentences"])
    assert "5.1" in words
    assert "1.4" in words
    assert re.search(r"Most of the scatter of hand mortar in discharge_capacity_0p1c comes from the batch", words)


def test_a_mean_that_is_only_shown_is_not_ranked_as_another_material(reports):
    facts = reports("mixing-ncm82")[0]["sections"]["ranking"]["facts"]
    assert sorted(facts["order"]) == ["hand mortar", "vibrating mill"]


def test_csv_files_carry_units_and_the_values_behind_a_picture(reports):
    _, _, numbers = reports("p3ht-cnt")
    text = (numbers / "front.csv").read_text(encoding="utf-8-sig")
    assert "S/cm" in text.splitlines()[0]
    frame = pd.read_csv(numbers / "front.csv", encoding="utf-8-sig")
    column = next(c for c in frame.columns if "S/cm" in c)
    assert frame[column].max() > 500


def test_explore_predicts_what_is_asked_and_prints_sentences(monkeypatch, capsys):
    call = ["explore", CAMPAIGNS / "mechanofusion-ncm82", "--at", "carbon_black=0.4", "--along", "carbon_black"]
    code, out, _ = run(call, monkeypatch, capsys)
    assert code == 0
    flat = " ".join(out.split())
    assert "At carbon_black 0.4 wt%, se_fraction 20 wt%" in flat
    assert "Settings asked for" in flat
    code, out, err = run([*call, "--json"], monkeypatch, capsys)
    document = json.loads(out)
    assert code == 0
    assert not err
    rows = document["sections"]["prediction"]["tables"]["predictions"]["rows"]
    ice = next(row for row in rows if row["metric"] == "ice")
    assert ice["true_low"] < ice["mean"] < ice["true_high"]
    assert ice["cells_low"] <= ice["true_low"]


def test_a_map_that_is_asked_for_is_in_the_words_the_numbers_and_the_page(monkeypatch, capsys, tmp_path):
    page = tmp_path / "map.html"
    call = ["explore", CAMPAIGNS / "mechanofusion-ncm82", "--map", "carbon_black,rotor_speed", "--averaged"]
    code, out, _ = run([*call, "--json", "--to", page], monkeypatch, capsys)
    assert code == 0
    section = json.loads(out)["sections"]["what-if"]
    rows = section["tables"]["map_ice"]["rows"]
    assert len(rows) > 5
    assert all(row["half_width"] > 0 for row in rows)
    assert any(
        sentence.startswith("Over carbon_black and rotor_speed, ice goes from") for sentence in section["sentences"]
    )
    assert "map-ice" in page.read_text(encoding="utf-8")


def test_a_campaign_with_parameters_tied_by_an_equation_is_explored(tmp_path):
    campaign = coatopt.open(
        {
            "name": "tied",
            "stages": [{"name": "s"}],
            "parameters": {n: {"stage": "s", "unit": "wt%", "range": [0, 10]} for n in ("a", "b")},
            "metrics": {"y": {"stage": "s", "unit": "V", "goal": "maximize", "worst": 0}},
            "constraints": ["a + b == 10"],
        }
    )
    a = np.linspace(1, 9, 6)
    campaign.record(pd.DataFrame({"a": a, "b": 10 - a, "y": 5 - (a - 4) ** 2 / 10}))
    sentences = campaign.report(tmp_path / "r.html")["sections"]["what-if"]["sentences"]
    assert "y: a and b cannot be changed alone; a constraint or a condition ties it." in sentences


def test_a_campaign_in_which_nothing_beats_the_worst_values_is_reanalysed():
    campaign = coatopt.open(
        {
            "name": "bad",
            "stages": [{"name": "s"}],
            "parameters": {n: {"stage": "s", "unit": "wt%", "range": [0, 10]} for n in ("a", "b")},
            "metrics": {
                "y": {"stage": "s", "unit": "V", "goal": "maximize", "worst": 99},
                "z": {"stage": "s", "unit": "V", "goal": "minimize", "worst": -99},
            },
        }
    )
    x = np.random.default_rng(0).uniform(0, 10, (8, 2)).round(2)
    campaign.record(pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x[:, 0] / 10, "z": x[:, 1] / 10}))
    sections = campaign.reanalyse().document["sections"]
    assert any("No setting beats the worst" in sentence for sentence in sections["sensitivity"]["sentences"])
    assert any("likely to be better than the worst" in sentence for sentence in sections["front"]["sentences"])


def test_tiny_numbers_are_written_with_an_exponent_and_not_as_zero():
    from coatopt.reanalysis.wording import within

    assert within(2.1e-8, 8.2e-9, 3.4e-8, "S/cm") == "2.1e-08 (8.2e-09 to 3.4e-08) S/cm"
    assert within(0.0123, 0.0101, 0.0145, "V") == "0.0123 (0.0101 to 0.0145) V"
    assert within(300000.0, 200000.0, 400000.0, "1") == "3e+05 (2e+05 to 4e+05)"


def test_reanalyse_prints_what_matters_and_how_far_to_trust_it(monkeypatch, capsys):
    code, out, _ = run(["reanalyse", CAMPAIGNS / "coating-benchmark-ncm85"], monkeypatch, capsys)
    flat = " ".join(out.split())
    assert code == 0
    assert "are best and not separable" in flat
    assert "What would 2 more cells change?" in flat
    assert "How far to trust the predictions" in flat


def test_another_campaign_is_checked_for_what_it_teaches(monkeypatch, capsys, tmp_path):
    twins = lab_and_sister(tmp_path)
    code, out, _ = run(["reanalyse", twins[1], "--other", twins[0], "--json"], monkeypatch, capsys)
    transfer = json.loads(out)["sections"]["transfer"]
    assert code == 0
    (row,) = transfer["tables"]["transfer"]["rows"]
    assert row["helps"] == "yes"
    assert row["error_ratio"] < 0.8
    assert "helps to predict y" in transfer["sentences"][0]


def lab_and_sister(folder, shift=0.3):
    """Two campaigns of the same truth but an offset; the second one has few samples."""
    paths = []
    for name, count, offset in (("old", 40, 0.0), ("new", 9, shift)):
        place = folder / name
        place.mkdir()
        (place / "campaign.yaml").write_text(
            f"name: {name}\nstages:\n  - {{name: s}}\nparameters:\n"
            "  a: {stage: s, unit: mm, range: [0, 10]}\n  b: {stage: s, unit: h, range: [0, 10]}\n"
            "metrics:\n  y: {stage: s, unit: V, goal: maximize, worst: -5}\n"
        )
        x = np.random.default_rng(count).uniform(0, 10, (count, 2)).round(3)
        y = np.sin(x[:, 0]) + 0.5 * np.cos(x[:, 1]) + offset
        coatopt.open(place).record(pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y.round(4)}))
        paths.append(place)
    return paths


WRONG = {
    "--at with a name": (
        ["explore", "--at", "ald_cycle=3"],
        "'ald_cycle' is not a parameter; did you mean 'ald_cycles'",
    ),
    "--at with a text": (["explore", "--at", "ald_cycles"], "write settings as in"),
    "--map of one": (["explore", "--map", "ald_cycles"], "write two names, as in"),
    "--map of unknown": (["explore", "--map", "ald_cycles,time"], "'time' is not a parameter that can be varied"),
    "--replay of what": (["reanalyse", "--replay", "everything"], "replay is 'pool' or 'surrogate', not 'everything'"),
    "--other itself": (
        ["reanalyse", "--other", CAMPAIGNS / "ald-zirconia-ncm85"],
        "a campaign cannot tell whether it helps itself",
    ),
    "--names alone": (["reanalyse", "--names", "ice=ice"], "say with other which campaign that is"),
    "--names of nothing": (
        ["reanalyse", "--other", CAMPAIGNS / "artificial-cei", "--names", "ice=iced"],
        "metric there: 'iced' is not a metric of 'artificial-cei'; did you mean 'ice'",
    ),
    "--to a folder": (["report", "--to", CAMPAIGNS], "is a folder; name a file"),
    "--to another file": (["report", "--to", "campaign.yaml"], "campaign.yaml does not end in .html"),
    "--map of one twice": (
        ["explore", "--map", "ald_cycles,ald_cycles"],
        "a map needs two parameters, and ald_cycles is named twice",
    ),
    "--csv into data": (
        ["report", "--csv", CAMPAIGNS / "ald-zirconia-ncm85" / "data"],
        "holds the campaign's own files",
    ),
    "--at without its condition": (
        ["explore", "--at", "ald_cycles=0, annealing_temperature=400"],
        "annealing_temperature is only set when ald_cycles > 0; add that",
    ),
    "--names twice": (
        ["reanalyse", "--other", CAMPAIGNS / "artificial-cei", "--names", "ice=ice", "--names", "ice=ice_pellet"],
        "a metric is named twice",
    ),
    "--to nowhere": (["report", "--to", "/nowhere/at/all.html"], "its folder does not exist"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_a_sentence_and_exit_code_2(name, monkeypatch, capsys, tmp_path):
    (command, *options), says = WRONG[name]
    monkeypatch.chdir(tmp_path)
    code, out, err = run([command, CAMPAIGNS / "ald-zirconia-ncm85", *options, "--json"], monkeypatch, capsys)
    assert code == 2, err
    assert says in " ".join(err.split())
    assert json.loads(out)["errors"]
    assert not list(tmp_path.iterdir())


def test_a_pdf_without_a_browser_is_refused_before_anything_is_computed(monkeypatch, tmp_path):
    monkeypatch.setattr("coatopt.workflow.report_files.find_browser", lambda: None)
    with pytest.raises(InputError, match="needs a browser on this machine"):
        coatopt.open(CAMPAIGNS / "ald-zirconia-ncm85").report(tmp_path / "r.html", pdf=tmp_path / "r.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(browser.find_browser() is None, reason="no browser")
def test_a_report_is_printed_and_drawn_by_a_browser(tmp_path):
    files = {"pdf": tmp_path / "r.pdf", "png": tmp_path / "png"}
    document = coatopt.open(CAMPAIGNS / "artificial-cei").report(tmp_path / "r.html", **files)
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    drawn = sorted((tmp_path / "png").glob("*.png"))
    assert len(drawn) == len(document["files"]) - 2 > 0
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)


def test_an_empty_campaign_says_what_is_missing(tmp_path, annealing):
    campaign = coatopt.open(annealing)
    document = campaign.report(tmp_path / "r.html")
    sentences = [section["sentences"][0] for section in document["sections"].values()]
    assert any("No front yet: ice and growth have fewer than 3 samples." in sentence for sentence in sentences)
    assert (tmp_path / "r.html").exists()


def test_the_same_seed_gives_the_same_page(tmp_path):
    for name in ("a", "b"):
        coatopt.open(CAMPAIGNS / "artificial-cei").report(tmp_path / f"{name}.html", seed=3)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_progress_rises_from_nothing_to_all(tmp_path):
    told = []
    coatopt.open(CAMPAIGNS / "artificial-cei").report(
        tmp_path / "r.html", progress=lambda text, share: told.append((text, share))
    )
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1.0
    assert {"what matters", "writing"} <= {text for text, _ in told}
