"""Plan a week: observations to posterior to the week's samples, recorded unless it is a dry run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.writing import campaign_to_dict
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Cell, Entry, Mark, Plan, Run, Sample
from coatopt.planning.choose import WeekChooser
from coatopt.planning.contract import WeekPlan
from coatopt.surrogate.evidence import Evidence
from coatopt.surrogate.fitting import Progress, fit_surrogates
from coatopt.version import VERSION
from coatopt.workflow.evidence import fingerprint, gather


@dataclass(frozen=True)
class PlanRequest:
    """What a person asks for; ``replan`` withdraws what was planned for that week and not made yet."""

    week: str
    seed: int = 0
    runs: int | None = None
    samples: int | None = None
    record: bool = True
    replan: bool = False


def plan_week(
    campaign: Campaign,
    ledger: Ledger,
    request: PlanRequest,
    by: str,
    folder: Path | None = None,
    progress: Progress = lambda _text, _share: None,
) -> WeekPlan:
    """Propose the samples of one week, each with the reason it was chosen.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        request: What is asked for.
        by: Who asks, for the audit trail.
        folder: Where campaign.yaml is; None for a campaign in memory.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        The plan. The same data, seed and version give the same plan; a week that was planned from the same
        inputs before gives the recorded plan.

    Raises:
        InputError: If the week is planned already from other inputs, or asks for more than the lab can do.
    """
    wanted = [metric.name for metric in campaign.metrics if metric.wanted] or [m.name for m in campaign.metrics]
    pending = ledger.pending(campaign.name, wanted)
    begun = {measurement.sample for measurement in ledger.measurements(campaign.name)}
    own = tuple(sample for sample in pending if sample.week == request.week and sample.id not in begun)
    others = tuple(sample for sample in pending if sample not in own)
    evidence = gather(campaign, ledger, folder)
    inputs = _fingerprint(campaign, ledger, request, others, evidence)
    earlier = [plan for plan in ledger.plans(campaign.name) if plan.week == request.week]
    if earlier and earlier[-1].inputs == inputs:
        return WeekPlan(**earlier[-1].content)
    if earlier and request.record and not request.replan:
        raise InputError(
            f"{request.week} is planned already, from other data, options or another version; --replan withdraws its "
            f"{len(own)} unmeasured samples and plans it anew, --dry-run only shows what that would be"
        )
    posterior = fit_surrogates(campaign, evidence, request.seed, lambda text, share: progress(text, share / 2))
    chooser = WeekChooser(
        posterior, others, request.week, request.seed, ledger.runs(campaign.name), ledger.samples(campaign.name)
    )
    plan = chooser.choose(request.runs, request.samples, lambda text, share: progress(text, (1 + share) / 2))
    if request.record:
        withdrawn = tuple(Mark(kind="withdrawn", sample=s.id, reason="replanned") for s in own if request.replan)
        ledger.append(campaign.name, _entry(campaign, plan, inputs, withdrawn, by))
    return plan


def _fingerprint(
    campaign: Campaign, ledger: Ledger, request: PlanRequest, pending: tuple[Sample, ...], evidence: Evidence
) -> str:
    parts: list[Any] = [
        VERSION,
        campaign_to_dict(campaign),
        [request.week, request.seed, request.runs, request.samples],
        fingerprint(evidence),
        [vars(sample) for sample in pending],
        [vars(mark) for mark in ledger.marks(campaign.name) if mark.kind != "withdrawn"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=dict).encode()).hexdigest()


def _entry(campaign: Campaign, plan: WeekPlan, inputs: str, withdrawn: tuple[Mark, ...], by: str) -> Entry:
    names = [parameter.name for parameter in campaign.parameters]
    shared = [stage.name for stage in campaign.shared_stages]
    return Entry(
        kind="plan",
        by=by,
        detail={
            "week": plan.week,
            "seed": plan.seed,
            "samples": len(plan.samples),
            "withdrawn": len(withdrawn),
            "units": campaign.units(),
        },
        runs=tuple(Run(id=r["run"], stage=r["stage"], week=plan.week, settings=r["settings"]) for r in plan.runs),
        samples=tuple(
            Sample(
                id=row["sample"],
                origin="planned",
                week=plan.week,
                settings={name: row[name] for name in names},
                runs=tuple(row[f"{stage}_run"] for stage in shared),
            )
            for row in plan.samples
        ),
        cells=tuple(Cell(id=row["cell"], sample=row["sample"]) for row in plan.cells),
        marks=withdrawn,
        plan=Plan(week=plan.week, seed=plan.seed, inputs=inputs, content=plan.document()),
    )
