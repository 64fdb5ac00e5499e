"""How long `coatopt --help` takes beside a light import and beside a heavy one, in one run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import typer (the light import)": [sys.executable, "-c", "import typer, rich.console, rich.table"],
    "coatopt --help": [str(Path(sys.executable).parent / "coatopt"), "--help"],
    "coatopt status (a campaign)": [
        str(Path(sys.executable).parent / "coatopt"),
        "status",
        str(Path(__file__).parents[1] / "campaigns" / "mechanofusion-ncm82"),
    ],
    "import torch (the heavy import)": [sys.executable, "-c", "import torch"],
}


def seconds(command: list[str]) -> float:
    """Time one process."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print a table; the rounds go through all commands in turn, so that a noisy machine hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command))
    light = statistics.median(times["import typer (the light import)"])
    print(f"{'command':36} {'median s':>9} {'min s':>8} {'ratio to light import':>22}")
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name:36} {median:9.3f} {min(values):8.3f} {median / light:22.2f}")


if __name__ == "__main__":
    main()
