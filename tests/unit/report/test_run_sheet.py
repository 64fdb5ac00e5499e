from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_file import campaign_from_dict, load_campaign
from coatopt.errors import InputError
from coatopt.ledger.result_header import read_header
from coatopt.report.plan_table import PlanTable
from coatopt.report.run_sheet import run_sheets_html
from coatopt.report.stage_sheet import stage_sheets
from coatopt.report.step_list import sheet_steps

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
SETTINGS = {"precursor": "Li3PS4", "grinding_time": 30.0, "heating_rate": 2.0}
OVEN = {
    "W48-A1": {"annealing_temperature": 350.0, "annealing_time": 1.99, "atmosphere": "oxygen"},
    "W48-A2": {"annealing_temperature": 400.0, "annealing_time": 4.5, "atmosphere": "synthetic air"},
}


def cei():
    return load_campaign(CAMPAIGNS / "artificial-cei" / "campaign.yaml")


def plan(calendar=None):
    samples = [("W48-A1-S1", "W48-A1", 3.652), ("W48-A1-S2", "W48-A1", 1.154), ("W48-A2-S1", "W48-A2", 0.5)]
    rows = [
        {"sample": sample, "week": "2026-W48", "annealing_run": run, "precursor_fraction": fraction, "cells": 2}
        | SETTINGS
        | OVEN[run]
        | {"reason": f"because of {sample}"}
        for sample, run, fraction in samples
    ]
    runs = [
        {"run": run, "stage": "annealing", "settings": OVEN[run], "samples": [s for s, r, _ in samples if r == run]}
        for run in OVEN
    ]
    document = {
        "campaign": "artificial-cei",
        "week": "2026-W48",
        "seed": 1,
        "version": "0.2.0",
        "samples": rows,
        "cells": [{"cell": f"{sample}-c{i}", "sample": sample} for sample, _, _ in samples for i in (1, 2)],
        "runs": runs,
        "notices": ["ice has 1 sample"],
        "trust": [{"metric": "ice", "verdict": "take it as a guess"}],
    }
    return document if calendar is None else document | {"calendar": calendar}


def booking(stage, kind, start, end, samples, **more):
    return {"task": samples[0], "stage": stage, "kind": kind, "start": start, "end": end, "samples": samples} | more


def calendar():
    first, second = ["W48-A1-S1", "W48-A1-S2"], ["W48-A2-S1"]
    run = {"task": "W48-A1", "hours": 0.5}
    cells = [f"{sample}-c{i}" for sample in first for i in (1, 2)]
    return [
        *(booking("coating", "sample", "2026-11-23", "2026-11-24", [s], hours=1.0) for s in (*first, *second)),
        booking("annealing", "run", "2026-11-23", "2026-11-24", first) | run,
        booking("annealing", "run", "2026-11-24", "2026-11-25", second) | run | {"task": "W48-A2"},
        booking("xps", "sample", "2026-11-24", "2026-11-25", first),
        booking("cycling", "cells", "2026-11-25", "2026-12-02", first, cells=cells, channels=[3, 4, 5, 9]),
    ]


class Texts(HTMLParser):
    """The text of every section, and every tag with its attributes."""

    def __init__(self, document):
        super().__init__()
        self.sections, self.tags = [], []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.sections.append("")

    def handle_data(self, data):
        if self.sections:
            self.sections[-1] += f" {data}"


def sections(document):
    return [re.sub(r"\s+", " ", text) for text in Texts(document).sections]


def section(document, title):
    return next(text for text in sections(document) if title in text[:90])


def steps(title, document=None):
    campaign = cei()
    table = PlanTable(campaign, document or plan(calendar()))
    sheet = next(sheet for sheet in stage_sheets(campaign, table) if sheet.title == title)
    return sheet_steps(campaign, table, sheet)


def test_there_is_a_page_for_the_week_every_run_every_other_stage_recording_and_reasons():
    texts = sections(run_sheets_html(cei(), plan(calendar())))
    heads = ["at a glance", "Coating", "Run W48-A1: annealing", "Run W48-A2: annealing", "XPS", "Cycling"]
    assert len(texts) == 8
    for head, text in zip([*heads, "Recording the results", "Why these samples"], texts, strict=True):
        assert head in text[:90]
    assert "sheet 8 of 8" in texts[-1]


def test_the_document_needs_nothing_from_outside_and_runs_nothing():
    document = run_sheets_html(cei(), plan(calendar()))
    tags = Texts(document).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object"}
    assert not [attrs for _, attrs in tags if {"src", "href"} & set(attrs)]
    assert "url(" not in document
    assert "@import" not in document
    assert "@page { size: A4" in document


def test_the_first_page_says_what_happens_on_which_day():
    text = section(run_sheets_html(cei(), plan(calendar())), "at a glance")
    monday = text[text.index("Mon 23 Nov coating") : text.index("Tue 24 Nov annealing")]
    assert "coating: W48-A1-S1, W48-A1-S2, W48-A2-S1" in monday
    assert "annealing run W48-A1 (2 samples)" in monday
    assert "3.5 h" in monday
    tuesday = text[text.index("Tue 24 Nov annealing") : text.index("Wed 25 Nov")]
    assert "annealing run W48-A1 comes out" in tuesday
    wednesday = text[text.index("Wed 25 Nov") : text.index("Thu 26 Nov")]
    assert "cycling: 4 cells of W48-A1-S1, W48-A1-S2 on channels 3-5, 9" in wednesday
    assert "xps: W48-A1-S1, W48-A1-S2: record coverage" in wednesday
    assert "Sat 28 Nov no working day cycling: 4 cells, until Wed 2 Dec" in text
    assert "Wed 2 Dec cycling: 4 cells of W48-A1-S1, W48-A1-S2: record results" in text
    assert "Tue 1 Dec" not in text


def test_every_sample_is_weighed_on_the_coating_sheet():
    text = section(run_sheets_html(cei(), plan(calendar())), "Coating")
    assert "W48-A1-S1 for run W48-A1 Mon 23 Nov 73.0 mg 3.652 % 1927.0 mg" in text
    assert "W48-A2-S1 for run W48-A2 Mon 23 Nov 10.0 mg 0.5 % 1990.0 mg" in text


def test_a_run_sheet_has_its_own_samples_settings_recipe_and_fixed_settings():
    text = section(run_sheets_html(cei(), plan(calendar())), "Run W48-A1")
    assert "Mon 23 Nov to Tue 24 Nov 2026" in text
    for part in ("350 °C", "1.99 h ≈ 1 h 59 min", "oxygen", "2 K/min", "73.0 mg Li3PS4 (3.652 %) + 1927.0 mg NCM85"):
        assert part in text
    assert "W48-A2-S1" not in text
    assert "400 °C" not in text
    for blank in ("operator", "as made", "powder in, mg", "What went otherwise than planned"):
        assert blank in text


def test_the_steps_go_from_the_label_to_the_next_stage():
    coating = steps("Coating")
    assert coating[0].startswith("Label 3 vials")
    assert coating[1] == "Before weighing, dry the NCM85 under vacuum at 200 °C for 12 h."
    assert coating[3].startswith("Weigh the powders")
    assert "2000.0 mg" in coating[3]
    assert "grinding time 30 min" in coating[4]
    assert coating[-2].startswith("Press the ground powder")
    assert coating[-1].endswith("Pass the samples on to annealing, first on Mon 23 Nov.")
    oven = steps("Run W48-A1: annealing")
    assert oven[0].startswith("Fetch W48-A1-S1, W48-A1-S2 after coating")
    assert "annealing temperature 350 °C" in oven[1]


def test_the_cycling_sheet_has_channels_currents_and_the_scale_of_the_voltages():
    text = section(run_sheets_html(cei(), plan(calendar())), "Cycling")
    assert "W48-A1-S2-c2 9 Wed 25 Nov" in text
    assert "0.05C 91.2 µA 0.116 mA/cm²" in text
    assert "12 mg composite × 0.8 = 9.6 mg CAM per cell; 1C = 190 mA per gram of CAM" in text
    assert "3.7 V on the cycler are 4.32 V vs Li+/Li" in text
    assert "planned 12.0 ± 0.1 mg" in text
    assert "file names like *hold*" in text


def test_without_a_calendar_days_are_left_to_fill_in():
    document = run_sheets_html(cei(), plan())
    assert "The plan has no calendar: fill in the days." in section(document, "at a glance")
    assert section(document, "Run W48-A1").count("2026") == 1
    assert run_sheets_html(cei(), plan([])) == document


def test_a_stage_without_time_is_due_before_the_next_one():
    later = [entry for entry in calendar() if entry["stage"] != "coating"]
    document = run_sheets_html(cei(), plan(later))
    assert "Not in the calendar, since campaign.yaml gives no time for it: coating." in section(document, "at a glance")
    assert "before annealing on Mon 23 Nov" in section(document, "Coating")


def test_the_headers_for_recording_are_understood():
    text = run_sheets_html(cei(), plan(), folder="lab")
    headers = [line.split(",") for line in re.findall(r"<pre>((?:sample|cell),[^<]*)</pre>", text)]
    assert [header[0] for header in headers] == ["sample", "cell"]
    problems = []
    names = [c.name for h in headers for c in read_header(tuple(h), cei(), lambda *what: problems.append(what))]
    assert not problems
    assert set(names) == {"sample", "cell", *(metric.name for metric in cei().metrics)}
    assert "coatopt record lab results.csv" in text
    assert "coatopt ingest lab W48-A1-S1-c1*.mpr" in text


def test_everything_is_escaped():
    bad = "<script>alert('x')</script>"
    document = plan()
    document["samples"][0]["reason"] = bad
    document["notices"] = [bad]
    tree = {
        "name": "c",
        "about": bad,
        "stages": [{"name": "mixing", "about": f"Stir. {bad}", "batch_mass": "1 g", "balance": bad}],
        "parameters": {"a": {"stage": "mixing", "unit": "wt%", "range": [0, 5], "about": bad}},
        "metrics": {"y": {"stage": "mixing", "unit": "1", "goal": "maximize", "worst": 0, "about": bad}},
    }
    own = document | {
        "campaign": "c",
        "runs": [],
        "samples": [{"sample": bad, "a": 1.0, "reason": bad}],
        "cells": [],
        "trust": [],
    }
    html = run_sheets_html(campaign_from_dict(tree), own, folder=bad)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 6


def test_a_mixture_of_many_parts_is_weighed_too():
    campaign = load_campaign(CAMPAIGNS / "p3ht-cnt" / "campaign.yaml")
    row = {"sample": "W48-S1", "p3ht": 29.02, "d1": 59.98, "d2": 0.0, "d6": 0.0, "d8": 11.0}
    document = {"week": "2026-W48", "seed": 1, "version": "1", "samples": [row], "cells": [], "runs": []}
    text = section(run_sheets_html(campaign, document), "Mixing")
    assert "add batch_mass to the stage 'mixing'" in text
    assert "29.02 %" in text
    tree = campaign_to_dict(campaign)
    tree["stages"][0]["batch_mass"] = "50 mg"
    text = section(run_sheets_html(campaign_from_dict(tree), document), "Mixing")
    assert "W48-S1 14.5 mg 29.02 % 30.0 mg 59.98 % none none 5.5 mg 11 %" in text
    assert "batch_mass" not in text


def test_runs_whose_samples_differ_in_a_later_stage_say_in_what():
    campaign = load_campaign(CAMPAIGNS / "mechanofusion-ncm82" / "campaign.yaml")
    recipe = {"carbon_black": 0.6, "se_fraction": 20.0, "rotor_speed": 5000.0}
    rows = [{"sample": f"W48-M1-S{i}", "mixing_time": time} | recipe for i, time in ((1, 5.0), (2, 60.0))]
    runs = [{"run": "W48-M1", "stage": "mixing", "samples": ["W48-M1-S1", "W48-M1-S2"]}]
    document = {"week": "2026-W48", "seed": 1, "version": "1", "samples": rows, "cells": [], "runs": runs}
    text = section(run_sheets_html(campaign, document), "Run W48-M1")
    assert "1 W48-M1-S1 5 min" in text
    assert "2 W48-M1-S2 60 min" in text
    assert "premixing speed 5000 rpm" in text


@pytest.mark.parametrize("name", sorted(path.parent.name for path in CAMPAIGNS.glob("*/campaign.yaml")))
def test_every_shipped_campaign_gives_sheets_even_for_an_empty_week(name):
    campaign = load_campaign(CAMPAIGNS / name / "campaign.yaml")
    document = {"week": "2026-W48", "seed": 1, "version": "1", "samples": [], "cells": [], "runs": []}
    assert "0 samples" in section(run_sheets_html(campaign, document), "at a glance")


@pytest.mark.parametrize("key", ["week", "samples", "cells", "runs"])
def test_a_plan_without_a_table_is_refused(key):
    document = plan()
    del document[key]
    with pytest.raises(InputError, match=f"no '{key}'"):
        run_sheets_html(cei(), document)


def test_a_plan_of_another_campaign_or_stage_or_week_is_refused():
    with pytest.raises(InputError, match="of the campaign 'x', not of 'artificial-cei'"):
        run_sheets_html(cei(), plan() | {"campaign": "x"})
    with pytest.raises(InputError, match="stage 'ald'"):
        run_sheets_html(cei(), plan([booking("ald", "sample", "2026-11-23", "2026-11-24", ["W48-A1-S1"])]))
    with pytest.raises(InputError, match="'next week' is no ISO week"):
        run_sheets_html(cei(), plan() | {"week": "next week"})
    with pytest.raises(InputError, match="start and"):
        run_sheets_html(cei(), plan([booking("xps", "sample", "Monday", "2026-11-24", ["W48-A1-S1"])]))
