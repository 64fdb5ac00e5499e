"""What can be asked of a campaign without changing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.workflow.status import campaign_status
from coatopt.workflow.storage import Storage

if TYPE_CHECKING:
    import pandas as pd

    from coatopt.surrogate.contract import Level
    from coatopt.surrogate.evidence import Evidence
    from coatopt.workflow.advice_tables import ReplicateTables
    from coatopt.workflow.section_document import Findings


class ReadCampaign:
    """A campaign together with its ledger, which nothing here writes to.

    Args:
        storage: The campaign and where its ledger is.
    """

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    @property
    def definition(self) -> Campaign:
        """The frozen definition."""
        return self.storage.campaign

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

        request = FitRequest(_whole(seed), prior, None if save is None else Path(save))
        return fit_campaign(self.definition, self.storage.for_reading(), self.storage.folder, request, progress)

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

    def explore(
        self,
        at: str | Sequence[str] = (),
        along: str | Sequence[str] = (),
        over: tuple[str, str] | None = None,
        averaged: bool = False,
        seed: int = 0,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
    ) -> Findings:
        """Look at the trade-off, and at what the model expects where nobody tried.

        Args:
            at: Settings to predict, as in ``annealing_temperature=500``; what is not named stays as in the best sample.
            along: Parameters to go along; those that the data varied by default.
            over: Two parameters for a map; the two that matter most by default.
            averaged: Average maps over the other parameters.
            seed: Root seed.
            progress: Called with what is being done and the share that is done, 0 to 1.

        Returns:
            ``sections`` with tables and pictures, and ``document``.

        Raises:
            InputError: If a setting or a parameter is not possible.
        """
        from coatopt.workflow.explore_campaign import ExploreRequest, explore_campaign

        texts, names = ((given,) if isinstance(given, str) else tuple(given) for given in (at, along))
        request = ExploreRequest(texts, names, None if over is None else (over[0], over[1]), averaged, _whole(seed))
        return explore_campaign(self.definition, self._evidence(progress), request, progress)

    def write_page(self, found: Findings, file: str | PathLike[str]) -> None:
        """Write what ``explore`` or ``reanalyse`` found as one HTML file with its pictures.

        Args:
            found: The findings.
            file: The file.

        Raises:
            InputError: If it cannot be written.
        """
        from coatopt.workflow.report_campaign import write_page

        write_page(self.storage, found, Path(file))

    def reanalyse(
        self, seed: int = 0, progress: Callable[[str, float], None] = lambda _text, _share: None, **asked: Any
    ) -> Findings:
        """Say what the campaign has taught: what matters, what scatters, how samples rank, what more cells change.

        Args:
            seed: Root seed.
            progress: Called with what is being done and the share that is done, 0 to 1.
            **asked: ``replay``, ``pool`` or ``surrogate``, plays the campaign again, with ``seeds``, ``per_week`` and
                ``budget``; ``other``, the folder of an earlier campaign that may teach this one, with ``names`` of its
                metrics where they differ; ``cells``, how many more cells to think about.

        Returns:
            ``sections`` with tables and pictures, and ``document``.

        Raises:
            InputError: If an option is wrong.
        """
        from coatopt.workflow.reanalyse_campaign import reanalyse_campaign, reanalysis_request

        request = reanalysis_request(_whole(seed), asked)
        evidence = self._evidence(progress)
        return reanalyse_campaign(self.definition, evidence, self.storage.folder, request, progress)

    def report(
        self,
        file: str | PathLike[str],
        seed: int = 0,
        progress: Callable[[str, float], None] = lambda _text, _share: None,
        **asked: Any,
    ) -> dict[str, Any]:
        """Write everything that ``explore`` and ``reanalyse`` find into one HTML file.

        Args:
            file: The file.
            seed: Root seed.
            progress: Called with what is being done and the share that is done, 0 to 1.
            **asked: As for ``reanalyse``; also ``pdf``, a file, and ``png`` and ``csv``, folders.

        Returns:
            The document, with ``files`` that were written.

        Raises:
            InputError: If a file cannot be written, or a browser is needed and there is none.
        """
        from coatopt.workflow.report_campaign import report_campaign
        from coatopt.workflow.report_files import ReportFiles

        files = ReportFiles(Path(file), *(_path(asked.pop(kind, None)) for kind in ("pdf", "png", "csv")))
        return report_campaign(self.storage, files, _whole(seed), asked, progress)

    def _evidence(self, progress: Callable[[str, float], None] = lambda _text, _share: None) -> Evidence:
        from coatopt.workflow.evidence import gather

        return gather(self.definition, self.storage.for_reading(), self.storage.folder, progress)


def _path(given: str | PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _whole(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= int(seed) < 2**31:
        raise InputError(f"seed is a whole number, not {seed!r}")
    return int(seed)
