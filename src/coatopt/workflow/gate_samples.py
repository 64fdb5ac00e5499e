"""Decide which made samples go on to an expensive stage: ledger to posterior to advice, recorded on request."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Entry, Mark
from coatopt.planning.gate import Gate, Judged, Places, Prices, gain_shares
from coatopt.planning.gate_reason import GateReasons, Reading, bearing
from coatopt.planning.lab_cost import stated_costs
from coatopt.planning.plan_document import number
from coatopt.seeds import stream_seed
from coatopt.surrogate.fitting import Posterior, Progress, fit_surrogates
from coatopt.surrogate.reproducible import reproducible
from coatopt.surrogate.simulated_source import simulated_sources
from coatopt.version import VERSION
from coatopt.workflow.evidence import gather
from coatopt.workflow.waiting_samples import Waiting, waiting_samples

_MAKE, _TEST = 1.0, 3.0


@dataclass(frozen=True)
class GateRequest:
    """What a person asks for; ``samples`` is how many to test, None for as many as the channels allow."""

    stage: str
    seed: int = 0
    samples: int | None = None
    record: bool = False


def gate_samples(
    campaign: Campaign,
    ledger: Ledger,
    folder: Path | None,
    request: GateRequest,
    by: str,
    progress: Progress = lambda _text, _share: None,
) -> dict[str, Any]:
    """Rank the samples that wait for a stage, and advise to test, skip or remake each.

    Args:
        campaign: The campaign.
        ledger: Its ledger.
        folder: Where campaign.yaml is; None for a campaign in memory.
        request: What is asked for.
        by: Who asks, for the audit trail.
        progress: Called with what is being done and the share that is done, 0 to 1.

    Returns:
        A document; the same data, seed and version give the same one.

    Raises:
        InputError: If there is no such stage, nothing comes before it, or no sample waits for it.
    """
    stage = _stage(campaign, request.stage)
    waiting = waiting_samples(campaign, ledger, stage)
    if not waiting.samples:
        raise InputError(waiting.nobody())
    total = waiting.places(request.samples)
    places = Places.of(total, campaign.planner.exploration, request.samples is not None)
    prices, notice = _prices(campaign, stage)
    posterior = fit_surrogates(campaign, gather(campaign, ledger, folder, progress), request.seed, progress)
    with reproducible(stream_seed(request.seed, "gate", stage.name)):
        rows = posterior.space.switch_off_inactive(posterior.space.rows([s.settings for s in waiting.samples]))
        gate = Gate(posterior, [s.id for s in waiting.samples], rows, set(waiting.tested), prices, request.seed)
        judged = gate.judge(stage.name, places)
        table = _Table(posterior, stage, waiting, rows, judged, total)
        document = table.document(request.seed)
    document |= {
        "places": {"total": total, "explore": places.explore, **waiting.channels()},
        "costs": {"make": prices.make, "test": prices.test},
        "unmeasured": list(waiting.unmeasured),
        "on_test": list(waiting.on_test),
        "recorded": request.record,
        "notices": [*([notice] if notice else []), *waiting.notices(request.samples), *table.notices()],
    }
    if request.record:
        ledger.append(campaign.name, _entry(document, by))
    return document


def _stage(campaign: Campaign, name: str) -> Stage:
    names = [stage.name for stage in campaign.stages]
    if name not in names:
        raise InputError(f"'{name}' is not a stage of '{campaign.name}'{nearest(name, names)}")
    wanted = list(dict.fromkeys(m.stage for m in campaign.metrics if m.wanted and m.stage != names[0]))
    known = f"; gate before {' or '.join(wanted)}" if wanted else ""
    if name == names[0]:
        raise InputError(f"{name} is the first stage, so no sample is made before it{known}")
    if not any(metric.wanted and metric.stage == name for metric in campaign.metrics):
        raise InputError(f"no metric of {name} has a goal or a threshold, so there is nothing to gain from it{known}")
    return campaign.stage(name)


def _prices(campaign: Campaign, stage: Stage) -> tuple[Prices, str]:
    before = stated_costs(campaign.stages[: campaign.stages.index(stage)])
    expensive = stated_costs([stage])
    make = before.of_sample(1) if before.anything else None
    test = expensive.of_sample(campaign.cells_per_sample if stage.makes_cells else 1) if expensive.anything else None
    if make and test:
        return Prices(make, test), ""
    if not make and not test:
        make, test = _MAKE, _TEST
    make, test = make or (test or _TEST) * _MAKE / _TEST, test or (make or _MAKE) * _TEST / _MAKE
    return Prices(make, test), (
        f"The stages do not state what both cost, so making a sample is taken to cost {make:g} and {stage.name} "
        f"{test:g}; cost_per_run, cost_per_sample and cost_per_cell in campaign.yaml say it."
    )


def _entry(document: dict[str, Any], by: str) -> Entry:
    rows = document["samples"]
    leave = [row for row in rows if row["advice"] != "test"]
    return Entry(
        kind="withdraw",
        by=by,
        detail={
            "gate": document["stage"],
            "seed": document["seed"],
            "tested": len(rows) - len(leave),
            "withdrawn": len(leave),
            "released": [row["sample"] for row in rows if row["advice"] == "test"],
        },
        marks=tuple(
            Mark(kind="withdrawn", sample=row["sample"], reason=f"gate: {row['advice']}: {row['reason']}")
            for row in leave
        ),
    )


class _Table:
    """The judged samples as rows of a document."""

    def __init__(
        self,
        posterior: Posterior,
        stage: Stage,
        waiting: Waiting,
        rows: np.ndarray[tuple[int, int], np.dtype[np.float64]],
        judged: Judged,
        places: int,
    ) -> None:
        self._posterior, self._stage, self._waiting, self._judged = posterior, stage, waiting, judged
        self._bearing = bearing(posterior, stage.name) if judged.expected else []
        promises = {
            name: metric.predict(rows, "sample") for name, metric in posterior.metrics.items() if name in self._bearing
        }
        self._wanted = [m for m in posterior.wanted() if m.stage == stage.name] if judged.expected else []
        known = [posterior.metrics[metric.name].predict(rows).certainty for metric in self._wanted]
        self._reasons = GateReasons(
            [self._readings(sample.id) for sample in waiting.samples],
            promises,
            np.min(known, axis=0) if known else None,
            sum(metric.is_objective for metric in posterior.wanted()),
            stage.name,
            places,
        )
        self._predicted = {
            metric.name: posterior.metrics[metric.name].scale.prediction(e.mean, e.variance, np.ones(len(rows)))
            for metric in self._wanted
            for e in [judged.expected[metric.name]]
        }

    def _readings(self, sample: str) -> list[Reading]:
        return [r for r in self._waiting.readings[sample] if r.metric.name in self._bearing]

    def document(self, seed: int) -> dict[str, Any]:
        campaign, judged = self._posterior.campaign, self._judged
        shares = gain_shares(judged.verdicts)
        return {
            "campaign": campaign.name,
            "stage": self._stage.name,
            "version": VERSION,
            "seed": seed,
            "method": judged.method,
            "samples": [self._row(k, shares[k]) for k in range(len(judged.verdicts))],
            "parents": self._bearing,
            "trust": [
                {
                    "metric": metric.name,
                    "trusted": self._posterior.calibrations[metric.name].trusted,
                    "verdict": self._posterior.calibrations[metric.name].verdict(),
                }
                for metric in self._wanted
            ],
        }

    def _row(self, k: int, share: float) -> dict[str, Any]:
        verdict = self._judged.verdicts[k]
        sample = self._waiting.samples[verdict.sample]
        row: dict[str, Any] = {
            "sample": sample.id,
            "advice": verdict.advice,
            "reason": self._reasons.sentence(verdict),
            "gain": number(math.exp(verdict.log_gain)),
            "gain_share": number(share),
            "p_improves": number(verdict.p_improves),
            "p_remake_better": number(verdict.p_remake_better),
        }
        read = {reading.metric.name: reading.value for reading in self._waiting.readings[sample.id]}
        row |= {name: number(read.get(name)) for name in self._waiting.measured}
        for name, prediction in self._predicted.items():
            row[f"{name}_mean"] = number(prediction.mean[verdict.sample])
            row[f"{name}_sd"] = number(prediction.sd[verdict.sample])
        return row

    def notices(self) -> list[str]:
        found = list(self._posterior.notices)
        idle = [name for name in self._waiting.measured if name not in self._bearing]
        wanted = [metric.name for metric in self._wanted]
        steering = [name for name in idle if self._posterior.campaign.metric(name).wanted]
        idle = [name for name in idle if name not in steering]
        if idle and wanted:
            verb = "does" if len(idle) == 1 else "do"
            simulated = simulated_sources(self._posterior).keys() & set(wanted)
            rest = "settings and what is simulated of them count" if simulated else "settings count alone"
            found.insert(
                0,
                f"{', '.join(idle)} {verb} not help to predict {', '.join(wanted)}, as far as is known (coatopt fit "
                f"says more), so here {rest}.",
            )
        if any(verdict.advice == "remake" for verdict in self._judged.verdicts):
            found.append("What is to be made anew competes with new settings in the next plan, once it is withdrawn.")
        return found
