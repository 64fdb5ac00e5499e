"""One line of a file of published statistics, read column by column."""

from __future__ import annotations

import math
from collections.abc import Mapping

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.ledger.result_file import Cell, as_text, is_blank
from coatopt.quantity import Conversion, conversion

# No metric in any unit lies beyond these, and no study has more cells; what does would be lost in rounding.
_SMALLEST, _LARGEST, _MOST = 1e-30, 1e30, 1_000_000


class FieldError(InputError):
    """A cell that cannot be read: its column, and what is wrong, without the file and line.

    Args:
        field: The column.
        what: What is wrong, and what would be right.
    """

    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what
        super().__init__(f"{field}: {what}" if field else what)


class StatisticsRow:
    """One line; every method raises FieldError when its cell cannot be read.

    Args:
        campaign: The campaign whose metrics can be named.
        cells: Cell by column.
    """

    def __init__(self, campaign: Campaign, cells: Mapping[str, Cell]) -> None:
        self._campaign, self._cells = campaign, cells

    def text(self, column: str) -> str:
        """Read a cell.

        Args:
            column: Its column.

        Returns:
            Its text, empty where it says nothing.
        """
        cell = self._cells.get(column)
        return "" if is_blank(cell) else as_text(cell)

    def needed(self, column: str) -> str:
        """Read a cell that must not be empty.

        Args:
            column: Its column.

        Returns:
            Its text.

        Raises:
            FieldError: If it is empty.
        """
        text = self.text(column)
        if not text:
            raise FieldError(column, "the cell is empty; every line needs it")
        return text

    def one_of(self, column: str, words: tuple[str, ...]) -> str:
        """Read one of some words.

        Args:
            column: Its column.
            words: The words that are understood.

        Returns:
            One of them, or nothing where the cell is empty.

        Raises:
            FieldError: If it is another word.
        """
        text = self.text(column)
        if text and text not in words:
            raise FieldError(column, f"'{text}' is not understood{nearest(text, words)}")
        return text

    def metric(self, column: str) -> str:
        """Read the name of a metric.

        Args:
            column: Its column.

        Returns:
            The name.
        """
        self.needed(column)
        return self.one_of(column, tuple(metric.name for metric in self._campaign.metrics))

    def change_of_unit(self, metric: str) -> Conversion:
        """Read the unit.

        Args:
            metric: The metric that the line is about.

        Returns:
            How its numbers become numbers in the metric's unit.

        Raises:
            FieldError: If the unit measures something else.
        """
        unit = self.needed("unit")
        try:
            return conversion(unit, self._campaign.metric(metric).unit)
        except InputError as error:
            raise FieldError("unit", str(error)) from error

    def mean(self, column: str, metric: str, change: Conversion) -> float:
        """Read a mean that a metric can have.

        Args:
            column: Its column.
            metric: The metric that the line is about.
            change: How numbers of the line become numbers in the metric's unit.

        Returns:
            The mean, in the metric's unit.

        Raises:
            FieldError: If it is missing, 0 or outside the physical range of the metric.
        """
        value = self.number(column)
        if not value or abs(value) < _SMALLEST:
            raise FieldError(column, "it is empty or 0; every line needs a mean other than 0")
        mean = change.value(value)
        refusal = self._campaign.metric(metric).refuse(mean)
        if refusal:
            raise FieldError(column, f"{refusal} of {metric}; write a mean that cells can have")
        return mean

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """Read a number.

        Args:
            column: Its column.
            low: The lowest that is possible.
            high: The highest; 1e30 at most.

        Returns:
            The number; None where the cell is empty.

        Raises:
            FieldError: If it is no finite number, or outside these ends.
        """
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (abs(value) <= _LARGEST and low <= value <= high):
            raise FieldError(column, f"'{text}' is not a number{_between(value, low, high)}; write it as in '9.0'")
        return value

    def count(self, column: str, low: int) -> int | None:
        """Read a whole number.

        Args:
            column: Its column.
            low: The lowest that is possible.

        Returns:
            The number; None where the cell is empty.

        Raises:
            FieldError: If it is no whole number from there to a million.
        """
        value = self.number(column, low, _MOST)
        if value is None:
            return None
        if value != int(value):
            raise FieldError(column, f"{value:g} is not a whole number")
        return int(value)

    def half_digit(self, column: str) -> float:
        """Tell how far rounding may have moved a number.

        Args:
            column: Its column.

        Returns:
            Half a unit of its last digit.
        """
        number, _, power = self.text(column).lower().partition("e")
        return float(0.5 * 10.0 ** min(int(power or 0) - len(number.partition(".")[2]), 30))


def _between(value: float, low: float, high: float) -> str:
    """Say what ends a number has to keep to; the largest of all only to who has passed it."""
    if high == math.inf and abs(value) > _LARGEST:
        high = _LARGEST
        low = max(low, -_LARGEST)
    if low == -math.inf:
        return ""
    return f" from {low:g} on" if high == math.inf else f" from {low:g} to {high:g}"
