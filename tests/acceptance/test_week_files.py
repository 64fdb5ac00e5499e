"""A week as files: run sheets to print, a calendar to import, tables for a spreadsheet; and where none can be."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import icalendar
import pytest
import yaml

import coatopt
from acceptance.test_decisions import WEEK, plan, written  # noqa: F401
from acceptance.test_wrong_campaigns import run

NAMES = ("run-sheets.html", "calendar.ics", "calendar.csv", "samples.csv", "cells.csv")


@pytest.fixture
def lab(tmp_path, annealing):
    return written(tmp_path / "lab", annealing)


def table(path):
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # by which Excel knows UTF-8
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


class Sheet(HTMLParser):
    """Collects the text of a page, and what a page from a lab must not have."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.texts, self.scripts, self.addresses = [], 0, []
        self.feed(page)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_files_of_a_week_say_what_the_plan_says(lab, tmp_path, plan):  # noqa: F811
    document = plan(lab, "--to", tmp_path / "week")
    folder = tmp_path / "week"
    assert document["files"] == [str(folder / f"{WEEK}-{name}") for name in NAMES]
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{WEEK}-{name}" for name in NAMES)

    samples = table(folder / f"{WEEK}-samples.csv")
    assert [row["sample"] for row in samples] == [row["sample"] for row in document["samples"]]
    assert [float(row["temperature"]) for row in samples] == [row["temperature"] for row in document["samples"]]
    assert [row["reason"] for row in samples] == [row["reason"] for row in document["samples"]]
    assert table(folder / f"{WEEK}-cells.csv") == document["cells"]

    calendar = icalendar.Calendar.from_ical((folder / f"{WEEK}-calendar.ics").read_bytes())
    events = calendar.walk("VEVENT")
    assert len({str(event["UID"]) for event in events}) == len(events) == len(document["calendar"])
    days = [(event["DTSTART"].dt, event["DTEND"].dt) for event in events]
    assert days == [
        tuple(datetime.date.fromisoformat(b[key]) for key in ("start", "end")) for b in document["calendar"]
    ]
    rows = table(folder / f"{WEEK}-calendar.csv")
    assert [(row["date"], row["task"]) for row in rows] == [(b["start"], b["task"]) for b in document["calendar"]]

    sheet = Sheet((folder / f"{WEEK}-run-sheets.html").read_text(encoding="utf-8"))
    assert (sheet.scripts, [a for a in sheet.addresses if "//" in a]) == (0, [])
    for name in [row["sample"] for row in document["samples"]] + [r["run"] for r in document["runs"]]:
        assert name in sheet.text


def test_a_second_export_moves_events_instead_of_doubling_them(lab, tmp_path, plan):  # noqa: F811
    folder = tmp_path / "week"
    plan(lab, "--to", folder)
    first = icalendar.Calendar.from_ical((folder / f"{WEEK}-calendar.ics").read_bytes()).walk("VEVENT")
    raw = {path.name: path.read_bytes() for path in folder.iterdir()}
    plan(lab, "--to", folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == raw
    document = plan(lab, "--from", "2026-11-25", "--to", folder)
    second = icalendar.Calendar.from_ical((folder / f"{WEEK}-calendar.ics").read_bytes()).walk("VEVENT")
    kept = {b["task"] for b in document["calendar"] if set(b["samples"]) <= set(document["kept"])}
    known = {str(event["UID"]) for event in first}
    same = [event for event in second if str(event["UID"]) in known]
    assert len(same) == sum(b["task"] in kept for b in document["calendar"])


def test_names_with_odd_characters(tmp_path, annealing, plan, monkeypatch, capsys):  # noqa: F811
    odd = ["=cmd|' /C calc'!A0", "N₂ + O₂ <b>80:20</b> & [red]“wet”[/], 1; 2"]
    tree = annealing | {"name": "Ann.ealing_1-b", "about": "<script>alert(1)</script> [bold]"}
    tree["parameters"]["atmosphere"]["values"] = odd
    tree["constraints"] = []
    lab = written(tmp_path / "läb & ätz", tree)
    document = plan(lab, "--to", tmp_path / "wöche 48; #1")
    assert {row["atmosphere"] for row in document["samples"]} <= set(odd)
    folder = tmp_path / "wöche 48; #1"
    page = (folder / f"{WEEK}-run-sheets.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>80:20</b>" not in page
    assert "N₂ + O₂ <b>80:20</b> & [red]“wet”[/], 1; 2" in Sheet(page).text
    assert icalendar.Calendar.from_ical((folder / f"{WEEK}-calendar.ics").read_bytes()).walk("VEVENT")
    assert {row["atmosphere"] for row in table(folder / f"{WEEK}-samples.csv")} <= set(odd)
    code, out, err = run(["plan", lab, "--week", WEEK], monkeypatch, capsys)
    assert code in (0, None), err
    assert "Ann.ealing_1-b" in out


def test_a_campaign_without_days_or_cells_has_files_too(tmp_path, plan):  # noqa: F811
    tree = {
        "name": "bare",
        "stages": [{"name": "mixing"}],
        "parameters": {"x": {"stage": "mixing", "range": [0, 10]}},
        "metrics": {"ice": {"stage": "mixing", "unit": "%", "goal": "maximize", "worst": 0}},
    }
    lab = written(tmp_path / "lab", tree)
    document = plan(lab, "--samples", "2", "--to", tmp_path / "week")
    assert document["calendar"] == document["cells"] == []
    folder = tmp_path / "week"
    assert icalendar.Calendar.from_ical((folder / f"{WEEK}-calendar.ics").read_bytes()).walk("VEVENT") == []
    assert table(folder / f"{WEEK}-cells.csv") == []
    assert len(table(folder / f"{WEEK}-samples.csv")) == 2
    assert "W48-S2" in Sheet((folder / f"{WEEK}-run-sheets.html").read_text(encoding="utf-8")).text


def test_places_that_cannot_be_written_are_refused_before_anything_is_planned(lab, tmp_path, plan):  # noqa: F811
    (tmp_path / "file").write_text("mine")
    for option, path, says in (
        ("--to", tmp_path / "file", "is a file; name a folder"),
        ("--to", tmp_path / "file" / "deeper", "its folder does not exist"),
        ("--to", tmp_path / "none" / "week", "its folder does not exist"),
        ("--csv", tmp_path, "is a folder; name a file"),
        ("--csv", tmp_path / "none" / "week.csv", "its folder does not exist"),
    ):
        refusal = plan(lab, option, path)
        assert says in refusal
        assert "nothing was planned" in refusal
    assert (tmp_path / "file").read_text() == "mine"
    assert not coatopt.open(lab).storage.for_reading().plans("annealing")


def test_what_fails_while_writing_says_that_the_plan_is_done(lab, tmp_path, plan):  # noqa: F811
    (tmp_path / "week" / f"{WEEK}-calendar.ics").mkdir(parents=True)
    refusal = plan(lab, "--to", tmp_path / "week")
    assert "the plan itself is done" in refusal
    document = plan(lab)
    assert document["recorded"]
    (tmp_path / "week" / f"{WEEK}-calendar.ics").rmdir()
    assert plan(lab, "--to", tmp_path / "week")["samples"] == document["samples"]


def test_a_recipe_that_cannot_be_weighed_says_that_the_plan_is_done(tmp_path, annealing, plan):  # noqa: F811
    annealing["stages"][0] |= {"batch_mass": "2 g", "balance": "NCM85"}
    annealing["parameters"]["other_fraction"] = {"stage": "coating", "unit": "wt%", "range": [99.6, 99.9]}
    lab = written(tmp_path / "lab", annealing)
    refusal = plan(lab, "--to", tmp_path / "week", "--samples", "1")
    assert "of the batch" in refusal
    assert "the plan itself is done" in refusal
    assert len(plan(lab, "--samples", "1")["samples"]) == 1


def test_a_dry_run_writes_files_and_records_nothing(lab, tmp_path, plan, monkeypatch, capsys):  # noqa: F811
    document = plan(lab, "--dry-run", "--to", tmp_path / "week", "--csv", tmp_path / "week.csv")
    assert len(document["files"]) == len(NAMES)
    lines = list(csv.DictReader((tmp_path / "week.csv").open(encoding="utf-8")))
    assert [row["sample"] for row in lines] == [row["sample"] for row in document["samples"]]
    assert not coatopt.open(lab).storage.for_reading().plans("annealing")
    _, out, _ = run(["status", lab, "--json"], monkeypatch, capsys)
    assert json.loads(out)["samples"]["planned"] == 0


def test_the_lab_of_the_readme_is_a_good_one():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    first, second = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    campaign = coatopt.open(first | second).definition
    assert campaign.stage("annealing").places(2) == (6, 3)
    assert campaign.planner.goals == "tiers"
    assert not campaign.lab.works_on(datetime.date(2026, 12, 25))
