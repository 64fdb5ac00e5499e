"""What the command line prints for people and for scripts."""

import json

import jsonschema
import pytest

from acceptance.test_wrong_campaigns import run


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "my lab"
    run(["new", folder, "--like", "coating-benchmark-ncm85"], monkeypatch, capsys)
    return folder


def test_new_names_the_campaign_after_its_folder_and_refuses_a_taken_one(lab, monkeypatch, capsys):
    assert 'name: "my-lab"' in (lab / "campaign.yaml").read_text()
    assert not (lab / "data").exists()
    code, _, err = run(["new", lab, "--like", "artificial-cei"], monkeypatch, capsys)
    assert code == 2
    assert "not empty" in err
    code, _, err = run(["new", lab / "x", "--like", "artifical-cei"], monkeypatch, capsys)
    assert code == 2
    assert "did you mean 'artificial-cei'" in err


def test_with_data_the_published_measurements_come_along(tmp_path, monkeypatch, capsys):
    run(["new", tmp_path / "a", "--like", "coating-benchmark-ncm85", "--with-data"], monkeypatch, capsys)
    _, out, _ = run(["status", tmp_path / "a", "--json"], monkeypatch, capsys)
    assert json.loads(out)["samples"]["historical"] == 7
    assert not (tmp_path / "a" / "ledger.sqlite").exists()


def test_schema_is_a_json_schema(monkeypatch, capsys):
    _, out, _ = run(["schema"], monkeypatch, capsys)
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_a_week_for_people(lab, tmp_path, monkeypatch, capsys):
    _, out, _ = run(
        ["plan", lab, "--week", "2026-W48", "--samples", "3", "--csv", tmp_path / "w.csv"], monkeypatch, capsys
    )
    assert "Week 2026-W48" in out
    assert "recorded" in out
    assert "W48-S1" in out.split("Why")[0]
    assert "W48-S1" in out.split("Calendar")[1]
    filled = (tmp_path / "w.csv").read_text().splitlines()
    filled[0] += ",ice [%]"
    filled[1:] = [line + ",88.5" for line in filled[1:]]
    (tmp_path / "w.csv").write_text("\n".join(filled))
    _, out, _ = run(["record", lab, tmp_path / "w.csv"], monkeypatch, capsys)
    assert "3 measurements" in out
    _, out, _ = run(["status", lab], monkeypatch, capsys)
    assert "88.5 %" in out
    _, out, _ = run(["history", lab], monkeypatch, capsys)
    assert "W48-S1-c1" in out
    assert "88.5 %" in out


def test_a_plan_that_cannot_be_written_is_not_made(lab, monkeypatch, capsys):
    code, _, err = run(["plan", lab, "--csv", "/nowhere/w.csv"], monkeypatch, capsys)
    assert code == 2
    assert "nothing was planned" in err
    _, out, _ = run(["status", lab, "--json"], monkeypatch, capsys)
    assert json.loads(out)["last_plan"] is None


@pytest.mark.parametrize(
    "call", [["plan"], ["plan", "x", "--seed", "-1"], ["plan", "x", "--seed", "9" * 20], ["dance"]]
)
def test_a_wrong_call_ends_with_2(call, monkeypatch, capsys):
    code, _, err = run(call, monkeypatch, capsys)
    assert code == 2
    assert "Traceback" not in err


def test_an_error_of_our_own_is_a_sentence_and_debug_shows_it(lab, monkeypatch, capsys):
    from coatopt.workflow import status

    monkeypatch.setattr("coatopt.workflow.read_campaign.campaign_status", lambda *_: 1 / 0)
    assert status
    code, _, err = run(["status", lab], monkeypatch, capsys)
    assert code == 1
    assert "error of its own" in err
    monkeypatch.setattr("sys.argv", ["coatopt", "status", str(lab), "--debug"])
    from coatopt.cli.command_line import main

    with pytest.raises(ZeroDivisionError):
        main()
