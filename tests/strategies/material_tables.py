"""Small tables of coatings, powders and cells as people type them, and the options that go with them."""

from __future__ import annotations

import csv
from pathlib import Path

PUBLISHED = Path(__file__).parents[1] / "data" / "published"
DENSITIES = {"ncm": 4.75, "lic": 2.59, "cb": 1.96}


def published(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / name).open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


def lines(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


SIMS = lines(
    "sample,region,fragment,intensity [counts],total ion count [counts]",
    *(
        f"{sample},{region},{fragment},{level * (1 + gain * region) * factor:g},{1000 * (1 + gain * region):g}"
        for sample, factor, gain in (("uncoated", 1.0, 0.01), ("LPS-400", 0.4, 0.5))
        for region in range(4)
        for fragment, level in (("S2-", 20.0), ("S3-", 10.0), ("SO3-", 4.0), ("PO3-", 8.0))
    ),
)
LOG = lines("time [s],power [W]", *(f"{t},{900 if t < 600 else 280}" for t in range(0, 4201, 5)))
IDLE = lines("time [s],power [W]", *(f"{t},{180 + (-1) ** t}" for t in range(60)))
# A straight way to 10 um and 50 mN and back to 6 um: 250 nJ, of which 100 nJ are elastic.
INDENT = [(depth, 5 * depth) for depth in range(11)] + [(10 - step / 2, 50 - 6.25 * step) for step in range(1, 9)]
TABLES = {
    "xps": lines("region,intensity [at.%]", "S 2p 161 eV,24", "S 2p 170 eV,6", "P 2p,15", "Ni 2p,15", "C 1s,40"),
    "halide": lines("region,intensity [cps]", "Cl 2p,30000", "In 3d,45000", "Ni 2p,20000", "Mn 2p,5000"),
    "sims": SIMS,
    "ald": lines("cycles,mass fraction [wt%]", "0,0", "5,0.44", "10,0.91", "15,1.35"),
    "blend": lines("component,mass [g],density [g/cm^3]", "ncm,16,4.75", "lic,4,2.59"),
    "pellet": lines("mass [g],height [mm]", "1.00,2.95", "1.00,2.97", "1.00,2.93"),
    "log": LOG,
    "idle": IDLE,
    "speeds": lines(
        "speed [rpm],intensity [J/kg]",
        *(
            f"{row['rotor_speed_rpm']},{row['mean_stress_intensity_J_per_kg']}"
            for row in published("dem_high_intensity_mixer.csv")
        ),
    ),
    "indent": lines("displacement [um],force [mN]", *(f"{depth},{force}" for depth, force in INDENT)),
    "steps": lines("voltage [mV],current [mA]", "-50,-0.25", "-20,-0.1", "20,0.1", "50,0.25"),
    "rates": lines("current [mA],capacity [mAh],voltage [V]", "0.2,1.9,3.8", "2,1.4,3.6"),
}
SHELL = {"--core-diameter": "2.05 um", "--core-density": "4.75 g/cm^3", "--coating-density": "2.59 g/cm^3"}
FILM = {"--surface-area": "0.71 m^2/g", "--density": "6.1 g/cm^3"}
PRESS = {"--anode": "In-Li", "--anode-mass": "48 mg", "--separator-mass": "80 mg", "--cathode-mass": "15 mg"}
DISCHARGE = {"--capacity": "1.9 mAh", "--voltage": "3.8 V"}
LINE = {"--web-speed": "18 m/min", "--head-width": "0.4 m", "--days": "330 d", "--hours": "24 h"}
OWN = {**LINE, "--good-share": "73 %", "--energy-per-area": "0.296 kWh/m^2", "--capital": "300000 USD/year"}
DIE = {"--diameter": "12.07 mm", "--mixed-density": "3.944 g/cm^3"}
GROUPS = {"--reference": "uncoated", "--group": "oxygenated=SO3-,PO3-"}
MIXER = {"--mass": "20 g", "--idle": "180 W"}
ROTOR = {"--speed": "10000 rpm"}
CELL = {"--thickness": "0.5 mm", "--diameter": "10 mm"}


def options(stated: dict[str, str], **change: str | None) -> list[str]:
    """A call's options, some of them changed (None leaves one out)."""
    changed = {**stated, **{f"--{key.replace('_', '-')}": text for key, text in change.items()}}
    return [part for name, text in changed.items() if text is not None for part in (name, text)]


def write_tables(folder: Path, tables: dict[str, str]) -> None:
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
