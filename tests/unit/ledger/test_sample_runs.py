"""Columns such as annealing_run: who shared a run is known, and what shared one agrees in its settings."""

from dataclasses import replace

import pytest

import coatopt
from coatopt.campaign.yaml_file import campaign_from_dict
from coatopt.errors import InputError, ResultsError
from coatopt.ledger.identity import historical_run_id
from coatopt.ledger.record import Run
from coatopt.ledger.result_header import read_header

from contract.ledger_contract import hash_of

HEAD = "sample,annealing_run,precursor_fraction,temperature,time,atmosphere,ice\n"


@pytest.fixture
def campaign(annealing):
    return coatopt.open(annealing)


@pytest.fixture
def lab(campaign):
    campaign.plan(week="2026-W48", seed=1)
    return campaign


def record(campaign, tmp_path, text, name="r.csv"):
    (tmp_path / name).write_text(text)
    return campaign.record(tmp_path / name)


def samples(campaign):
    return {s.id: s.runs for s in campaign.storage.for_reading().samples("annealing") if s.origin == "historical"}


def runs(campaign):
    return [run for run in campaign.storage.for_reading().runs("annealing") if run.week is None]


def refused(campaign, tmp_path, text, says):
    """Record what must be refused; nothing of it may stay."""
    before = hash_of(campaign.storage.for_reading())
    with pytest.raises(ResultsError) as error:
        record(campaign, tmp_path, text, "wrong.csv")
    assert says in str(error.value)
    assert hash_of(campaign.storage.for_reading()) == before
    return error.value.problems


def test_historical_samples_share_the_runs_that_their_rows_state(campaign, tmp_path):
    text = HEAD + (
        "a,furnace-7,1,400,1,oxygen,88\n"
        "a,,1,400,1,oxygen,88.5\n"
        "b,furnace-7,2,400,1,oxygen,89\n"
        "c,8,2,500,1,oxygen,90\n"
        "d,,2,500,1,oxygen,90\n"
    )
    assert record(campaign, tmp_path, text).new_samples == 4
    assert samples(campaign) == {
        "a": ("annealing:furnace-7",),
        "b": ("annealing:furnace-7",),
        "c": ("annealing:8",),
        "d": (),
    }
    settings = {"temperature": 400.0, "time": 1.0, "atmosphere": "oxygen"}
    assert runs(campaign) == [
        Run(id="annealing:furnace-7", stage="annealing", week=None, settings=settings),
        Run(id="annealing:8", stage="annealing", week=None, settings=settings | {"temperature": 500.0}),
    ]
    observations = campaign.storage.for_reading().observations("annealing")
    assert {o.sample: o.runs for o in observations} == samples(campaign)
    before = hash_of(campaign.storage.for_reading())
    assert not record(campaign, tmp_path, text).changed
    again = record(campaign, tmp_path, text + "\n", "same-with-another-hash.csv")
    assert (again.changed, again.already_known) == (False, 5)
    assert hash_of(campaign.storage.for_reading()) == before


def test_a_later_file_adds_samples_to_a_run_and_results_to_its_samples(campaign, tmp_path):
    record(campaign, tmp_path, HEAD + "a,furnace-7,1,400,1,oxygen,88\n")
    record(campaign, tmp_path, HEAD + "b,annealing:furnace-7,2,400,1,oxygen,89\n", "b.csv")
    record(campaign, tmp_path, "sample,annealing_run,coverage\na,furnace-7,0.5\nb,,0.6\n", "c.csv")
    assert samples(campaign) == {"a": ("annealing:furnace-7",), "b": ("annealing:furnace-7",)}
    assert [run.id for run in runs(campaign)] == ["annealing:furnace-7"]


@pytest.mark.parametrize(
    ("row", "field", "says"),
    [
        ("b,furnace-7,2,500,1,oxygen,1", "temperature", "furnace-7 was made with 400 degC, the row says 500 degC"),
        ("b,furnace-7,2,400,2,oxygen,1", "time", "furnace-7 was made with 1 h, the row says 2 h"),
        ("b,furnace-7,2,400,1,synthetic air,1", "atmosphere", "with 'oxygen', the row says 'synthetic air'"),
        ("b,furnace 7,2,400,1,oxygen,1", "annealing_run", "'furnace 7' cannot be a run id; use letters"),
        ("b,W48-A1,2,400,1,oxygen,1", "annealing_run", "the run 'W48-A1' is unknown"),
        ("a,furnace-8,1,400,1,oxygen,1", "annealing_run", "a is recorded in the run furnace-7, the row says furnace-8"),
        ("n,furnace-7,1,400,1,oxygen,1", "annealing_run", "n is recorded without a run of annealing, the row says"),
        (",furnace-9,4,400,1,oxygen,1", "annealing_run", "H1 has these settings and is recorded without a run of ann"),
        (",,3,400,1,oxygen,1", "sample", "x and y have these settings, in different runs; name the sample or its run"),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_what_contradicts_a_run_is_refused(campaign, tmp_path, row, field, says, apart):
    first = (
        "a,furnace-7,1,400,1,oxygen,88\nn,,1,400,1,oxygen,88\n,,4,400,1,oxygen,88\n"
        "x,x1,3,400,1,oxygen,88\ny,y1,3,400,1,oxygen,88\n"
    )
    if apart:
        record(campaign, tmp_path, HEAD + first)
    problems = refused(campaign, tmp_path, HEAD + ("" if apart else first) + row + "\n", says)
    assert [(p.line, p.field) for p in problems] == [(2 if apart else 7, field)]


def test_the_same_settings_in_two_runs_are_two_samples(campaign, tmp_path):
    text = HEAD.removeprefix("sample,") + "".join(
        f"{run},1,400,1,oxygen,{ice}\n" for run, ice in (("f1", 88), ("f2", 80), ("f1", 89), ("f2", 81))
    )
    record(campaign, tmp_path, text)
    assert samples(campaign) == {"H1": ("annealing:f1",), "H2": ("annealing:f2",)}
    values = {o.cell: o.value for o in campaign.storage.for_reading().observations("annealing")}
    assert values == {"H1-c1": 88.0, "H1-c2": 89.0, "H2-c1": 80.0, "H2-c2": 81.0}
    record(campaign, tmp_path, text + "f2,1,400,1,oxygen,82\n", "grown.csv")
    assert len(samples(campaign)) == 2


def test_a_reference_sits_in_a_run_without_saying_how_it_was_made(campaign, tmp_path):
    head = "sample,reference,annealing_run,precursor_fraction,temperature,time,atmosphere,ice\n"
    record(campaign, tmp_path, head + "bare,uncoated,f1,,,,,70\na,,f1,1,400,1,oxygen,88\n")
    assert samples(campaign) == {"bare": ("annealing:f1",), "a": ("annealing:f1",)}
    assert runs(campaign)[0].settings == {"temperature": 400.0, "time": 1.0, "atmosphere": "oxygen"}
    record(campaign, tmp_path, head + "bare2,uncoated,f2,,,,,70\n", "b.csv")
    assert runs(campaign)[1].settings == {"temperature": None, "time": None, "atmosphere": None}
    record(campaign, tmp_path, head + "c,,f2,1,500,1,oxygen,88\n", "c.csv")
    says = "f2 was made with 500 degC, the row says 400 degC"
    refused(campaign, tmp_path, head + "bare3,uncoated,f2,,400,,,70\n", says)


def test_a_historical_sample_may_have_sat_in_a_planned_run(lab, tmp_path):
    planned = lab.storage.for_reading().runs("annealing")[0]
    rest = ",".join(str(planned.settings[name]) for name in ("temperature", "time", "atmosphere"))
    record(lab, tmp_path, HEAD + f"extra,{planned.id},1,{rest},88\n")
    assert samples(lab) == {"extra": (planned.id,)}
    assert runs(lab) == []
    other = planned.settings["temperature"] - 25 if planned.settings["temperature"] > 125 else 150
    row = f"more,{planned.id},1,{other:g},{rest.split(',', 1)[1]},88\n"
    refused(lab, tmp_path, HEAD + row, f"the run {planned.id} was made with")
    refused(lab, tmp_path, HEAD + f"more,W48-A77,1,{rest},88\n", "the run 'W48-A77' is unknown; did you mean 'W48-A")


def test_a_planned_sample_keeps_its_planned_run(lab, tmp_path):
    planned = lab.storage.for_reading().samples("annealing")[0]
    row = f"{planned.id},{planned.runs[0]},88\n"
    assert record(lab, tmp_path, "sample,annealing_run,ice\n" + row).measurements == 1
    wrong = f"sample,annealing_run,ice\n{planned.id},furnace-7,88\n"
    (problem,) = refused(lab, tmp_path, wrong, f"{planned.id} is planned in the run W48-A1, the row says furnace-7")
    assert (problem.line, problem.field) == (2, "annealing_run")
    assert "correct the row" in problem.fix


def test_runs_of_two_stages_may_have_the_same_name(annealing, tmp_path):
    annealing["stages"][0]["samples_per_run"] = 4
    campaign = coatopt.open(annealing)
    head = "sample,annealing_run,coating_run,precursor_fraction,temperature,time,atmosphere,ice\n"
    record(campaign, tmp_path, head + "a,1,1,1,400,1,oxygen,88\nb,2,1,1,500,1,oxygen,88\nc,2,,2,500,1,oxygen,88\n")
    assert samples(campaign) == {
        "a": ("coating:1", "annealing:1"),
        "b": ("coating:1", "annealing:2"),
        "c": ("annealing:2",),
    }
    stage_of = {run.id: run.stage for run in runs(campaign)}
    assert stage_of == {"coating:1": "coating", "annealing:1": "annealing", "annealing:2": "annealing"}
    campaign.plan(week="2026-W48", seed=1)
    coating = next(r.id for r in campaign.storage.for_reading().runs("annealing") if r.stage == "coating" and r.week)
    refused(campaign, tmp_path, head + f"d,{coating},,1,400,1,oxygen,88\n", f"'{coating}' is a run of coating, not of")


def test_a_parameter_or_metric_of_that_name_goes_before_the_column_of_runs(annealing):
    campaign = campaign_from_dict(annealing)
    assert roles(campaign, "annealing_run", "coating_run") == [("run", "annealing"), ("ignored", "coating_run")]
    as_metric = replace(campaign, metrics=(replace(campaign.metrics[0], name="annealing_run"),))
    assert roles(as_metric, "annealing_run") == [("metric", "annealing_run")]
    as_parameter = replace(campaign, parameters=(replace(campaign.parameters[0], name="annealing_run"),))
    assert roles(as_parameter, "annealing_run") == [("parameter", "annealing_run")]


def roles(campaign, *header):
    mistakes = []
    columns = read_header(header, campaign, lambda *mistake: mistakes.append(mistake))
    assert mistakes == []
    return [(column.role, column.name) for column in columns]


def test_a_misspelt_run_column_is_recognised(campaign, tmp_path):
    says = "'anealing_run' is not a column that we know; did you mean 'annealing_run'"
    refused(campaign, tmp_path, HEAD.replace("annealing_run", "anealing_run") + "a,f1,1,400,1,oxygen,88\n", says)


@pytest.mark.parametrize("text", ["", "a b", "coating:1", "x" * 65, "é"])
def test_ids_of_runs_can_be_written_on_a_vial(text):
    assert historical_run_id("annealing", "Ofen_7.2+a-b") == "annealing:Ofen_7.2+a-b"
    with pytest.raises(InputError, match="cannot be a run id"):
        historical_run_id("annealing", text)
