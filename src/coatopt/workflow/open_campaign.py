"""The door for Python: one open campaign with a method per verb."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coatopt.campaign.protocol import CELL_UNITS
from coatopt.campaign.spelling import nearest
from coatopt.campaign.yaml_file import FILE_NAME, campaign_from_dict, load_campaign
from coatopt.errors import InputError
from coatopt.ledger.result_file import ResultTable, read_result_file, table_from_records
from coatopt.workflow.read_campaign import ReadCampaign
from coatopt.workflow.record_results import Recorded, record_results
from coatopt.workflow.storage import Storage, person
from coatopt.workflow.week import check_week, next_week

if TYPE_CHECKING:
    import pandas as pd

    from coatopt.workflow.advice_tables import GateTables
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


class OpenCampaign(ReadCampaign):
    """A campaign together with its ledger: everything that can be asked of it, and what changes it.

    Args:
        storage: The campaign and where its ledger is.
    """

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
