"""Wrong campaign files: each ends with exit code 2 and a sentence, and leaves the ledger as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coatopt.cli import command_line
from coatopt.ledger.sqlite_file import open_file

from contract.ledger_contract import hash_of

SHIPPED = Path(__file__).parents[2] / "campaigns" / "artificial-cei"
GOOD = (SHIPPED / "campaign.yaml").read_text(encoding="utf-8")
FRACTION = "{stage: coating, unit: wt%, range: [0.5, 5]"


def swap(old: str, new: str) -> bytes:
    assert old in GOOD, old
    return GOOD.replace(old, new, 1).encode()


PAIRS = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x, x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}, *{p}, *{p}]\n" for p, c in PAIRS)
WRONG = {
    "misspelt key": (swap("runs_per_week", "runs_per_weak"), "did you mean 'runs_per_week'"),
    "unknown unit": (swap("unit: degC", "unit: degQ"), "degQ"),
    "range upside down": (swap("range: [100, 700]", "range: [700, 100]"), "not below"),
    "step does not fit": (swap("step: 25", "step: 35"), "whole number of steps"),
    "decimal comma in a list": (swap("[0.5, 5]", "[0,5, 5]"), "at most 2"),
    "text for a number": (swap("samples_per_run: 3", "samples_per_run: three"), "whole number"),
    "unknown stage": (swap("stage: xps", "stage: xsp"), "did you mean 'xps'"),
    "goal without worst": (swap("goal: maximize, worst: 80", "goal: maximize"), "worst"),
    "goal and threshold": (swap("at_least: 90", "at_least: 90, goal: maximize, worst: 50"), "goal and a threshold"),
    "unknown level": (swap('"oxygen"', '"oxigen"'), "oxigen"),
    "constraint of two parameters multiplied": (
        swap("annealing_temperature <= 600 if", "annealing_temperature * annealing_time <= 600 if"),
        "linear",
    ),
    "constraint that would run code": (
        swap('annealing_temperature <= 600 if atmosphere == "oxygen"', "__import__('os').system('touch X')"),
        "cannot be read",
    ),
    "key twice": (swap("annealing_time:", "annealing_temperature:"), "twice"),
    "tag that would construct an object": (b"name: !!python/object/apply:os.system ['touch X']\n", "tag"),
    "YAML bomb": (BOMB.encode(), "anchors"),
    "nested too deeply": (b"name: " + b"[" * 5000, "nested"),
    "not YAML": (b"name: [unclosed\nstages: }", "not YAML"),
    "empty file": (b"", "empty"),
    "only a list": (b"- a\n- b\n", "starts with keys"),
    "binary file": (bytes(range(256)) * 40, "UTF-8"),
    "100 MB of zeros": (b"\x00" * 100_000_000, "100 MB"),
    "network names nothing": (swap("[coverage]", "[cover]"), "did you mean 'coverage'"),
    "network in a circle": (
        swap("resistance_growth: [coverage]", "resistance_growth: [coverage]\n  coverage: [resistance_growth]"),
        "circle",
    ),
    "network against the order of stages": (swap("resistance_growth: [coverage]", "coverage: [ice]"), "is after 'xps'"),
    "unknown prior": (GOOD.encode() + b"surrogate: {prior: matern}\n", "it is one of 'matern-gamma'"),
    "past campaign with a metric that is none": (
        GOOD.encode() + b"past: [{campaign: mixing-ncm82, metrics: {icee: ice}}]\n",
        "did you mean 'ice'",
    ),
    "contradicting constraints": (
        swap("  - annealing_temp", "  - annealing_time <= 1\n  - annealing_time >= 2\n  - annealing_temp"),
        "no setting",
    ),
    "infinite range": (swap("[0.5, 5]", "[0.5, .inf]"), "finite"),
}  # fmt: skip


@pytest.fixture
def campaign(tmp_path):
    folder = tmp_path / "lab"
    shutil.copytree(SHIPPED, folder)
    open_file(folder / "ledger.sqlite").close()
    return folder


def run(arguments, monkeypatch, capsys):
    """Run the command line in this process; returns exit code, standard output and standard error."""
    monkeypatch.setattr("sys.argv", ["coatopt", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        command_line.main()
    captured = capsys.readouterr()
    return stopped.value.code, captured.out, captured.err


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_campaign_file_is_a_sentence_and_exit_code_2(name, campaign, monkeypatch, capsys):
    content, says = WRONG[name]
    ledger = open_file(campaign / "ledger.sqlite")
    before = hash_of(ledger)
    (campaign / "campaign.yaml").write_bytes(content)
    code, out, err = run(["check", campaign, "--json"], monkeypatch, capsys)
    assert code == 2, err
    assert says in err
    assert "Traceback" not in err
    assert "error of its own" not in err
    assert json.loads(out)["errors"] == err.strip().splitlines()
    assert hash_of(ledger) == before
    assert not Path("X").exists()
    ledger.close()


def test_the_good_file_is_good(campaign):
    assert CliRunner().invoke(command_line.app, ["check", str(campaign)]).exit_code == 0
