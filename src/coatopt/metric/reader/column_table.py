"""Time series in CSV, TSV, TXT, XLSX and parquet tables: Arbin, Maccor, Neware, BDF and plain columns."""

from __future__ import annotations

from coatopt.errors import InputError
from coatopt.metric.measured_data import TimeSeries
from coatopt.metric.reader.column_map import shipped_maps
from coatopt.metric.reader.column_series import MapReader
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.table_text import headers


class ColumnTableReader:
    """Reads any table that one of the shipped column maps recognises."""

    name = "column table"

    def recognises(self, content: FileContent) -> bool:
        """Tell whether one of the maps recognises a table in the file.

        Args:
            content: The file.

        Returns:
            True where one does, and for a workbook or parquet file that cannot be opened, so that ``read`` says why.
        """
        try:
            return self._reader(content) is not None
        except InputError:
            return True

    def read(self, content: FileContent) -> tuple[TimeSeries, ...]:
        """Read the file as the first map that recognises it says.

        Args:
            content: The file.

        Returns:
            Its time series.

        Raises:
            InputError: If no map recognises it, or it cannot be read without guessing.
        """
        reader = self._reader(content)
        if reader is None:
            raise InputError(f"{content.name} has no header with the columns of a cycler; write a column map for it")
        return reader.read(content)

    def _reader(self, content: FileContent) -> MapReader | None:
        rows = list(headers(content))
        for column_map in shipped_maps():
            reader = MapReader(column_map)
            if any(reader.fits(row) for row in rows):
                return reader
        return None


READER = ColumnTableReader()
