"""The door for Python: one open campaign with a method per verb."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.protocol import CELL_UNITS
from coatopt.campaign.spelling import nearest
from coatopt.campaign.yaml_file import FILE_NAME, campaign_from_dict, load_campaign
from coatopt.errors import InputError
from coatopt.ledger.result_file import ResultTable, read_result_file, table_from_records
from coatopt.workflow.record_results import Recorded, record_results
from coatopt.workflow.status import campaign_status
from coatopt.workflow.storage import Storage, person
from coatopt.workflow.week import check_week, next_week

if TYPE_CHECKING:
    import pandas as pd

    from coatopt.surrogate.contract import Level
    from coatopt.surrogate.evidence import Evidence
    from coatopt.workflow.advice_tables import GateTables, ReplicateTables
    from coatopt.workflow.derivation import IngestRequest
    from coatopt.workflow.ingest import Ingested
    from coatopt.workflow.tables import PlanTables


def open_campaign(source: str | PathLike[str] | Mapping[str, Any]) -> OpenCampaign:
    """Open a campaign from a folder, a YAML file or a dictionary.

    Args:
        source: Where, or what, the campaign is.

    Returns:
        The open campaign.

    Raises:
        CampaignError: If the definition is wrong.
        InputError: If there is no campaign at that place.
    """
    if isinstance(source, Mapping):
        return OpenCampaign(Storage(campaign_from_dict(source), None))
    if not isinstance(source, str | PathLike):
        raise InputError(f"a campaign is a folder, a campaign.yaml or a dictionary, not {type(source).__name__}")
    path = Path(source)
    campaign = load_campaign(path)
    return OpenCampaign(Storage(campaign, path if path.is_dir() else path.parent))


class OpenCampaign:
    """A campaign together with its ledger.

    Args:
        storage: The campaign and where its ledger is.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    @property
    def definition(self) -> Campaign:
        """The frozen definition."""
        return self.storage.campaign

    def __repr__(self) -> str:
        place = "in memory" if self.storage.folder is None else str(self.storage.folder / FILE_NAME)
        return f"<coatopt campaign '{self.definition.name}', {place}>"

    def plan(
        self,
        week: str | None = None,
        seed: int = 0,
        runs: int | None = None,
        samples: int | None = None,
        dry_run: bool = False,
        replan: bool = False,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
        **changes: Any,
    ) -> PlanTables:
        """Propose, and unless ``dry_run`` record, a week.

        Args:
            week: ISO week as in ``2026-W48``; the next one by default.
            seed: Root seed.
            runs: At most this many runs of each shared stage.
            samples: Exactly this many samples.
            dry_run: Show the plan without recording it.
            replan: Withdraw what was planned for that week and not measured yet.
            progress: Called with what is being done and the share that is done, 0 to 1.
            **changes: What people decide: ``start`` (a date; what was begun before it is kept, the rest planned anew)
                and ``closed`` (stages that are out of order, each a name or ``annealing=2026-11-25..2026-11-27``);
                ``pin`` and ``forbid`` (texts), ``swap`` and ``add`` (a text), with ``because``, the reason.

        Returns:
            The plan: ``table`` (one row per sample), ``cells``, ``calendar``, ``notices``, ``trust``.

        Raises:
            InputError: If the request cannot be met.
        """
        from coatopt.workflow.plan_request import plan_request
        from coatopt.workflow.plan_week import plan_week
        from coatopt.workflow.tables import PlanTables

        for name, number in (("seed", seed), ("runs", runs), ("samples", samples)):
            whole = isinstance(number, Integral) and not isinstance(number, bool) and 0 <= int(number) < 2**31
            if number is not None and not whole:
                raise InputError(f"{name} is a whole number, not {number!r}")
        chosen = next_week(datetime.date.today()) if week is None else check_week(week)
        runs, samples = (None if n is None else int(n) for n in (runs, samples))
        numbers = {"week": chosen, "seed": int(seed), "runs": runs, "samples": samples}
        request = plan_request(self.definition, {**numbers, "record": not dry_run, "replan": replan}, changes)
        ledger = self.storage.for_reading() if dry_run else self.storage.for_writing()
        return PlanTables(plan_week(self.definition, ledger, request, person(), self.storage.folder, progress))

    def record(self, results: pd.DataFrame | str | PathLike[str]) -> Recorded:
        """Record results.

        Args:
            results: A data frame with a column ``sample`` or ``cell`` (or parameter columns for historical
                samples) and metric columns, or a CSV, XLSX or JSON file.

        Returns:
            What was added.

        Raises:
            ResultsError: If anything is wrong; then nothing was recorded.
        """
        table = self._table(results)
        return record_results(self.definition, self.storage.for_writing(), table, person())

    def ingest(self, files: str | PathLike[str] | Sequence[str | PathLike[str]], cell: str, **stated: Any) -> Ingested:
        """Derive the metrics of a cell from its raw files, by the campaign's protocol, and record them.

        Args:
            files: Files of one cell, as its instruments wrote them.
            cell: Id of the cell.
            **stated: What is true of this cell and overrules the protocol, as texts with units:
                ``cam_mass="9.00 +- 0.10 mg"``; also ``correction``, ``record``, ``seed`` and ``maps``.

        Returns:
            The metrics, and what was recorded.

        Raises:
            InputError: If a file cannot be read, or a step of the protocol cannot be evaluated.
        """
        from coatopt.workflow.derivation import IngestRequest

        settings = {key: stated.pop(key) for key in ("correction", "record", "seed", "maps") if key in stated}
        unknown = stated.keys() - CELL_UNITS.keys()
        if unknown:
            raise InputError(f"'{min(unknown)}' cannot be stated of a cell{nearest(min(unknown), CELL_UNITS)}")
        paths = [files] if isinstance(files, str | PathLike) else list(files)
        if not paths:
            raise InputError("no file is given; name at least one file of the cell")
        settings["maps"] = [Path(file) for file in settings.get("maps", ())]
        request = IngestRequest(files=[Path(file) for file in paths], cell=cell, texts=stated, **settings)
        return self.ingest_request(request)

    def ingest_request(self, request: IngestRequest) -> Ingested:
        """Do what ``ingest`` does, for a request that is put together already.

        Args:
            request: What is asked for.

        Returns:
            The metrics, and what was recorded.
        """
        from coatopt.workflow.ingest import ingest

        ledger = self.storage.for_writing() if request.record else self.storage.for_reading()
        return ingest(self.definition, ledger, self.storage.folder, request, person())

    @staticmethod
    def _table(results: pd.DataFrame | str | PathLike[str]) -> ResultTable:
        if isinstance(results, str | PathLike):
            return read_result_file(Path(results))
        to_dict = getattr(results, "to_dict", None)
        columns = list(getattr(results, "columns", []))
        if len(set(columns)) < len(columns):
            raise InputError("the data frame has two columns of one name; keep one of the two")
        if not callable(to_dict) or not columns:
            raise InputError(f"results are a data frame or a file, not {type(results).__name__}")
        return table_from_records(to_dict("records"), "data frame")

    def status(self) -> dict[str, Any]:
        """Tell where the campaign stands.

        Returns:
            Counts, pending samples, failures and the best so far.
        """
        return campaign_status(self.definition, self.storage.for_reading())

    def fit(
        self,
        seed: int = 0,
        prior: str | None = None,
        save: str | PathLike[str] | None = None,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
    ) -> dict[str, Any]:
        """Fit every metric, and say what was learned and how far to trust it.

        Args:
            seed: Root seed.
            prior: Name of a prior, instead of the campaign's own.
            save: Folder in which each model is kept as ``<campaign>/<metric>``; by default nothing is kept.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            For each metric its samples and readings, the model in use, variance components, calibration, outliers.

        Raises:
            InputError: If there is no such prior, or a model cannot be written.
        """
        from coatopt.workflow.fit_campaign import FitRequest, fit_campaign

        if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= int(seed) < 2**31:
            raise InputError(f"seed is a whole number, not {seed!r}")
        request = FitRequest(int(seed), prior, None if save is None else Path(save))
        return fit_campaign(self.definition, self.storage.for_reading(), self.storage.folder, request, progress)

    def gate(
        self,
        stage: str,
        seed: int = 0,
        samples: int | None = None,
        record: bool = False,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
    ) -> GateTables:
        """Say which made samples earn an expensive stage.

        Args:
            stage: The stage, such as ``cycling``.
            seed: Root seed.
            samples: How many to test; what the stage's free channels allow by default.
            record: Note which samples are tested, and withdraw the others with the reason.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            The advice: ``table`` (one row per sample, best first), ``document``, ``notices``.

        Raises:
            InputError: If there is no such stage, or no sample waits for it.
        """
        from coatopt.workflow.advice_tables import GateTables
        from coatopt.workflow.gate_samples import GateRequest, gate_samples

        for name, number, least in (("seed", seed, 0), ("samples", 1 if samples is None else samples, 1)):
            if isinstance(number, bool) or not isinstance(number, Integral) or not least <= int(number) < 2**31:
                raise InputError(f"{name} is a whole number from {least}, not {number!r}")
        request = GateRequest(stage, int(seed), None if samples is None else int(samples), record)
        ledger = self.storage.for_writing() if record else self.storage.for_reading()
        return GateTables(gate_samples(self.definition, ledger, self.storage.folder, request, person(), progress))

    def replicates(
        self,
        metric: str | None = None,
        *,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
        **asked: Any,
    ) -> ReplicateTables:
        """Say how many samples a setting and how many cells a sample deserve.

        Args:
            metric: One metric; all that are wanted by default.
            progress: Called with what is being done and the share that is done, 0 to 1.
            **asked: ``cost_per_run``, ``cost_per_sample``, ``cost_per_cell`` instead of what the stages state; ``sd``,
                the standard deviation wanted of a setting's mean; ``budget``, what a setting may cost; ``seed``.

        Returns:
            The advice: ``table``, ``document``, ``notices``.

        Raises:
            InputError: If there is no such metric, a number is wrong, or nothing is known of its scatter.
        """
        from coatopt.workflow.advice_tables import ReplicateTables
        from coatopt.workflow.replicates import ReplicateRequest, replicates

        known = ReplicateRequest.__dataclass_fields__
        unknown = asked.keys() - known.keys()
        if unknown:
            raise InputError(f"'{min(unknown)}' is not an option of replicates{nearest(min(unknown), known)}")
        request = ReplicateRequest(metric, **asked)
        return ReplicateTables(
            replicates(self.definition, self.storage.for_reading(), self.storage.folder, request, progress)
        )

    def front(self, seed: int = 0) -> pd.DataFrame:
        """List the measured samples with their probability of lying on the trade-off front.

        Args:
            seed: Root seed of the posterior draws.

        Returns:
            One row per sample, most probable first: settings, predicted mean and sd, ``p_nondominated``.
        """
        from coatopt.workflow.explore import front

        return front(self.definition, self._evidence(), seed)

    def predict(self, settings: pd.DataFrame, seed: int = 0, of: Level = "cell") -> pd.DataFrame:
        """Predict what settings would give.

        Args:
            settings: One row per setting, a column per parameter (fixed ones may be left out).
            seed: Root seed of the posterior draws.
            of: What the numbers are of: ``function``, what the settings give on average; ``sample``, the true value of
                a new sample; ``cell``, the mean that its planned cells will read.

        Returns:
            The settings with ``<metric>_mean``, ``_sd``, ``_low``, ``_high``, ``p_feasible``, ``p_nondominated``.

        Raises:
            InputError: If a column is unknown or missing, or a value lies outside its range.
        """
        from coatopt.workflow.explore import predict

        if of not in ("function", "sample", "cell"):
            raise InputError(f"of is 'function', 'sample' or 'cell', not {of!r}")
        return predict(self.definition, self._evidence(), settings, seed, of)

    def _evidence(self) -> Evidence:
        from coatopt.workflow.evidence import gather

        return gather(self.definition, self.storage.for_reading(), self.storage.folder)
