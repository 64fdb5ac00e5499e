"""The walls of the house, as tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "coatopt").rglob("*.py"))
VAGUE = {"utils", "base", "core", "common", "misc", "helpers"}
BIN = Path(sys.executable).parent


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT / "src" / "coatopt"))


def test_imports_go_down_only():
    outcome = subprocess.run(
        [BIN / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout[-2000:]


@pytest.mark.parametrize(
    "module",
    [
        "coatopt",
        "coatopt.campaign.yaml_file",
        "coatopt.campaign.design_space",
        "coatopt.ledger.sqlite_file",
        "coatopt.ledger.result_rows",
        "coatopt.cli.command_line",
        "coatopt.workflow.open_campaign",
        "coatopt.workflow.record_results",
        "coatopt.workflow.history",
        "coatopt.workflow.ingest",
        "coatopt.workflow.kept_models",
        "coatopt.metric.reader.open_file",
        "coatopt.metric.titration.comparison",
    ],
)
def test_light_imports_leave_torch_unloaded(module):
    code = f"import sys, {module}; print([m for m in ('torch', 'gpytorch', 'botorch') if m in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"


def test_help_recording_and_reading_never_load_torch(tmp_path):
    (tmp_path / "r.csv").write_text("sample,coating,ice\nx,Coating-01,90\n")
    titration = [str(ROOT / "tests/data/ctc/badSSB_titration-data.txt"), "--reference", "LiNi82Co11Mn07"]
    calls = [
        ["--help"],
        ["new", str(tmp_path / "c"), "--like", "coating-benchmark-ncm85"],
        ["check", str(tmp_path / "c")],
        ["record", str(tmp_path / "c"), str(tmp_path / "r.csv")],
        ["status", str(tmp_path / "c")],
        ["history", str(tmp_path / "c"), "--json"],
        ["metric", "--help"],
        ["metric", "ctc", *titration, "--mass", "9 mg"],
        ["convert", str(ROOT / "tests/data/impedance/exampleData.csv"), "--to", str(tmp_path)],
    ]
    code = f"""
import sys
from coatopt.cli.command_line import main
for call in {calls!r}:
    sys.argv = ["coatopt", *call]
    try:
        main()
    except SystemExit as stopped:
        assert not stopped.code, (call, stopped.code)
    loaded = [m for m in ("torch", "gpytorch", "botorch") if m in sys.modules]
    assert not loaded, (call, loaded)
"""
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_files_are_short_and_say_what_they_hold(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert path.stem not in VAGUE
    assert text.count("\n") <= 340, "split the file"
    assert ast.get_docstring(tree), "begin with a sentence on what the file holds"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "migration" not in path.parts:
            body = (node.end_lineno or 0) - node.body[0].lineno + 1
            doc = ast.get_docstring(node)
            length = body - (len(doc.splitlines()) + 1 if doc else 0)
            assert length <= 50, f"{node.name} has {length} lines"
            assert not any(isinstance(d, ast.List | ast.Dict | ast.Set) for d in node.args.defaults), node.name


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_runs_code_from_data(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__")
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not any(m.split(".")[0] in ("pickle", "shelve", "marshal", "dill") for m in modules)


def test_workflow_verbs_stay_small():
    for path in (ROOT / "src" / "coatopt" / "workflow").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        code = sum(
            (n.end_lineno or 0) - n.lineno + 1 - len((ast.get_docstring(n) or "").splitlines())
            for n in tree.body
            if isinstance(n, ast.FunctionDef)
        )
        assert code <= 120, path.name


def test_every_package_says_what_comes_in_and_out():
    for package in (ROOT / "src" / "coatopt").iterdir():
        if package.is_dir() and package.name != "__pycache__":
            doc = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
            assert doc
            assert "ay import" in doc, package.name
