"""How long a campaign of ten thousand measurements takes to be reported. Run: python benchmarks/large_report.py.

1250 samples in 250 furnace runs, two cells each, four metrics. Prints seconds by step, and the ratio to a campaign of a
tenth of that.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import coatopt

CAMPAIGN: dict[str, Any] = {
    "name": "large",
    "stages": [
        {"name": "annealing", "runs_per_week": 4, "samples_per_run": 5, "days": 1},
        {"name": "cycling", "channels": 48, "cells_per_sample": 2, "days": 7},
    ],
    "parameters": {
        "temperature": {"stage": "annealing", "unit": "degC", "range": [100, 700]},
        "time": {"stage": "annealing", "unit": "h", "range": [0.1, 10], "scale": "log"},
        "atmosphere": {"stage": "annealing", "values": ["air", "oxygen"]},
        "fraction": {"stage": "cycling", "unit": "wt%", "range": [0, 5]},
    },
    "metrics": {
        "ice": {"stage": "cycling", "unit": "%", "goal": "maximize", "worst": 70},
        "growth": {"stage": "cycling", "unit": "ohm cm^2", "goal": "minimize", "worst": 100, "scale": "log"},
        "utilization": {"stage": "cycling", "unit": "%", "at_least": 80},
        "capacity": {"stage": "cycling", "unit": "mAh/g"},
    },
}


def results(samples: int, seed: int = 0) -> pd.DataFrame:
    """Make up what a lab would have measured: settings, runs, and two readings of four metrics of every sample."""
    rng = np.random.default_rng(seed)
    rows = []
    for run in range(samples // 5):
        hot, hours, gas = rng.uniform(100, 700), 10 ** rng.uniform(-1, 1), rng.choice(["air", "oxygen"])
        of_run = 0.3 * rng.normal(size=4)
        for k in range(5):
            fraction = rng.uniform(0, 5)
            heat, long = (hot - 400) / 150, np.log10(hours)
            mean = np.array(
                [
                    88 - heat**2 + 2 * np.sin(fraction) + (gas == "oxygen"),
                    2 + 0.3 * fraction - 0.4 * long + 0.2 * heat,
                    90 - fraction**2 / 3 + long,
                    180 + 5 * np.cos(heat) + long * fraction,
                ]
            )
            scale = np.array([1.0, 0.2, 1.0, 2.0])
            own = mean + scale * (of_run + 0.3 * rng.normal(size=4))
            for _ in range(2):
                ice, growth, utilization, capacity = own + 0.3 * scale * rng.normal(size=4)
                settings = {"temperature": round(hot, 1), "time": round(hours, 3), "atmosphere": gas}
                values = {"ice": ice, "growth": np.exp(growth), "utilization": utilization, "capacity": capacity}
                named = {"sample": f"R{run}-S{k}", "annealing_run": f"R{run}", "fraction": round(fraction, 3)}
                rows.append(named | settings | values)
    return pd.DataFrame(rows)


def report_seconds(samples: int, told: bool) -> float:
    """Record and report a campaign; give the seconds of the report alone."""
    campaign = coatopt.open(CAMPAIGN)
    campaign.record(results(samples))
    start = time.perf_counter()

    def progress(text: str, share: float) -> None:
        if told:
            print(f"  {time.perf_counter() - start:5.1f} s  {share:4.0%}  {text}")

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        campaign.report(file, progress=progress)
        seconds = time.perf_counter() - start
        if told:
            print(f"  {seconds:5.1f} s  done, {file.stat().st_size / 1e6:.1f} MB")
    return seconds


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=1250, help="a multiple of five")
    samples = parser.parse_args().samples
    small = report_seconds(max(5, samples // 50 * 5), told=False)
    print(f"{samples} samples, {8 * samples} measurements")
    large = report_seconds(samples, told=True)
    print(f"a campaign of a tenth takes {small:.1f} s: {large / small:.1f} times less")


if __name__ == "__main__":
    main()
