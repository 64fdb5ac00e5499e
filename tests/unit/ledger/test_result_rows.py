"""What a table of results may not do: land on the wrong cell, count twice, or count although it failed."""

import io

import openpyxl
import pandas as pd
import pytest

import coatopt
from coatopt.errors import InputError, LedgerError, ResultsError
from coatopt.ledger.result_file import read_result_file


@pytest.fixture
def lab(annealing):
    campaign = coatopt.open(annealing)
    campaign.plan(week="2026-W48", seed=1)
    return campaign


def measured(campaign):
    ledger = campaign.storage.for_reading()
    return {(m.cell or m.sample, m.metric): m.text() for m in ledger.measurements("annealing")}


def observed(campaign, metric="ice"):
    observations = campaign.storage.for_reading().observations("annealing")
    return {o.cell or o.sample: o.value for o in observations if o.metric == metric}


def record(campaign, tmp_path, text, name="r.csv"):
    (tmp_path / name).write_text(text)
    return campaign.record(tmp_path / name)


def test_rows_of_a_sample_are_its_cells_and_a_grown_file_adds_the_rest(lab, tmp_path):
    assert record(lab, tmp_path, "sample,ice\nW48-A1-S1,88\n").measurements == 1
    grown = record(lab, tmp_path, "sample,ice\nW48-A1-S1,88\nW48-A1-S1,89\nW48-A1-S2,90\n")
    assert (grown.measurements, grown.already_known) == (2, 1)
    assert measured(lab) == {
        ("W48-A1-S1-c1", "ice"): "88",
        ("W48-A1-S1-c2", "ice"): "89",
        ("W48-A1-S2-c1", "ice"): "90",
    }


def test_a_row_without_cell_never_takes_a_cell_that_another_row_names(lab, tmp_path):
    record(lab, tmp_path, "sample,cell,ice\n,W48-A1-S1-c1,88\nW48-A1-S1,,89\n")
    assert measured(lab) == {("W48-A1-S1-c1", "ice"): "88", ("W48-A1-S1-c2", "ice"): "89"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cell,ice\nW48-A1-S1-c1,88\nW48-A1-S1-c1,12\n", "twice in this file"),
        ("cell,ice\nW48-A1-S1-c12,88\n", "unknown"),
        ("sample,ice\n" + "W48-A1-S1,88\n" * 3, "more rows for W48-A1-S1 than its 2 cells"),
        ("sample,ice,failed\nW48-A1-S1,88,yes\n", "no reason"),
        ("sample,ice,ice_sd\nW48-A1-S1,,0.5\nW48-A1-S2,88,\n", "without a value"),
        ("sample,precursor_fraction,ice\nW48-A9-S9,1,88\n", "unknown"),
        ('sample,ice\nW48-A1-S1,"1,234"\n', "thousands"),
        ("sample,ice\nW48-A1-S1,88,\nW48-A1-S2,>5,5\n", "semicolons"),
        ("sample;growth\nW48-A1-S1;88,\n", "not a number"),
        (";;;\n;;;\n", "separators only"),
        ("sample,coverage\nW48-A1-S1,>1\n", "no possible value"),
        ('sample,note,ice\nW48-A1-S1,"two\nlines\nhere",88\nW48-A1-S2,x,bad\n', "line 5"),
        ('[{"sample": "W48-A1-S1", "ice": 1, "ice": 2}]', "stands twice"),
        ('[{"sample": "W48-A1-S1", "ice": 1' + "0" * 400 + "}]", "beyond all"),
    ],
)
def test_what_is_ambiguous_or_impossible_is_refused(lab, tmp_path, text, says):
    name = "r.json" if text.startswith("[") else "r.csv"
    with pytest.raises(ResultsError, match=says):
        record(lab, tmp_path, text, name)
    assert measured(lab) == {}


def test_a_fourth_cell_beyond_the_plan_is_the_next_one(lab, tmp_path):
    record(lab, tmp_path, "cell,ice\nW48-A1-S1-c3,88\n")
    assert ("W48-A1-S1-c3", "ice") in measured(lab)


@pytest.mark.parametrize("word", ["no", "False", "0"])
def test_not_failed_is_not_a_failure(lab, tmp_path, word):
    record(lab, tmp_path, f"sample,ice,failed\nW48-A1-S1,88,{word}\n")
    assert lab.status()["failed"] == []
    assert lab.record(pd.DataFrame({"sample": ["W48-A1-S2"], "ice": [88], "failed": [False]})).failures == 0


def test_what_failed_teaches_nothing_and_is_not_the_best(lab, tmp_path):
    record(lab, tmp_path, "sample,ice,failed\nW48-A1-S1,99.9,shorted\nW48-A1-S1,88,\nW48-A1-S2,99,burnt\n")
    record(lab, tmp_path, "sample,failed\nW48-A2-S1,lost\n", "lost.csv")
    assert observed(lab) == {"W48-A1-S1-c2": 88.0}
    assert lab.status()["best"][0]["mean"] == 88.0
    failed = {item["cell"] or item["sample"] for item in lab.status()["failed"]}
    assert failed == {"W48-A1-S1-c1", "W48-A1-S2-c1", "W48-A2-S1"}


def test_a_correction_names_its_cell_and_keeps_the_old_value(lab, tmp_path):
    record(lab, tmp_path, "sample,ice\nW48-A1-S1,88\nW48-A1-S1,89\n")
    with pytest.raises(ResultsError, match="name the cell"):
        record(lab, tmp_path, "sample,ice,correction\nW48-A1-S1,90,misread\n", "c.csv")
    for value in (90, 91):
        record(lab, tmp_path, f"cell,ice,correction\nW48-A1-S1-c2,{value},misread\n", f"c{value}.csv")
    assert observed(lab) == {"W48-A1-S1-c1": 88.0, "W48-A1-S1-c2": 91.0}
    history = lab.storage.for_reading().measurements("annealing", superseded=True)
    assert [m.value for m in history] == [88.0, 89.0, 90.0, 91.0]


def test_a_failure_of_a_withdrawn_sample_is_kept(lab, tmp_path):
    lab.plan(week="2026-W48", seed=2, replan=True)
    assert record(lab, tmp_path, "sample,failed\nW48-A1-S1,burnt\n").failures == 1


def test_replanning_after_failures_makes_new_samples(lab, tmp_path):
    first = list(lab.status()["pending"])
    rows = "".join(f"{item['sample']},burnt\n" for item in first)
    record(lab, tmp_path, "sample,failed\n" + rows)
    with pytest.raises(InputError, match="--replan"):
        lab.plan(week="2026-W48", seed=1)
    again = lab.plan(week="2026-W48", seed=1, replan=True)
    assert not {item["sample"] for item in first} & set(again.table["sample"])


def test_historical_samples_get_free_numbers_and_keep_integer_names(annealing, tmp_path):
    campaign = coatopt.open(annealing)
    head = "sample,precursor_fraction,temperature,time,atmosphere,ice\n"
    record(campaign, tmp_path, head + "H2,1,400,1,oxygen,88\n,2,400,1,oxygen,89\n,3,400,1,oxygen,90\n")
    assert [s.id for s in campaign.storage.for_reading().samples("annealing")] == ["H2", "H1", "H3"]
    frame = pd.DataFrame(
        {
            "sample": [12],
            "precursor_fraction": [1.5],
            "temperature": [500],
            "time": [1],
            "atmosphere": ["oxygen"],
            "ice": [85],
        }
    )
    campaign.record(frame)
    assert "12" in {s.id for s in campaign.storage.for_reading().samples("annealing")}


def test_a_level_may_be_called_like_an_empty_cell(annealing, tmp_path):
    annealing["parameters"]["dopant"] = {"stage": "coating", "values": ["none", "Na", "1"]}
    campaign = coatopt.open(annealing)
    head = "sample,precursor_fraction,temperature,time,atmosphere,dopant,ice\n"
    record(campaign, tmp_path, head + "a,1,400,1,oxygen,none,88\nb,1,400,1,oxygen,Na,88\nc,1,400,1,oxygen,1,88\n")
    assert [s.settings["dopant"] for s in campaign.storage.for_reading().samples("annealing")] == ["none", "Na", "1"]


def test_units_convert_also_in_decimal_commas_and_other_encodings(lab, tmp_path):
    text = "sep=;\nsample;ice [1];growth [kohm cm^2 h^-0.5];by\nW48-A1-S1;0,881;0,0125;Jörg\n"
    (tmp_path / "r.csv").write_bytes(text.encode("cp1252"))
    lab.record(tmp_path / "r.csv")
    assert measured(lab) == {("W48-A1-S1-c1", "ice"): "88.1", ("W48-A1-S1-c1", "growth"): "12.5"}
    assert lab.storage.for_reading().measurements("annealing")[0].by == "Jörg"
    (tmp_path / "r2.csv").write_text("sample\tcoverage\nW48-A1-S1\t0,4..0,5\n", encoding="utf-16")
    lab.record(tmp_path / "r2.csv")
    assert measured(lab)["W48-A1-S1", "coverage"] == "0.4..0.5"


def workbook(tmp_path, fill):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["sample", "ice"])
    sheet.append(["W48-A1-S1", 88.5])
    fill(sheet)
    content = io.BytesIO()
    book.save(content)
    (tmp_path / "r.xlsx").write_bytes(content.getvalue())
    return tmp_path / "r.xlsx"


def test_a_workbook_is_read_as_it_is_seen(lab, tmp_path):
    assert read_result_file(workbook(tmp_path, lambda _: None)).rows == (("W48-A1-S1", 88.5),)

    def percentage(sheet):
        sheet["B2"].value, sheet["B2"].number_format = 0.885, "0.0%"

    def formula(sheet):
        sheet["B2"].value = "=80+8"

    for fill, says in ((percentage, "percentage"), (formula, "formula")):
        with pytest.raises(ResultsError, match=says):
            lab.record(workbook(tmp_path, fill))


def test_a_changed_campaign_file_does_not_change_what_was_recorded(annealing, tmp_path):
    from coatopt.campaign.writing import campaign_to_dict
    from coatopt.campaign.yaml_file import campaign_from_dict, dump_campaign

    folder = tmp_path / "lab#1 %20?"
    folder.mkdir()
    path = folder / "campaign.yaml"
    path.write_text(dump_campaign(campaign_from_dict(annealing)))
    coatopt.open(folder).plan(week="2026-W48", seed=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lab#1 %20?"]
    assert len(coatopt.open(folder).status()["pending"]) == 7

    def changed(change):
        tree = campaign_to_dict(campaign_from_dict(annealing))
        change(tree)
        path.write_text(dump_campaign(campaign_from_dict(tree)))
        return coatopt.open(folder)

    for change, says in (
        (lambda t: t["metrics"]["ice"].update(unit="1", range=[0, 1], worst=0.8), "recorded in %"),
        (lambda t: t["parameters"]["time"].update(unit="min"), "recorded in h"),
        (lambda t: t["parameters"]["atmosphere"].update(values=["oxygen", "synthetic air 2"]), "no longer|level"),
        (lambda t: t["parameters"].update(new={"stage": "coating", "range": [0, 1]}), "without the parameter 'new'"),
    ):
        if "level" in says:
            with pytest.raises(InputError):
                changed(change).status()
            continue
        with pytest.raises(InputError, match=says):
            changed(change).status()
    with pytest.raises(LedgerError, match="named 'other'"):
        changed(lambda t: t.update(name="other")).status()


def test_without_ids_a_failed_replicate_leaves_the_good_ones(annealing):
    campaign = coatopt.open(annealing)
    settings = {
        "precursor_fraction": [1.0] * 3,
        "temperature": [400] * 3,
        "time": [1] * 3,
        "atmosphere": ["oxygen"] * 3,
    }
    frame = pd.DataFrame(settings | {"ice": [88.0, 89.0, None], "failed": [None, None, "shorted"]})
    assert campaign.record(frame).failures == 1
    assert observed(campaign) == {"H1-c1": 88.0, "H1-c2": 89.0}
    reference = pd.DataFrame({name: values[:2] for name, values in settings.items()})
    campaign.record(reference.assign(ice=[70.0, 90.0], reference=["bare", "bare"]))
    assert len(observed(campaign)) == 2


def test_a_blank_row_keeps_the_number_of_its_cell(lab, tmp_path):
    record(lab, tmp_path, "sample,ice\nW48-A1-S1,\nW48-A1-S1,88\n")
    grown = "sample,ice,failed\nW48-A1-S1,,shorted\nW48-A1-S1,88,\n"
    outcome = record(lab, tmp_path, grown, "grown.csv")
    assert (outcome.measurements, outcome.failures) == (0, 1)
    assert observed(lab) == {"W48-A1-S1-c2": 88.0}


def test_a_lone_failure_does_not_take_good_cells_away(lab, tmp_path):
    record(lab, tmp_path, "sample,ice\nW48-A1-S1,88\nW48-A1-S1,89\n")
    with pytest.raises(ResultsError, match="name each cell"):
        record(lab, tmp_path, "sample,failed\nW48-A1-S1,shorted\n", "f.csv")
    record(lab, tmp_path, "cell,failed\nW48-A1-S1-c1,shorted\n", "g.csv")
    assert observed(lab) == {"W48-A1-S1-c2": 89.0}


def test_a_failure_can_be_taken_back_with_a_reason(lab, tmp_path):
    record(lab, tmp_path, "sample,failed\nW48-A1-S1,burnt\n")
    with pytest.raises(ResultsError, match="recorded as failed"):
        record(lab, tmp_path, "sample,ice\nW48-A1-S1,88\n", "a.csv")
    record(lab, tmp_path, "sample,ice,correction\nW48-A1-S1,88,wrong vial was burnt\n", "b.csv")
    assert observed(lab) == {"W48-A1-S1-c1": 88.0}
    assert lab.status()["failed"] == []
    assert [mark.kind for mark in lab.storage.for_reading().marks("annealing")] == ["failed", "restored"]


def test_powder_results_of_a_sample_whose_cells_failed_still_count(lab, tmp_path):
    record(lab, tmp_path, "sample,coverage,failed\nW48-A1-S1,0.9,all cells shorted\n")
    assert observed(lab, "coverage") == {"W48-A1-S1": 0.9}
    assert "W48-A1-S1" not in {item["sample"] for item in lab.status()["pending"]}


def test_a_sample_with_a_cell_still_running_stays_pending(lab, tmp_path):
    record(lab, tmp_path, "cell,ice,failed\nW48-A1-S1-c1,50,shorted\n")
    assert "W48-A1-S1" in {item["sample"] for item in lab.status()["pending"]}
    assert observed(lab) == {}


def test_replanning_keeps_what_is_half_measured(lab, tmp_path):
    record(lab, tmp_path, "sample,coverage\nW48-A1-S1,0.9\n")
    lab.plan(week="2026-W48", seed=5, samples=2, replan=True)
    status = lab.status()
    assert "W48-A1-S1" not in status["withdrawn"]
    assert "W48-A1-S1" in {item["sample"] for item in status["pending"]}


def test_cells_of_a_historical_sample_in_any_order_and_blank_dates(annealing):
    campaign = coatopt.open(annealing)
    settings = {
        "precursor_fraction": [1.0] * 2,
        "temperature": [400] * 2,
        "time": [1] * 2,
        "atmosphere": ["oxygen"] * 2,
    }
    days = pd.to_datetime(["2026-11-20", None])
    frame = pd.DataFrame({"cell": ["A-c2", "A-c1"]} | settings | {"ice": [89.0, 88.0], "measured_on": days})
    assert campaign.record(frame).measurements == 2
    assert observed(campaign) == {"A-c2": 89.0, "A-c1": 88.0}


def test_a_level_called_none_does_not_swallow_empty_cells(annealing):
    annealing["parameters"]["coat"] = {"stage": "coating", "values": ["None", "LNO"]}
    campaign = coatopt.open(annealing)
    settings = {"precursor_fraction": [1.0], "temperature": [400], "time": [1], "atmosphere": ["oxygen"]}
    with pytest.raises(ResultsError, match="coat: the setting is missing"):
        campaign.record(pd.DataFrame(settings | {"coat": [None], "ice": [88.0]}))
