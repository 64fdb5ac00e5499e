"""Many closed loops: what is played, in which order, on how many processes, and where the results are kept."""

from __future__ import annotations

import json
import multiprocessing
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from virtual_lab import BLUEPRINTS
from virtual_lab.botorch_policy import BotorchPolicy
from virtual_lab.closed_loop import Loop, Policy
from virtual_lab.coatopt_policy import CoatoptPolicy, Variant
from virtual_lab.lab import VirtualLab
from virtual_lab.simulated import QUALITIES

Record = dict[str, Any]

SHIPPED, PLAIN = "coatopt", "botorch"
VARIANTS = {
    SHIPPED: Variant(),
    "no-network": Variant(network=False),
    "no-gate": Variant(gate=False),
    "no-nested": Variant(nested=False),
}
POLICIES = (SHIPPED, PLAIN, "no-network", "no-gate", "no-nested")
GATE_VARIANTS = {
    "direct": Variant(network=False, gate=False),
    "direct-gated": Variant(network=False),
    "network": Variant(gate=False),
    "network-gated": Variant(),
}
ALONE = "alone"
SIMULATOR_VARIANTS = {
    ALONE: Variant(network=False, gate=False),
    **{quality: Variant(network=False, gate=False, simulator=quality) for quality in QUALITIES},
}
RATIOS = (3, 7)
_LEAST_CHOICE = 2.5


@dataclass(frozen=True)
class Trial:
    """One closed loop; ``ratio`` is what a test costs over making a sample, None in the section of weeks."""

    lab: str
    policy: str
    seed: int
    weeks: int
    ratio: int | None = None

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return json.dumps(asdict(self), sort_keys=True)


def week_trials(labs: Sequence[str], policies: Sequence[str], seeds: int, weeks: int) -> list[Trial]:
    """List the loops of the section of weeks, whole seeds first, so that what is done can be paired.

    Args:
        labs: Names of labs.
        policies: Names of policies.
        seeds: How many seeds.
        weeks: Weeks of each loop.

    Returns:
        The trials; a lab without gate has none without it.
    """
    return [
        Trial(lab, policy, seed, weeks)
        for seed in range(seeds)
        for lab in labs
        for policy in policies
        if policy != "no-gate" or BLUEPRINTS[lab].gated
    ]


def gate_trials(labs: Sequence[str], policies: Sequence[str], seeds: int, weeks: int) -> list[Trial]:
    """List the loops of the section of the gate.

    Args:
        labs: Names of labs; those without gate are left out.
        policies: Names of policies.
        seeds: How many seeds.
        weeks: Rounds of each loop.

    Returns:
        The trials.
    """
    gated = [lab for lab in labs if BLUEPRINTS[lab].gated]
    return [
        Trial(lab, policy, seed, weeks, ratio)
        for seed in range(seeds)
        for ratio in RATIOS
        for lab in gated
        for policy in policies
    ]


def shares(tested: int, ratio: int) -> tuple[int, int]:
    """Divide the cost of a round without gate into samples made and samples tested with the gate.

    Args:
        tested: Samples made and tested in a round without gate.
        ratio: Cost of a test, where making a sample and its cheap metric cost 1.

    Returns:
        Samples made and tested for the same cost: as many tests as leave the gate 2.5 samples to choose each from.
    """
    cost = tested * (1 + ratio)
    fewer = max(1, int(cost / (ratio + _LEAST_CHOICE)))
    return cost - ratio * fewer, fewer


@cache
def _shipped_lab(name: str) -> VirtualLab:
    return VirtualLab(BLUEPRINTS[name])


def _lab(trial: Trial) -> VirtualLab:
    lab = _shipped_lab(trial.lab)
    if trial.ratio is None or not GATE_VARIANTS[trial.policy].gate:
        return lab
    per_run = lab.samples_per_run
    made, tested = shares(lab.week.tested, trial.ratio)
    week = replace(lab.week, made=made, tested=tested, runs=-(-made // per_run))
    return VirtualLab(lab.blueprint, week, lab.attainable)


def _policy(trial: Trial, lab: VirtualLab) -> Policy:
    if trial.policy == PLAIN:
        return BotorchPolicy(lab, trial.seed)
    if trial.ratio is None:
        return CoatoptPolicy(lab, trial.seed, (VARIANTS | SIMULATOR_VARIANTS)[trial.policy])
    return CoatoptPolicy(lab, trial.seed, GATE_VARIANTS[trial.policy], trial.ratio)


def play(trial: Trial) -> Record:
    """Play one closed loop; whatever goes wrong in it becomes part of its record.

    Args:
        trial: What to play.

    Returns:
        The trial with its course, or with ``error``.
    """
    try:
        lab = _lab(trial)
        course = Loop(lab, trial.seed).run(_policy(trial, lab), trial.weeks)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
        return asdict(trial) | {"error": text}
    return asdict(trial) | asdict(course)


def kept(path: Path | None) -> dict[str, Record]:
    """Read what an earlier call has kept; a line that was cut off is left out.

    Args:
        path: File of JSON lines, if any.

    Returns:
        Records by key of their trial, failed ones left out.
    """
    found: dict[str, Record] = {}
    if path is None or not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if "error" not in record:
            found[_key(record)] = record
    return found


def play_all(trials: Sequence[Trial], jobs: int, save: Path | None) -> list[Record]:
    """Play what is not kept yet, and keep each result as it comes.

    Args:
        trials: What to play.
        jobs: Processes at work, each with one thread.
        save: File of JSON lines to continue and to append to; None keeps nothing.

    Returns:
        A record for every trial, failed ones with ``error``.
    """
    known = kept(save)
    records = [known[trial.key] for trial in trials if trial.key in known]
    open_trials = [trial for trial in trials if trial.key not in known]
    for count, record in enumerate(_played(open_trials, jobs), start=1):
        records.append(record)
        _tell(record, count, len(open_trials))
        if save is not None:
            with save.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
    return records


def _played(trials: Sequence[Trial], jobs: int) -> Iterator[Record]:
    if not trials:
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_one_thread) as pool:
        futures = {pool.submit(play, trial): trial for trial in trials}
        for future in as_completed(futures):
            try:
                yield future.result()
            except Exception as error:  # a worker that died
                yield asdict(futures[future]) | {"error": f"{type(error).__name__}: {error}"}


def _one_thread() -> None:
    torch.set_num_threads(1)
    threadpool_limits(1)


def _key(record: Record) -> str:
    return Trial(*(record.get(name) for name in ("lab", "policy", "seed", "weeks", "ratio"))).key


def _tell(record: Record, count: int, of: int) -> None:
    ratio = "" if record["ratio"] is None else f" 1:{record['ratio']}"
    end = record.get("error") or f"{record['progress'][-1]:.3f}, {sum(record['cpu']):.0f} CPU s"
    print(f"{count}/{of} {record['lab']}{ratio} {record['policy']} seed {record['seed']}: {end}", file=sys.stderr)
