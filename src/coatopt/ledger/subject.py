"""Which sample, and which of its cells, a row of results speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from coatopt.campaign.definition import Campaign
from coatopt.campaign.parameter import Fixed, Settings
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.identity import cell_id, check_sample_id, split_cell_id
from coatopt.ledger.record import Cell, Run, Sample
from coatopt.ledger.row import Row
from coatopt.ledger.sample_runs import SampleRuns
from coatopt.ledger.settings_check import check_settings, same_value

Report = Callable[[str, str, str, str], None]
_PLANNED = re.compile(r"^(\d\d)?W\d\d-")


class Subjects:
    """Finds samples and cells, and makes those of historical rows and of cells built beyond the plan.

    Args:
        campaign: The campaign.
        ledger: What is recorded so far.
        rows: All rows of the table, since several rows of a sample are its cells in order.
        report: Called with place, field, what is wrong and what would be right, once per mistake.
    """

    def __init__(self, campaign: Campaign, ledger: Ledger, rows: Sequence[Row], report: Report) -> None:
        self._campaign, self._report = campaign, report
        self._samples = {sample.id: sample for sample in ledger.samples(campaign.name)}
        self._cells = {cell.id: cell for cell in ledger.cells(campaign.name)}
        self._runs = SampleRuns(campaign, ledger, report)
        self._by_settings: dict[tuple[object, ...], list[Sample]] = {}
        for known in self._samples.values():
            if known.origin == "historical":
                self._by_settings.setdefault(_key(known.settings, known.reference), []).append(known)
        self._named_cells = {row.texts["cell"] for row in rows if "cell" in row.texts}
        self._next_cell: Counter[str] = Counter()
        self.new_samples: list[Sample] = []
        self.new_cells: list[Cell] = []

    @property
    def new_runs(self) -> tuple[Run, ...]:
        """Runs of historical rows that nobody planned."""
        return self._runs.new

    def sample(self, row: Row) -> str | None:
        """Find, or for a historical row make, the sample of a row.

        Args:
            row: The row.

        Returns:
            Its id, or None after a mistake was reported.
        """
        cell, sample = row.texts.get("cell"), row.texts.get("sample")
        if cell is not None:
            owner = self._owner(row, cell)
            if owner is not None and sample is not None and sample != owner:
                what = f"the cell '{cell}' does not belong to the sample '{sample}'"
                self._report(row.place, "cell", what, "correct one of them")
                return None
            if owner is None:
                return None
            sample = owner
        if sample is None and not row.settings:
            self._report(row.place, "sample", "the row names no sample", "fill in the sample or the cell")
            return None
        if sample in self._samples and sample is not None:
            return sample if self._agrees(row, self._samples[sample]) else None
        strange = sample is not None and (_PLANNED.match(sample) or not (row.settings or "reference" in row.texts))
        if strange:
            what = f"the sample '{sample}' is unknown{nearest(str(sample), self._samples)}"
            self._report(row.place, "sample", what, "")
            return None
        return self._historical(row, sample)

    def _owner(self, row: Row, cell: str) -> str | None:
        if cell in self._cells:
            return self._cells[cell].sample
        owner, number = split_cell_id(cell)
        named = [split_cell_id(text) for text in {*self._cells, *self._named_cells}]
        built = {number for sample, number in named if sample == owner}
        known_sample = owner in self._samples or bool(row.settings)
        # Cells are numbered without gaps; a larger number is more likely a slip of the pen.
        if owner is None or not known_sample or number > len(built):
            self._report(row.place, "cell", f"the cell '{cell}' is unknown{nearest(cell, self._cells)}", "")
            return None
        return owner

    def _agrees(self, row: Row, sample: Sample) -> bool:
        agrees = self._runs.agrees(row, sample)
        for name, value in row.settings.items():
            recorded = sample.settings.get(name)
            if not same_value(value, recorded):
                agrees = False
                what = f"{sample.id} is recorded with {recorded}, the row says {value}"
                fix = "correct the row, or give the sample another id if it is another one"
                self._report(row.place, name, what, fix)
        return agrees

    def _historical(self, row: Row, sample: str | None) -> str | None:
        reference = row.texts.get("reference")
        complete = {
            p.name: row.settings.get(p.name, p.value if isinstance(p, Fixed) else None)
            for p in self._campaign.parameters
        }
        mistakes = [] if reference is not None else list(check_settings(self._campaign, complete))
        try:
            if sample is not None:
                check_sample_id(sample)
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            mistakes.append(("sample", what, fix))
        for field, what, fix in mistakes:
            self._report(row.place, field, what, fix)
        runs = self._runs.stated(row)
        if mistakes or runs is None:
            return None
        alike = self._by_settings.setdefault(_key(complete, reference), [])
        sample = self._nameless(row, alike, runs) if sample is None else sample
        if sample is None or sample in self._samples:
            return sample
        if not self._runs.join(row, runs, complete):
            return None
        new = Sample(id=sample, origin="historical", settings=complete, runs=tuple(runs.values()), reference=reference)
        self._samples[sample] = new
        self.new_samples.append(new)
        alike.append(new)
        return sample

    def _nameless(self, row: Row, alike: Sequence[Sample], runs: Mapping[str, str]) -> str | None:
        """Tell which of the samples with its settings a row without id is of, or name a new one."""
        own = {known.id: self._runs.of(known) for known in alike}
        same = [known for known in alike if all(own[known.id].get(stage) == run for stage, run in runs.items())]
        if len({known.runs for known in same}) > 1:
            what = f"{' and '.join(known.id for known in same)} have these settings, in different runs"
            self._report(row.place, "sample", what, "name the sample or its run")
            return None
        if same:
            return same[0].id
        for known in alike:
            lacking = [stage for stage, run in runs.items() if own[known.id].get(stage) != run]
            if all(stage not in own[known.id] for stage in lacking):
                what = f"{known.id} has these settings and is recorded without a run of {lacking[0]}"
                fix = "leave the run out if it is this sample, or give the row a sample id of its own"
                self._report(row.place, f"{lacking[0]}_run", what, fix)
                return None
        return next(name for i in range(1, len(self._samples) + 2) if (name := f"H{i}") not in self._samples)

    def next_number(self, sample: str) -> int:
        """Count a row of a sample that names no cell: the rows of a sample are its cells in order.

        Args:
            sample: Id of the sample.

        Returns:
            Number of the next cell that no other row of the table names.
        """
        self._next_cell[sample] += 1
        while cell_id(sample, self._next_cell[sample]) in self._named_cells:
            self._next_cell[sample] += 1
        return self._next_cell[sample]

    def cell(self, row: Row, sample: str, number: int) -> str | None:
        """Find or make the cell of a row.

        Args:
            row: The row.
            sample: Id of its sample.
            number: Which cell it is, when the row names none.

        Returns:
            Id of the cell, or None after a mistake was reported.
        """
        if "cell" in row.texts:
            return self.register(row.texts["cell"], sample)
        cell = cell_id(sample, number)
        planned = [known for known in self._cells.values() if known.sample == sample]
        if self._samples[sample].origin == "planned" and cell not in self._cells:
            what = f"there are more rows for {sample} than its {len(planned)} cells"
            self._report(row.place, "sample", what, "name the cell of each row in a column 'cell'")
            return None
        return self.register(cell, sample)

    def register(self, cell: str, sample: str) -> str:
        """Make a cell known.

        Args:
            cell: Id of the cell.
            sample: Id of its sample.

        Returns:
            Id of the cell.
        """
        if cell not in self._cells:
            self._cells[cell] = Cell(id=cell, sample=sample)
            self.new_cells.append(self._cells[cell])
        return cell


def _key(settings: Settings, reference: str | None) -> tuple[object, ...]:
    return (reference, *sorted(settings.items(), key=lambda item: item[0]))
