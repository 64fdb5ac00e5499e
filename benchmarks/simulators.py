"""The simulators beside what was published, and what each level costs: writes ``benchmarks/simulators.md``.

    python benchmarks/simulators.py

Published: Nat. Commun. 2026, 17, 3215. The mixer takes 27 runs of LAMMPS, an hour of one core, which are kept in the
cache of simulations; an interrupted call goes on where it was. The microstructure takes ten minutes more.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

import simulator_microstructure as structure
from coatopt.simulator.batch import Batch
from coatopt.simulator.contract import Outcome, task_of
from coatopt.simulator.executor import LocalProcesses
from coatopt.simulator.mixer.simulator import MIXER
from coatopt.simulator.result_cache import ResultCache, default_cache_folder
from contact_models import lammps_collision

PUBLISHED = {1000: 0.006, 2500: 0.033, 5000: 0.123}
LEVELS = (1, 2, 3)
DEFINITIONS = ("stress_intensity_collisional", "stress_intensity_work", "stress_intensity_work_median")
OTHERS = ("velocity_fluctuation", "stress_frequency", "specific_power", "energy_closure")
_CLOSE, _NEAR = 0.25, 0.05
OUT = Path(__file__).with_name("simulators.md")

Found = Mapping[tuple[int, int], list[Outcome]]


def mixer_runs(seeds: int, jobs: int) -> Found:
    """Run the mixer at every level and published speed.

    Args:
        seeds: How many seeds.
        jobs: How many processes.

    Returns:
        Outcomes by level and speed.
    """
    keys = [(level, speed) for level in LEVELS for speed in sorted(PUBLISHED, reverse=True)]
    tasks = [task_of(MIXER, {"rotor_speed": speed}, level, seed) for level, speed in keys for seed in range(seeds)]
    batch = Batch(LocalProcesses(jobs), ResultCache(default_cache_folder()))
    outcomes = batch.run(tasks, lambda text, _share: print(f"mixer: {text}", flush=True))
    found: dict[tuple[int, int], list[Outcome]] = {key: [] for key in keys}
    for outcome in outcomes:
        found[outcome.task.level, int(outcome.task.inputs["rotor_speed"])].append(outcome)
    return found


def _mean_and_sd(outcomes: Sequence[Outcome], name: str) -> tuple[float, float]:
    values = [o.outputs[name] for o in outcomes if o.failure is None]
    if not values:
        return math.nan, math.nan
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else math.nan


def intensity_table(found: Found) -> list[dict[str, object]]:
    """Compare stress intensities with the published ones.

    Args:
        found: Outcomes of the mixer.

    Returns:
        One row per definition and level: value, ratio and exponent.
    """
    law = {speed: MIXER.run(task_of(MIXER, {"rotor_speed": speed}, 0), structure.quiet) for speed in PUBLISHED}
    rows = [_row("stress_intensity_law", 0, {s: (o.outputs["stress_intensity_law"], 0.0) for s, o in law.items()})]
    rows += [
        _row(name, level, {speed: _mean_and_sd(found[level, speed], name) for speed in PUBLISHED})
        for name in DEFINITIONS
        for level in LEVELS
    ]
    published = {"definition": "published", "level": "", "exponent": f"{_exponent(PUBLISHED):.2f}"}
    return [published | {f"{speed} rpm, J/kg": value for speed, value in PUBLISHED.items()}, *rows]


def _row(name: str, level: int, values: Mapping[int, tuple[float, float]]) -> dict[str, object]:
    row: dict[str, object] = {"definition": name.removeprefix("stress_intensity_"), "level": level}
    for speed, (mean, sd) in values.items():
        spread = f" ± {sd:.1g}" if sd else ""
        row[f"{speed} rpm, J/kg"] = f"{mean:.3g}{spread}"
        row[f"{speed} rpm, ratio"] = f"{mean / PUBLISHED[speed]:.2f}"
    return row | {"exponent": f"{_exponent({speed: mean for speed, (mean, _) in values.items()}):.2f}"}


def _exponent(values: Mapping[int, float]) -> float:
    """Of speed, from the slowest to the fastest."""
    slow, fast = min(values), max(values)
    return math.log(values[fast] / values[slow]) / math.log(fast / slow)


def other_table(found: Found) -> list[dict[str, object]]:
    """List what else the mixer gives, and what a run costs.

    Args:
        found: Outcomes of the mixer.

    Returns:
        One row per level and speed.
    """
    units = {each.name: each.unit for each in MIXER.outputs}
    rows = []
    for (level, speed), outcomes in found.items():
        row: dict[str, object] = {"level": level, "rpm": speed}
        for name in OTHERS:
            mean, sd = _mean_and_sd(outcomes, name)
            row[f"{name}, {units[name]}"] = f"{mean:.3g} ± {sd:.1g}"
        good = [o for o in outcomes if o.failure is None]
        row["grains"] = int(good[0].outputs["grains"]) if good else ""
        row["steady"] = f"{len(good)} of {len(outcomes)}"
        row["CPU, s"] = f"{statistics.fmean(o.cpu_seconds for o in outcomes):.0f}"
        rows.append(row)
    return rows


def verdicts(found: Found) -> list[str]:
    """Say what matches and what does not, from the numbers.

    Args:
        found: Outcomes of the mixer.

    Returns:
        Sentences.
    """
    said = []
    for name in DEFINITIONS[:2]:
        short = name.removeprefix("stress_intensity_")
        for level in LEVELS:
            means = {speed: _mean_and_sd(found[level, speed], name)[0] for speed in PUBLISHED}
            ratios = [means[speed] / PUBLISHED[speed] for speed in sorted(PUBLISHED)]
            close = all(abs(ratio - 1) <= _CLOSE for ratio in ratios)
            word = "matches within 25 %" if close else "does not match"
            said.append(
                f"{short}, level {level}: {word} ({', '.join(f'{ratio:.2f}' for ratio in ratios)} of the published "
                f"values, exponent {_exponent(means):.2f} against {_exponent(PUBLISHED):.2f})."
            )
    for name in DEFINITIONS[:2]:
        change = [
            _mean_and_sd(found[3, speed], name)[0] / _mean_and_sd(found[2, speed], name)[0] - 1 for speed in PUBLISHED
        ]
        word = "has converged" if max(map(abs, change)) <= _NEAR else "has not converged"
        said.append(
            f"{name.removeprefix('stress_intensity_')}: from grains of 0.9 mm to 0.7 mm it changes by "
            f"{', '.join(f'{100 * each:+.0f} %' for each in change)} (1000, 2500, 5000 rpm); it {word} with the grain "
            "size."
        )
    return said


def cost_table(found: Found) -> list[dict[str, object]]:
    """List what every level costs and what the contract states, from which budgets are counted.

    Args:
        found: Outcomes of the mixer.

    Returns:
        One row per simulator and level.
    """
    rows: list[dict[str, object]] = []
    for level in MIXER.levels:
        runs = [o.cpu_seconds for speed in PUBLISHED for o in found.get((level.number, speed), [])]
        spread = f"{min(runs):.0f} to {max(runs):.0f}" if runs else "0"
        rows.append(
            {"simulator": "mixer", "level": level.number, "what": level.about, "CPU, s": spread,
             "stated, s": level.cpu_seconds}
        )  # fmt: skip
    measured = {row["level"]: row["CPU, s"] for row in structure.cost()}
    rows += [
        {"simulator": "microstructure", "level": level.number, "what": level.about,
         "CPU, s": measured[level.number], "stated, s": level.cpu_seconds}
        for level in structure.MICROSTRUCTURE.levels
    ]  # fmt: skip
    return rows


def write(found: Found) -> None:
    """Write the page.

    Args:
        found: Outcomes of the mixer.
    """
    page = io.StringIO()
    with contextlib.redirect_stdout(page):
        print("# Simulators beside what was published\n\nWritten by `python benchmarks/simulators.py`; do not edit.")
        print("Published values: Nat. Commun. 2026, 17, 3215. CPU seconds are of one core of a busy machine.")
        seeds = max(len(outcomes) for outcomes in found.values())
        print("\n## Mixer")
        structure.show(f"Stress intensity, mean ± spread over {seeds} seeds", intensity_table(found))
        print("\n" + "\n".join(f"- {text}" for text in verdicts(found)))
        structure.show("What else a run gives", other_table(found))
        structure.show("Contact models: head-on collision of two grains of 0.9 mm", lammps_collision.table())
        print("\n## Microstructure")
        structure.show(
            "CAM utilization, 80:20:x, porosity 10 %, p_bare 0.30, agglomerates of 2 um", structure.utilization()
        )
        ratios, convergence = structure.ionic_ratio(finest=False), structure.grid_convergence()
        structure.show("Ionic conductivity ratio of 80:20:0", ratios)
        structure.show("The same cubes of 8 um on finer grids", convergence)
        print("\n" + "\n".join(f"- {text}" for text in structure.ionic_verdict(ratios, convergence)))
        structure.show("Coating thickness, no pores, full coverage", structure.coating())
        print("\n## What a level costs")
        structure.show("CPU seconds of one run on one core", cost_table(found))
        structure.show("GPU", structure.gpu())
    OUT.write_text(page.getvalue() + "\n", encoding="utf-8")


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="processes, each with one thread")
    options = parser.parse_args()
    write(mixer_runs(options.seeds, options.jobs))
    print(f"written: {OUT.name}")


if __name__ == "__main__":
    main()
