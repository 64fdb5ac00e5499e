"""A past campaign played again from its recorded samples: coatopt, Optuna's samplers and chance.

``python benchmarks/replay.py`` plays campaigns/p3ht-cnt, 178 compositions of a real mixing campaign with replicates.
Every policy of a start shares the same random first week. Reported are the samples made until one of the best 1 % and
5 % was among them. With ``--save FILE`` each course is kept as a line, an interrupted call goes on where it was, and
``--tables`` prints what is there. ``--left-out PART`` changes which part of the mixture Optuna is not asked for, and
``--policies`` may add "coatopt, nearest", which meets Optuna's handicap.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.reanalysis.finding import Section, Table
from coatopt.reanalysis.replay.contest import POLICIES, ROAMING, ReplayRequest, gathered, play_start, prepare
from coatopt.reanalysis.replay.course import Course
from coatopt.reanalysis.replay.section import replay_section
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Posterior, fit_surrogates
from coatopt.workflow.evidence import gather
from coatopt.workflow.open_campaign import open_campaign

Job = tuple[str, ReplayRequest, int]
_CAMPAIGN = Path(__file__).parents[1] / "campaigns" / "p3ht-cnt"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Args:
        words: Its words; by default those of this process.

    Returns:
        The options.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("campaign", nargs="?", default=str(_CAMPAIGN), help="folder of the campaign")
    parser.add_argument("--kind", choices=("pool", "surrogate"), default="pool")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="root seed")
    parser.add_argument("--per-week", type=int, default=4, help="samples a week; 0 for what the lab can make")
    parser.add_argument("--budget", type=int, help="samples in all; by default the pool, at most 100")
    parser.add_argument("--policies", nargs="+", choices=(*POLICIES, ROAMING), default=list(POLICIES))
    parser.add_argument("--left-out", nargs="*", default=[], help="part of a mixture that Optuna is not asked for")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with one thread")
    parser.add_argument("--save", type=Path, help="file of JSON lines to continue and to append to")
    parser.add_argument("--tables", action="store_true", help="print what the file holds and play nothing")
    options = parser.parse_args(words)
    if options.jobs < 1:
        parser.error("--jobs is at least 1")
    if options.tables and options.save is None:
        parser.error("--tables needs --save FILE")
    return options


@cache
def known(folder: str, kind: str, seed: int) -> tuple[Campaign, Evidence, Posterior | None]:
    """Read a campaign, and fit it where worlds are to be drawn.

    Args:
        folder: Its folder.
        kind: Of the replay.
        seed: Root seed.

    Returns:
        The campaign, its evidence and its posterior.
    """
    opened = open_campaign(folder)
    evidence = gather(opened.definition, opened.storage.for_reading(), Path(folder))
    posterior = fit_surrogates(opened.definition, evidence, seed) if kind == "surrogate" else None
    return opened.definition, evidence, posterior


def play(job: Job) -> tuple[Course, float]:
    """Play one start with one policy.

    Args:
        job: Folder, request with that policy alone, number of the start.

    Returns:
        The course and the seconds of processor time that it took.
    """
    folder, request, number = job
    campaign, evidence, posterior = known(folder, request.kind, request.seed)
    start = time.process_time()
    (course,) = play_start(campaign, evidence, posterior, request, number)
    return course, time.process_time() - start


def key_of(job: Job) -> str:
    """Name a course, so that it is played once.

    Args:
        job: What is played.

    Returns:
        The name; starts do not depend on how many there are.
    """
    folder, request, number = job
    asked = asdict(replace(request, seeds=1)) | {"campaign": Path(folder).resolve().name, "number": number}
    return json.dumps(asked, sort_keys=True)


def kept(file: Path | None) -> dict[str, dict[str, Any]]:
    """Read what was played before.

    Args:
        file: The file of JSON lines; None or a missing one holds nothing.

    Returns:
        Records by name of the course.
    """
    if file is None or not file.exists():
        return {}
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {record["key"]: record for record in records}


def play_all(jobs: Sequence[Job], processes: int, file: Path | None) -> dict[str, dict[str, Any]]:
    """Play what was not played before.

    Args:
        jobs: What is to be played.
        processes: How many at once.
        file: Where records are appended.

    Returns:
        Records of all jobs, by name.
    """
    found = kept(file)
    waiting = [job for job in jobs if key_of(job) not in found]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        running = {pool.submit(play, job): key_of(job) for job in waiting}
        for future in as_completed(running):
            course, seconds = future.result()
            key = running[future]
            record = found[key] = {"key": key, "course": asdict(course), "seconds": seconds}
            if file is not None:
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(record) + "\n")
    return found


def print_table(table: Table) -> None:
    """Print a table with columns that line up.

    Args:
        table: The table.
    """
    heads = [column.title for column in table.columns]
    cells = [[f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in row] for row in table.rows]
    widths = [max(len(text) for text in column) for column in zip(heads, *cells, strict=True)]
    print(f"\n{table.title}")
    for row in (heads, *cells):
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def print_section(section: Section) -> None:
    """Print a section.

    Args:
        section: The section.
    """
    for table in section.tables:
        print_table(table)
    print()
    for text in (*section.sentences, *section.notes):
        print(f"- {text}")


def main() -> None:
    """Play, and print tables."""
    options = arguments()
    request = ReplayRequest(
        kind=options.kind,
        seeds=options.seeds,
        policies=tuple(options.policies),
        samples_per_week=options.per_week or None,
        budget=options.budget,
        seed=options.seed,
        left_out=tuple(options.left_out),
    )
    campaign, evidence, posterior = known(options.campaign, options.kind, options.seed)
    request.check(campaign)
    stage = prepare(campaign, evidence, posterior, request)
    jobs = [
        (options.campaign, replace(request, policies=(policy,)), number)
        for policy in request.policies
        for number in range(request.seeds)
        if not stage.refusal
    ]
    records = kept(options.save) if options.tables else play_all(jobs, options.jobs, options.save)
    keys = [key_of(job) for job in jobs]
    played = [records[key] for key in keys if key in records]
    courses = [Course(**record["course"]) for record in played]
    print_section(replay_section(gathered(stage, courses)))
    for policy in request.policies:
        times = [record["seconds"] for record in played if record["course"]["policy"] == policy]
        if times:
            print(f"{policy}: {len(times)} courses, {sum(times) / len(times):.1f} s of processor time each")


if __name__ == "__main__":
    main()
