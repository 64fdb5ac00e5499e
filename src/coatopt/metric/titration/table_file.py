"""Tables of a titration: which files are one, and what their columns are called."""

from __future__ import annotations

from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import column_names

POTENTIAL_NAMES = ("OCV", "U", "E", "Ewe", "Voltage", "Potential")
CHARGE_NAMES = ("Q_corr", "Q", "Charge", "Capacity")
_TIMES = {"time", "test time", "t", "step time", "total time"}


def titration_columns(content: FileContent) -> set[str]:
    """Find out whether a file is a table of relaxed potentials, or of potential and charge without time.

    Args:
        content: The file.

    Returns:
        Names of its columns in lower case; none when the file is something else, such as raw data.
    """
    names = column_names(content)
    kinds = ({"ocv1", "ocv2"}, {"ocv"}, {"u", "q"})
    return names if any(kind <= names for kind in kinds) and not names & _TIMES else set()
