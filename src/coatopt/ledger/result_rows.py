"""A results table to one ledger entry; every row is checked before any is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from coatopt.campaign.definition import Campaign
from coatopt.errors import InputError, Problem, ResultsError
from coatopt.ledger.contract import Ledger
from coatopt.ledger.record import Entry, Mark, Measurement, failed_subjects
from coatopt.ledger.result_file import ResultTable
from coatopt.ledger.result_header import Column, read_header
from coatopt.ledger.row import Row, RowParser
from coatopt.ledger.subject import Subjects

_MOST_PROBLEMS = 100


class RowReader:
    """Reads one table against a campaign and its ledger.

    Args:
        table: The raw table.
        campaign: The campaign that it belongs to.
        ledger: What is recorded so far.
        by: Who records, unless a row says otherwise.
    """

    def __init__(self, table: ResultTable, campaign: Campaign, ledger: Ledger, by: str) -> None:
        self._table, self._campaign, self._ledger, self._by = table, campaign, ledger, by
        self._problems: list[Problem] = []
        self._current = {m.subject: m for m in ledger.measurements(campaign.name)}
        self._failed = failed_subjects(ledger.marks(campaign.name))
        self._measured_cells = {(m.sample, m.cell) for m in self._current.values() if m.cell is not None}
        self._cells_in_table = False
        self._repeats: Counter[tuple[str, str | None, str]] = Counter()
        self._measurements: list[Measurement] = []
        self._marks: list[Mark] = []
        self._known = 0

    def _report(self, place: str, field: str, what: str, fix: str = "") -> None:
        line = int(place.split()[1]) if place.startswith("line ") else None
        where = ": ".join(part for part in ("" if line else place, field) if part)
        self._problems.append(Problem(self._table.name, line, where, what, fix))

    def _stop_if_wrong(self) -> None:
        if self._problems:
            raise ResultsError(self._problems[:_MOST_PROBLEMS])

    def entry(self) -> Entry:
        """Read all rows.

        Returns:
            What the table adds to the ledger; without samples, measurements and marks when all is known.

        Raises:
            ResultsError: If anything in the table is wrong; all mistakes at once.
        """
        columns = read_header(self._table.header, self._campaign, lambda f, w, x: self._report("", f, w, x))
        self._cells_in_table = any(c.role == "metric" and self._campaign.measured_on_cells(c.name) for c in columns)
        self._check_columns(columns)
        self._stop_if_wrong()
        try:
            rows = RowParser(self._table, columns, self._campaign, self._report).rows()
        except InputError as error:
            what, _, fix = str(error).partition("; ")
            self._report("", "", what, fix)
            rows = []
        subjects = Subjects(self._campaign, self._ledger, rows, self._report)
        owned = [(row, sample) for row in rows if (sample := subjects.sample(row)) is not None]
        several = Counter(sample for row, sample in owned if "cell" not in row.texts)
        for row, sample in owned:
            self._read_row(row, sample, several[sample] > 1, subjects)
        self._stop_if_wrong()
        return Entry(
            kind="record",
            by=self._by,
            detail={
                "file": self._table.name,
                "rows": len(self._table.rows),
                "already_known": self._known,
                "units": self._campaign.units(),
            },
            fingerprint=self._table.fingerprint,
            runs=subjects.new_runs,
            samples=tuple(subjects.new_samples),
            cells=tuple(subjects.new_cells),
            measurements=tuple(self._measurements),
            marks=tuple(self._marks),
        )

    def _check_columns(self, columns: tuple[Column, ...]) -> None:
        roles = {(column.role, column.name) for column in columns}
        keyed = {("key", "sample"), ("key", "cell")} & roles
        if not keyed and not any(role == "parameter" for role, _ in roles):
            fix = "add a column 'sample' or 'cell' with ids of the plan, or parameter columns for historical samples"
            self._report("", "", "no column says which sample a row belongs to", fix)
        if not any(role == "metric" or name == "failed" for role, name in roles):
            known = ", ".join(metric.name for metric in self._campaign.metrics)
            self._report("", "", "no column holds a result", f"add at least one of {known}, or failed")
        for role, name in roles:
            if role == "sd" and ("metric", name) not in roles:
                self._report("", f"{name}_sd", f"a standard deviation without a column '{name}'", f"add '{name}'")

    def _read_row(self, row: Row, sample: str, several: bool, subjects: Subjects) -> None:
        on_cells = [name for name in row.results if self._campaign.measured_on_cells(name)]
        # A blank row of a sample keeps its cell's number free for a later, longer file.
        counts = "cell" not in row.texts and (bool(on_cells) or (several and self._cells_in_table))
        number = subjects.next_number(sample) if counts else 0
        failed_cell = "failed" in row.texts and ("cell" in row.texts or (number > 0 and self._campaign.cell_stage))
        cell = subjects.cell(row, sample, number) if on_cells or failed_cell else None
        if cell is None and (on_cells or failed_cell):
            return
        for name in row.results:
            self._read_result(row, name, sample, cell if name in on_cells else None)
        if "failed" in row.texts:
            # A failure beside a cell's result is that cell's; alone on a sample's only row it is the sample's.
            self._mark_failed(row, sample, cell)

    def _read_result(self, row: Row, name: str, sample: str, cell: str | None) -> None:
        result, texts = row.results[name], row.texts
        self._repeats[sample, cell, name] += 1
        measurement = Measurement(
            metric=name,
            unit=self._campaign.metric(name).unit,
            sample=sample,
            cell=cell,
            repeat=self._repeats[sample, cell, name],
            value=result.value,
            sd=result.sd,
            low=result.low,
            high=result.high,
            source=texts.get("source", self._table.name),
            note=texts.get("note", ""),
            measured_on=texts.get("measured_on"),
            by=texts.get("by", self._by),
        )
        if cell is not None and measurement.repeat > 1:
            fix = "give each cell one row, or write the mean with its standard deviation"
            self._report(row.place, "cell", f"the cell '{cell}' has {name} twice in this file", fix)
            return
        if "failed" not in row.texts and not self._usable(row, sample, cell):
            return
        self._add(row, measurement)

    def _usable(self, row: Row, sample: str, cell: str | None) -> bool:
        """Whether results may come in for a subject; one that failed needs a reason why it did not."""
        for subject in {(sample, None), (sample, cell)} & self._failed:
            if "correction" not in row.texts:
                what = f"{subject[1] or sample} is recorded as failed, yet it has a result here"
                self._report(row.place, "failed", what, "if it did not fail, write why into a column 'correction'")
                return False
            self._failed.discard(subject)
            reason = row.texts["correction"]
            self._marks.append(Mark(kind="restored", sample=sample, cell=subject[1], reason=reason))
        return True

    def _add(self, row: Row, measurement: Measurement) -> None:
        old = self._current.get(measurement.subject)
        correction = row.texts.get("correction")
        if old is not None and old.same_result(measurement):
            self._known += 1
        elif old is None:
            note = "; ".join(part for part in (measurement.note, correction) if part)
            self._measurements.append(replace(measurement, note=note))
        elif correction is None:
            where = measurement.cell or measurement.sample
            what = f"{where} already has {measurement.metric} = {old.text()}, the row says {measurement.text()}"
            fix = (
                "to correct it, write the reason into a column 'correction'; for another cell or repeat, give both rows"
            )
            self._report(row.place, measurement.metric, what, fix)
        elif measurement.cell is not None and "cell" not in row.texts and self._several_cells(measurement):
            what = f"{measurement.sample} has {measurement.metric} of several cells"
            self._report(row.place, "correction", what, "name the cell that you correct in a column 'cell'")
        else:
            self._measurements.append(replace(measurement, supersedes=old.id, correction=correction))

    def _several_cells(self, measurement: Measurement) -> bool:
        cells = {
            m.cell for m in self._current.values() if (m.sample, m.metric) == (measurement.sample, measurement.metric)
        }
        return len(cells) > 1

    def _mark_failed(self, row: Row, sample: str, cell: str | None) -> None:
        if (sample, cell) in self._failed:
            self._known += 1
            return
        if cell is None and any(owner == sample for owner, _ in self._measured_cells):
            what = f"{sample} has cells with results, so it is not clear what failed"
            self._report(row.place, "failed", what, "name each cell that failed in a column 'cell'")
            return
        self._failed.add((sample, cell))
        self._marks.append(Mark(kind="failed", sample=sample, cell=cell, reason=row.texts["failed"]))
