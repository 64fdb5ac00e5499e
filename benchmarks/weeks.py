"""How many weeks a campaign takes: coatopt, coatopt without its parts, and plain BoTorch in four virtual labs.

``python benchmarks/weeks.py`` plays all labs; ``python benchmarks/weeks.py gate`` compares policies with and without
the gate at equal cost; ``python benchmarks/weeks.py simulators`` gives coatopt a good, a poor and an inverted
simulator. Every policy starts from the same first week and meets the same luck. Progress is the true
hypervolume of the settings tested so far over what is attainable. With ``--save FILE`` each closed loop is kept as a
line, an interrupted call goes on where it was, and ``--tables`` prints what is there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from virtual_lab import BLUEPRINTS
from virtual_lab.tables import gate_tables, simulator_tables, week_tables
from virtual_lab.trials import (
    GATE_VARIANTS,
    POLICIES,
    SIMULATOR_VARIANTS,
    gate_trials,
    kept,
    play_all,
    week_trials,
)

_SECTIONS = {
    "weeks": (week_trials, tuple(POLICIES), week_tables),
    "gate": (gate_trials, tuple(GATE_VARIANTS), gate_tables),
    "simulators": (week_trials, tuple(SIMULATOR_VARIANTS), simulator_tables),
}


def _listed(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        words: Its words; by default those of this process.

    Returns:
        The options, with labs and policies that exist.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("section", nargs="?", choices=tuple(_SECTIONS), default="weeks")
    parser.add_argument("--labs", type=_listed, default=list(BLUEPRINTS), help="names, comma between")
    parser.add_argument("--policies", type=_listed, help="names, comma between; all by default")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=6, help="weeks or rounds of a campaign, the first one included")
    parser.add_argument("--jobs", type=int, default=2, help="processes, each with one thread")
    parser.add_argument("--save", type=Path, help="file of JSON lines to continue and to append to")
    parser.add_argument("--tables", action="store_true", help="print what the file holds and play nothing")
    options = parser.parse_args(words)
    known = _SECTIONS[options.section][1]
    options.policies = options.policies or list(known)
    for what, names, allowed in (("lab", options.labs, BLUEPRINTS), ("policy", options.policies, known)):
        for name in names:
            if name not in allowed:
                parser.error(f"there is no {what} '{name}' here; there are {', '.join(allowed)}")
    for name in ("seeds", "weeks", "jobs"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} is at least 1")
    if options.tables and options.save is None:
        parser.error("--tables needs --save FILE")
    return options


def main() -> None:
    """Play, and print tables."""
    options = arguments()
    trials_of, _, print_tables = _SECTIONS[options.section]
    trials = trials_of(options.labs, options.policies, options.seeds, options.weeks)
    start = time.perf_counter()
    if options.tables:
        wanted = {trial.key for trial in trials}
        records = [record for key, record in kept(options.save).items() if key in wanted]
    else:
        records = play_all(trials, options.jobs, options.save)
    print_tables(records)
    print(f"\n{len(records)} of {len(trials)} campaigns, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
