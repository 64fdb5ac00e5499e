"""Wrong calls of ``coatopt metric`` for coatings, powders and cells: a sentence and exit code 2; and their help."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from openpyxl import Workbook
from typer.core import TyperOption
from typer.main import get_command
from typer.testing import CliRunner

from acceptance.test_wrong_campaigns import run
from coatopt.cli import command_line

from strategies.material_tables import (
    CELL,
    DIE,
    DISCHARGE,
    FILM,
    GROUPS,
    IDLE,
    LOG,
    MIXER,
    OWN,
    PRESS,
    ROTOR,
    SHELL,
    SIMS,
    TABLES,
    lines,
    options,
    write_tables,
)

BAD_TABLES = {
    "two_units": lines("region,intensity [cps],error", "S 2p,1,1", "P 2p,1,1", "Ni 2p,1,1"),
    "no_region": TABLES["xps"].replace("Ni 2p", "Mn 2p"),
    "word": TABLES["blend"].replace("ncm,16", "ncm,much"),
    "no_unit": TABLES["blend"].replace("mass [g]", "mass"),
    "ald_no_unit": TABLES["ald"].replace(" [wt%]", ""),
    "ald_vol": TABLES["ald"].replace("wt%", "nm"),
    "dense": TABLES["pellet"].replace("2.95", "1.95"),
    "gap": "".join(line for line in LOG.splitlines(keepends=True) if not line.startswith("15")),
    "short_idle": "\n".join(IDLE.splitlines()[:6]) + "\n",
    "angle": TABLES["speeds"].replace("rpm", "rad/s"),
    "bare_speed": TABLES["speeds"].replace(" [rpm]", ""),
    "down_only": lines("displacement [um],force [mN]", *(f"{depth},{5 * depth}" for depth in range(11))),
    "force_g": TABLES["indent"].replace("mN", "mg"),
    "backwards": TABLES["steps"].replace("-50", "50", 1).replace("20,0.1", "-20,0.1", 1).replace("50,0.25", "-50,0.25"),
    "two_steps": lines("voltage [V],current [A]", "1,1", "2,2"),
    "huge": TABLES["blend"].replace("4.75", "1e300"),
    "only_reference": "".join(line for line in SIMS.splitlines(keepends=True) if "LPS" not in line),
    "rates_no_unit": TABLES["rates"].replace(" [mA]", ""),
    "text": "nothing but words\n",
}
WRONG: dict[str, tuple[list[str], str]] = {
    "xps scheme": (["xps", "xps.csv", "--scheme", "oxide"], "--scheme: 'oxide'"),
    "xps scheme and regions": (["xps", "xps.csv", "--scheme", "sulfide", "--cam", "Ni 2p"], "--scheme sulfide names"),
    "xps one side": (["xps", "xps.csv", "--coating", "S 2p"], "--coating and --cam belong together"),
    "xps units": (["xps", "two_units.csv"], "'intensity [cps]' in cps, 'error' in none"),
    "xps region": (["xps", "no_region.csv"], "no_region.csv: region 'Ni 2p' is missing"),
    "xps factor": (["xps", "xps.csv", "--sensitivity", "Ni 2p"], "write it as in 'Ni 2p=3.2'"),
    "xps factor of nothing": (["xps", "xps.csv", "--sensitivity", "Mn 2p=3"], "--sensitivity: 'Mn 2p' is none of"),
    "xps factor zero": (["xps", "xps.csv", "--sensitivity", "Ni 2p=0"], "must be larger than 0"),
    "sims reference": (["tof-sims", "sims.csv", *options(GROUPS, reference="bare")], "the reference 'bare'"),
    "sims group": (["tof-sims", "sims.csv", *options(GROUPS, group="SO3-")], "--group: 'SO3-' is not a group"),
    "sims no group": (["tof-sims", "sims.csv", *options(GROUPS, group=None)], "--group is missing"),
    "sims twice": (["tof-sims", "sims.csv", *options(GROUPS), "--group", "oxygenated=S2-"], "there twice"),
    "sims fragment": (["tof-sims", "sims.csv", *options(GROUPS, group="a=S9-")], "no signal of S9-"),
    "sims alone": (["tof-sims", "only_reference.csv", *options(GROUPS)], "no sample beside the reference"),
    "shell nothing": (["thickness", *options(SHELL)], "--mass-fraction or --mass-ratio"),
    "shell both": (["thickness", *options(SHELL, mass_fraction="20 wt%", mass_ratio="0.25")], "only one of them"),
    "shell bare": (["thickness", *options(SHELL, mass_fraction="0.2")], "--mass-fraction: '0.2' is not a share in wt%"),
    "shell ratio as share": (["thickness", *options(SHELL, mass_fraction="0.25 g/g")], "'0.25 g/g' is not a share"),
    "shell volume": (["thickness", *options(SHELL, mass_fraction="20 vol%")], "'20 vol%' is not a share in wt%"),
    "shell unit": (["thickness", *options(SHELL, mass_ratio="0.2", core_diameter="2 g")], "--core-diameter: 'g'"),
    "shell zero": (["thickness", *options(SHELL, mass_ratio="1", core_density="0 g/cm^3")], "--core-density in g/cm^3"),
    "shell beyond": (["thickness", *options(SHELL, mass_ratio="1e300")], "beyond anything that can be measured"),
    "shell more than all": (["thickness", *options(SHELL, mass_fraction="120 wt%")], "--mass-fraction in wt% is 120"),
    "ald nothing": (["ald", *options(FILM)], "either a FILE"),
    "ald both": (["ald", "ald.csv", *options(FILM, mass_fraction="1 wt%")], "either a FILE"),
    "ald header": (["ald", "ald_no_unit.csv", *options(FILM)], "'mass fraction' states no unit"),
    "ald unit": (["ald", "ald_vol.csv", *options(FILM)], "'nm' cannot be converted to 'wt%'"),
    "ald bare": (["ald", "ald.csv", *options(FILM, density="6.1")], "--density: '6.1' has no unit"),
    "density word": (["density", "word.csv"], "word.csv, line 2: 'much'"),
    "density header": (["density", "no_unit.csv"], "the column 'mass' states no unit"),
    "density beyond": (["density", "huge.csv"], "line 2: '1e300'"),
    "density text": (["density", "text.csv"], "it needs 'component', 'mass [g]', 'density [g/cm^3]'"),
    "density file": (["density", "nowhere.csv"], "nowhere.csv: there is no such file"),
    "porosity dense": (["porosity", "dense.csv", *options(DIE)], "dense.csv: the pellet"),
    "porosity unit": (["porosity", "pellet.csv", *options(DIE, diameter="12.07")], "--diameter: '12.07' has no unit"),
    "porosity zero": (["porosity", "pellet.csv", *options(DIE, mixed_density="0 g/cm^3")], "--mixed-density in g/cm^3"),
    "porosity error": (["porosity", "pellet.csv", *options(DIE, mass_error="-1 mg")], "--mass-error in g is -0.001"),
    "mixing idle": (["mixing-energy", "log.csv", "--mass", "20 g"], "either --idle"),
    "mixing two idles": (["mixing-energy", "log.csv", *options(MIXER, idle_log="idle.csv")], "either --idle"),
    "mixing mass": (["mixing-energy", "log.csv", *options(MIXER, mass="20")], "--mass: '20' has no unit"),
    "mixing window": (
        ["mixing-energy", "log.csv", *options(MIXER, to="60 s"), "--from", "600 s"],
        "--from 600 s is not before --to 60 s",
    ),
    "mixing error": (
        ["mixing-energy", "log.csv", *options(MIXER, to="600 +- 5 s")],
        "--to: '600 +- 5 s' states an error that would not be used",
    ),
    "mixing outside": (["mixing-energy", "log.csv", *options(MIXER, to="3 h")], "log.csv: the window 0 to 10800 s"),
    "mixing gap": (["mixing-energy", "gap.csv", *options(MIXER)], "gap.csv: the log has a gap"),
    "mixing short idle": (
        ["mixing-energy", "log.csv", "--mass", "20 g", "--idle-log", "short_idle.csv"],
        "short_idle.csv: idle power in W",
    ),
    "stress angle": (["stress", "angle.csv"], "'speed [rad/s]' is in rad/s"),
    "stress header": (["stress", "bare_speed.csv"], "'speed' states no unit"),
    "stress speed": (["stress", "speeds.csv", *options(ROTOR, speed="10000")], "--speed: '10000' is not a rotor speed"),
    "stress radians": (["stress", "speeds.csv", "--speed", "1000 rad/s"], "--speed: '1000 rad/s'"),
    "stress error": (["stress", "speeds.csv", "--speed", "100 +- 1 rpm"], "is not a plain number"),
    "stress diameter": (["stress", "speeds.csv", "--rotor-diameter", "76 mm"], "--rotor-diameter gives"),
    "indentation curve": (["indentation", "down_only.csv"], "down_only.csv: indent 1: the curve has no unloading part"),
    "indentation unit": (["indentation", "force_g.csv"], "'mg' cannot be converted to 'mN'"),
    "conductivity size": (["conductivity", "steps.csv", "--thickness", "1 mm"], "--diameter or --area"),
    "conductivity sizes": (["conductivity", "steps.csv", *options(CELL, area="1 cm^2")], "only one of them"),
    "conductivity sign": (["conductivity", "backwards.csv", *options(CELL)], "backwards.csv: the current does not"),
    "conductivity steps": (["conductivity", "two_steps.csv", *options(CELL)], "at least 3 are needed"),
    "conductivity reference": (
        ["conductivity", "steps.csv", *options(CELL, reference_resistance="1 kohm")],
        "the reference cell has 1000 ohm",
    ),
    "energy anode": (["cell-energy", *options({**PRESS, **DISCHARGE}, anode="LTO")], "--anode-potential is missing"),
    "energy capacity": (["cell-energy", *options(PRESS, voltage="3.8 V")], "--capacity is missing"),
    "energy bare": (["cell-energy", *options({**PRESS, **DISCHARGE}, anode_mass="48")], "--anode-mass: '48' has no"),
    "energy voltage": (["cell-energy", *options({**PRESS, **DISCHARGE}, voltage="3800 V")], "--voltage in V is 3800"),
    "energy no cell": (["cell-energy", *options({**PRESS, **DISCHARGE}, voltage="0.5 V")], "make no cell"),
    "energy both": (["cell-energy", "rates.csv", *options(PRESS, capacity="1 mAh")], "--capacity and a FILE"),
    "energy header": (["cell-energy", "rates_no_unit.csv", *options(PRESS)], "'current' states no unit"),
    "cost nothing": (["ald-cost"], "--web-speed is missing"),
    "cost case": (["ald-cost", "--case", "giant"], "--case: 'giant' is no published case"),
    "cost share": (["ald-cost", "--case", "pilot"], "--precursor-share is missing"),
    "cost bare share": (["ald-cost", "--case", "pilot", "--precursor-share", "0.3"], "'0.3' is not a share in %"),
    "cost mixed": (["ald-cost", "--case", "pilot", *options(OWN)], "--head-width, --days, --hours, --good-share"),
    "cost cycles": (["ald-cost", *options(OWN), "--cycles", "20"], "--cycles changes a published case"),
    "cost euros": (["ald-cost", *options(OWN, capital="3000 EUR/year")], "--capital: '3000 EUR/year' is not an amount"),
    "cost per area": (["ald-cost", *options(OWN, capital="3 USD/m^2")], "--capital: 'm^2' cannot be converted to"),
    "cost once": (["ald-cost", *options(OWN, capital="3000 USD")], "is not an amount in USD per year"),
    "cost hours": (["ald-cost", *options(OWN, hours="25 h")], "--hours in h is 25"),
    "cost area": (["ald-cost", *options(OWN, good_share=None, annual_area="4e6 m^2")], "more than the 3.421e+06 m^2"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_a_sentence_and_exit_code_2(name, tmp_path, monkeypatch, capsys):
    write_tables(tmp_path, {**TABLES, **BAD_TABLES})
    monkeypatch.chdir(tmp_path)
    arguments, says = WRONG[name]
    code, out, err = run(["metric", *arguments, "--json"], monkeypatch, capsys)
    assert code == 2, err
    assert says in err
    assert "error of its own" not in err
    assert len(err.strip().splitlines()) == 1
    assert json.loads(out)["errors"] == err.strip().splitlines()


def test_numbers_and_names_from_different_sheets_are_never_mixed(tmp_path, monkeypatch, capsys):
    rows = [["component", "mass [g]", "density [g/cm^3]"], ["ncm", 16, 4.75], ["lic", 4, 2.59]]
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "one.xlsx")
    code, out, err = run(["metric", "density", tmp_path / "one.xlsx", "--json"], monkeypatch, capsys)
    assert code == 0, err
    assert json.loads(out)["density"]["value"] == pytest.approx(4.071, abs=0.001)
    other = book.create_sheet("other", 0)
    for row in [["mass [g]", "density [g/cm^3]"], [1, 1], [2, 2]]:
        other.append(row)
    book.save(tmp_path / "two.xlsx")
    code, _, err = run(["metric", "density", tmp_path / "two.xlsx"], monkeypatch, capsys)
    assert code == 2
    assert "two.xlsx holds several tables with these columns" in err


def test_help_loads_nothing_that_computes():
    heavy = ("numpy", "scipy", "pandas", "pint", "uncertainties", "lmfit", "torch")
    code = f"import sys, coatopt.cli.command_line; print([name for name in {heavy!r} if name in sys.modules])"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"


def test_every_command_has_two_wrong_calls():
    names = [arguments[0] for arguments, _ in WRONG.values()]
    assert all(names.count(command) >= 2 for command in names)


def test_help_of_every_option_that_takes_a_quantity_shows_one_with_its_unit():
    metrics = get_command(command_line.app).commands["metric"].commands
    without = {"as_json", "debug", "scheme", "case", "cycles", "span", "idle_log", "anode", "reference"}
    quantities = 0
    for command in {arguments[0] for arguments, _ in WRONG.values()}:
        for option in metrics[command].params:
            if isinstance(option, TyperOption) and option.name not in without:
                assert re.search(r"'[^']*\d[^']*'", option.help), (command, option.name)
                quantities += 1
    assert quantities > 40


def test_help_lists_all_commands_each_on_one_line_of_a_terminal():
    shown = CliRunner().invoke(command_line.app, ["metric", "--help"], env={"TERMINAL_WIDTH": "80"}).output
    rows = [line.strip("│ ") for line in shown.splitlines() if line.startswith("│ ")]
    ours = {arguments[0] for arguments, _ in WRONG.values()}
    assert len(ours) == 12
    for command in ours:
        (row,) = [row for row in rows if row.split()[:1] == [command]]
        assert row.endswith("."), row
        assert len(row) < 80
