"""Is the chance to be on the trade-off front what it says? A reliability curve over simulated campaigns.

Samples of four virtual labs are made, measured and recorded, some of them planned by coatopt; every measured setting is
given its chance that no other one is better in every goal, and the truth is looked up. Run:
python benchmarks/nondominance.py [--seeds 20] [--weeks 2]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import beta

import coatopt
from coatopt.planning.dominance import front_of
from virtual_lab import BLUEPRINTS, Rule, VirtualLab
from virtual_lab.space import deal

BINS = np.array([0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0])
SAMPLES, RUNS = 16, 6


def campaign_of(lab: VirtualLab, seed: int, weeks: int) -> Iterator[pd.DataFrame]:
    """Play a campaign and look at its front after the first week and after the last one."""
    rule = Rule(network=False)
    campaign = coatopt.open(lab.campaign(rule))
    runs = deal(SAMPLES, RUNS)
    settings = lab.space.first_week(runs, seed)
    names = [f"first-{i + 1}" for i in range(SAMPLES)]
    record(campaign, lab, names, settings, runs, 0, seed)
    yield campaign.front(seed=seed)
    for week in range(1, weeks + 1):
        plan = campaign.plan(week=f"2026-W{week:02d}", seed=seed)
        table = plan.table
        runs = pd.factorize(table[f"{lab.blueprint.making}_run"])[0].tolist()
        record(campaign, lab, table["sample"].tolist(), table[list(lab.space.names)], runs, week, seed)
    if weeks:
        yield campaign.front(seed=seed)


def record(campaign, lab: VirtualLab, names: list[str], settings: pd.DataFrame, runs: list[int], week: int, seed: int):
    """Make, measure, test and record samples; what fails is recorded as failed."""
    powders = lab.make(names, settings.reset_index(drop=True), runs, week, seed)
    results = lab.measure(powders, seed)
    if week == 0:
        frame = pd.concat([pd.DataFrame([p.settings for p in powders]), results], axis=1)
        frame[f"{lab.blueprint.making}_run"] = [f"run{p.run}" for p in powders]
        campaign.record(frame.dropna(axis=1, how="all"))
    else:
        campaign.record(results.dropna(axis=1, how="all"))
    cells = lab.test([p for p in powders if p.failed is None], seed)
    if len(cells):
        campaign.record(cells.dropna(axis=1, how="all"))


def judged(lab: VirtualLab, front: pd.DataFrame) -> pd.DataFrame:
    """Put the truth beside every chance; only settings with a tested goal are compared."""
    seen = front.dropna(subset=["p_nondominated"]).drop_duplicates(list(lab.space.names))
    gains = lab.goals.gains(lab.truth(seen[list(lab.space.names)]))
    truth = np.zeros(len(seen), dtype=bool)
    truth[front_of(gains)] = True
    return pd.DataFrame({"p": seen["p_nondominated"].to_numpy(), "truth": truth})


def curve(pairs: pd.DataFrame) -> None:
    """Print the reliability curve, its error and what a constant guess would score."""
    place = np.clip(np.digitize(pairs["p"], BINS[1:-1]), 0, len(BINS) - 2)
    print(f"  {'chance':>13} {'settings':>9} {'mean chance':>12} {'on the front':>13}   90 % interval of that share")
    error = 0.0
    for b in range(len(BINS) - 1):
        mine = pairs[place == b]
        if len(mine) == 0:
            continue
        hits, n = int(mine["truth"].sum()), len(mine)
        low, high = beta.ppf([0.05, 0.95], hits + 0.5, n - hits + 0.5)
        error += abs(hits - mine["p"].sum()) / len(pairs)
        label = f"{BINS[b]:.0%} to {BINS[b + 1]:.0%}"
        print(f"  {label:>13} {n:9} {mine['p'].mean():12.3f} {hits / n:13.3f}   {low:.3f} to {high:.3f}")
    brier = float(((pairs["p"] - pairs["truth"]) ** 2).mean())
    base = float(pairs["truth"].mean())
    print(f"  mean gap between chance and share {error:.3f}; ", end="")
    print(f"Brier score {brier:.3f}, constant guess {base * (1 - base):.3f}")


def main() -> None:
    """Play, and print the curves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--weeks", type=int, default=2, help="weeks planned by coatopt after the first one")
    options = parser.parse_args()
    start = time.perf_counter()
    found: dict[str, list[pd.DataFrame]] = {"spread out": [], "planned": []}
    for name, blueprint in BLUEPRINTS.items():
        lab = VirtualLab(blueprint)
        own: list[pd.DataFrame] = []
        for seed in range(options.seeds):
            for kind, front in zip(found, campaign_of(lab, seed, options.weeks), strict=False):
                pairs = judged(lab, front)
                found[kind].append(pairs)
                own.append(pairs)
        print(f"\n{name}: {options.seeds} campaigns")
        curve(pd.concat(own))
    for kind, pairs in found.items():
        if pairs:
            when = "after the first week, spread out" if kind == "spread out" else f"after {options.weeks} more weeks"
            print(f"\nall labs, {when}")
            curve(pd.concat(pairs))
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
