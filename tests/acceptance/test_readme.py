"""The README shows exactly what is printed. `python tests/acceptance/test_readme.py` writes it anew."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PLAN = "coatopt plan campaigns/mechanofusion-ncm82 --week 2026-W48 --seed 1 --dry-run"
METRIC = (
    "coatopt metric ctc tests/data/ctc/badSSB_titration-data.txt --reference LiNi82Co11Mn07"
    ' --reference-mass "5.25 +- 0.09 mg" --mass "9.00 +- 0.10 mg"'
)
WEEK = (
    "coatopt new lab --like ald-zirconia-ncm85",
    "coatopt record lab campaigns/ald-zirconia-ncm85/data/published.csv",
    "coatopt plan lab --week 2026-W48 --seed 1 --samples 3",
    "coatopt status lab",
)
WORDS = {
    0: "Start from a shipped campaign that is like yours, and adapt its `campaign.yaml`:",
    1: "Record what was measured before, here the published samples; yours come from CSV, XLSX or JSON:",
    2: "Ask for the week, here three samples of the five that the lab could make:",
    3: "See where you stand:",
}


def printed(command: str, folder: Path) -> str:
    """Run a command of the README as a user would, and return what it prints."""
    arguments = [sys.executable, "-m", "coatopt.cli.command_line", *shlex.split(command)[1:]]
    environment = {**os.environ, "COLUMNS": "110"}
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def block(name: str) -> str:
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert match, name
    return match.group(1)


def worked_week() -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "campaigns").symlink_to(ROOT / "campaigns")
        steps = [f"{WORDS[i]}\n\n```\n$ {c}\n{printed(c, Path(folder))}\n```\n" for i, c in enumerate(WEEK)]
    return "\n" + "\n".join(steps) + "\n"


def plan_text() -> str:
    return f"```\n{printed(PLAN, ROOT)}\n```\n"


def metric_text() -> str:
    return f"```\n$ {METRIC}\n{printed(METRIC, ROOT)}\n```\n"


def test_the_metric_prints_what_the_readme_shows():
    assert block("metric") == metric_text()


def test_make_plan_prints_what_the_readme_shows():
    assert block("make plan") == plan_text()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for default in ("CAMPAIGN ?= campaigns/mechanofusion-ncm82", "WEEK ?= 2026-W48", "SEED ?= 1"):
        assert default in makefile


def test_the_worked_week_prints_what_the_readme_shows():
    assert block("worked week") == worked_week()


def test_the_python_of_the_readme_runs_after_the_worked_week(tmp_path):
    (tmp_path / "campaigns").symlink_to(ROOT / "campaigns")
    for command in WEEK[:3]:
        printed(command, tmp_path)
    code = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL).group(1)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "W49-A1-S1" in done.stdout
    assert "nan" not in done.stdout.lower()


def test_the_campaign_of_the_readme_is_a_good_one():
    from coatopt.campaign.yaml_file import parse_campaign

    text = README.read_text(encoding="utf-8")
    yaml = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert parse_campaign(yaml.group(1)).cells_per_sample == 2


@pytest.mark.parametrize("line", re.findall(r"`coatopt (\w+)", README.read_text(encoding="utf-8")))
def test_every_command_of_the_readme_exists(line):
    from coatopt.cli.command_line import app

    groups = {group.name for group in app.registered_groups}
    assert line in groups | {command.callback.__name__ for command in app.registered_commands}


def test_the_table_of_metrics_lists_every_metric():
    from coatopt.cli.command_line import app

    metrics = next(group.typer_instance for group in app.registered_groups if group.name == "metric")
    known = {command.name or command.callback.__name__.replace("_", "-") for command in metrics.registered_commands}
    table = README.read_text(encoding="utf-8").partition("| `coatopt metric ...` |")[2].partition("\n\n")[0]
    listed = {name for row in table.splitlines()[2:] for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}
    assert listed == known


def test_the_protocol_of_the_readme_fits_the_campaign_of_the_readme():
    from coatopt.campaign.yaml_file import parse_campaign

    text = README.read_text(encoding="utf-8")
    campaign = re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1)
    protocol = re.search(r"```\n(protocol:.*?)```", text, re.DOTALL).group(1)
    assert [step.name for step in parse_campaign(campaign + protocol).protocol.steps] == [
        "formation",
        "titration",
        "hold",
    ]


def test_the_column_map_of_the_readme_reads_a_table(tmp_path):
    from coatopt.metric.reader.column_map import load_maps
    from coatopt.metric.reader.open_file import read_time_series

    text = re.search(r"```\n(name: my-cycler.*?)```", README.read_text(encoding="utf-8"), re.DOTALL).group(1)
    (tmp_path / "map.yaml").write_text(text)
    (tmp_path / "cell.csv").write_text("Zeit;Spannung;Strom\n" + "".join(f"{i};3,{i + 10};1,5\n" for i in range(61)))
    (series,) = read_time_series(tmp_path / "cell.csv", load_maps([tmp_path / "map.yaml"]))
    assert series.charge[-1] == pytest.approx(1.5)


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    for name, content in (("make plan", plan_text()), ("metric", metric_text()), ("worked week", worked_week())):
        text = text.replace(f"<!-- {name} -->\n{block(name)}<!-- end -->", f"<!-- {name} -->\n{content}<!-- end -->")
    README.write_text(text, encoding="utf-8")
