"""Which runs a sample sat in, as the rows of a results table state it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Parameter, Settings, Value
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.identity import historical_run_id
from coatopt.ledger.record import Run, Sample
from coatopt.ledger.row import Row
from coatopt.ledger.settings_check import same_value

Report = Callable[[str, str, str, str], None]
_PLANNED = re.compile(r"^(\d\d)?W\d\d-")


class SampleRuns:
    """Finds the runs that rows state, makes those that nobody planned, and compares their settings.

    Args:
        campaign: The campaign.
        ledger: What is recorded so far.
        report: Called with place, field, what is wrong and what would be right, once per mistake.
    """

    def __init__(self, campaign: Campaign, ledger: Ledger, report: Report) -> None:
        self._campaign, self._report = campaign, report
        runs = ledger.runs(campaign.name)
        self._stages = {run.id: run.stage for run in runs}
        self._settings: dict[str, dict[str, Value]] = {}
        for run in runs:
            self._learn(run.id, run.settings)
        for sample in ledger.samples(campaign.name):
            for name in sample.runs:
                self._learn(name, sample.settings)
        self._new: list[str] = []

    @property
    def new(self) -> tuple[Run, ...]:
        """Historical runs that the table adds."""
        return tuple(
            Run(
                id=run,
                stage=self._stages[run],
                week=None,
                settings={p.name: self._settings[run].get(p.name) for p in self._shared(run)},
            )
            for run in self._new
        )

    def stated(self, row: Row) -> dict[str, str] | None:
        """Find the runs that a row states.

        Args:
            row: The row.

        Returns:
            Id of the run by stage, in the order of the stages; None after a mistake was reported.
        """
        found: dict[str, str] = {}
        for stage in self._campaign.shared_stages:
            text = row.runs.get(stage.name)
            if text is None:
                continue
            try:
                found[stage.name] = self._run(stage.name, text)
            except InputError as error:
                what, _, fix = str(error).partition("; ")
                self._report(row.place, f"{stage.name}_run", what, fix)
        return found if len(found) == len(row.runs) else None

    def _run(self, stage: str, text: str) -> str:
        if text in self._stages:
            if self._stages[text] != stage:
                raise InputError(f"'{text}' is a run of {self._stages[text]}, not of {stage}; correct the row")
            return text
        if _PLANNED.match(text):
            planned = [run for run, own in self._stages.items() if own == stage and _PLANNED.match(run)]
            raise InputError(f"the run '{text}' is unknown{nearest(text, planned)}")
        return historical_run_id(stage, text)

    def of(self, sample: Sample) -> dict[str, str]:
        """Look up the runs of a sample.

        Args:
            sample: The sample.

        Returns:
            Id of the run by stage.
        """
        return {self._stages[run]: run for run in sample.runs if run in self._stages}

    def agrees(self, row: Row, sample: Sample) -> bool:
        """Compare the runs that a row states with those of its sample.

        Args:
            row: The row.
            sample: Its sample, planned or recorded before.

        Returns:
            False after a mistake was reported.
        """
        agrees = True
        for stage, text in row.runs.items():
            recorded = self.of(sample).get(stage)
            if recorded is not None and recorded in (text, f"{stage}:{text}"):
                continue
            agrees = False
            verb = "planned" if sample.origin == "planned" else "recorded"
            if recorded is None:
                what = f"{sample.id} is {verb} without a run of {stage}, the row says {text}"
                fix = "leave it out, or give the sample another id if it is another one"
            else:
                what = f"{sample.id} is {verb} in the run {recorded.removeprefix(f'{stage}:')}, the row says {text}"
                fix = "correct the row, or give the sample another id if it is another one"
            self._report(row.place, f"{stage}_run", what, fix)
        return agrees

    def join(self, row: Row, runs: Mapping[str, str], settings: Settings) -> bool:
        """Put a new sample into its runs; all samples of a run share the parameters of its stage.

        Args:
            row: The row.
            runs: Id of the run by stage.
            settings: Value of every parameter; None says nothing of the run.

        Returns:
            False after a mistake was reported.
        """
        fits = True
        for stage, run in runs.items():
            known = self._settings.get(run, {})
            for parameter in self._campaign.stage_parameters(stage):
                value, shared = settings[parameter.name], known.get(parameter.name)
                if value is not None and shared is not None and not same_value(value, shared):
                    fits = False
                    own = f"the run {row.runs[stage]} was made with {_shown(parameter, shared)}"
                    fix = f"the samples of a run share the settings of {stage}: correct the value or the run"
                    self._report(row.place, parameter.name, f"{own}, the row says {_shown(parameter, value)}", fix)
        if fits:
            for stage, run in runs.items():
                if run not in self._stages:
                    self._stages[run] = stage
                    self._new.append(run)
                self._learn(run, settings)
        return fits

    def _shared(self, run: str) -> tuple[Parameter, ...]:
        return self._campaign.stage_parameters(self._stages[run])

    def _learn(self, run: str, settings: Settings) -> None:
        known = self._settings.setdefault(run, {})
        for parameter in self._shared(run) if run in self._stages else ():
            value = settings.get(parameter.name)
            if value is not None:
                known.setdefault(parameter.name, value)


def _shown(parameter: Parameter, value: Value) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return f"{value:g}" if parameter.unit == "1" else f"{value:g} {parameter.unit}"
