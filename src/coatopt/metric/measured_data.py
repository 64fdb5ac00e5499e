"""What a reader hands over: a time series or an impedance spectrum, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
ComplexArray: TypeAlias = npt.NDArray[np.complex128]
Against: TypeAlias = Literal["as measured", "Li+/Li"]

STEP_TYPES = ("", "REST", "CC_CHG", "CC_DCH", "CV_CHG", "CV_DCH", "CCCV_CHG", "CCCV_DCH", "EIS")
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where data came from: enough to read the same file again and to know that it is the same."""

    file: str
    sha256: str
    reader: str
    reader_version: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeSeries:
    """What a cycler wrote down, row by row, in SI units and one sign convention.

    Attributes:
        time: Test time in s, never decreasing, shape (n,).
        voltage: Voltage in V, shape (n,); what it is measured against says ``against``.
        current: Current in A, shape (n,); positive while the cell is charged.
        charge: Net charge since the first row in mAh, shape (n,); rises while the cell is charged.
        charge_from: How ``charge`` was found: ``current`` (integrated over time) or ``file`` (the file's own
            column, where it records no current).
        step: Number of the instrument's step, shape (n,); changes when the instrument changed what it does.
        step_type: One of ``STEP_TYPES`` for each row, shape (n,); empty where the file does not say.
        cycle: The file's own cycle count, shape (n,); all zero where it has none.
        against: ``as measured``, or ``Li+/Li`` once an offset was added or where the file says so.
        offset: V that were added to what was measured; 0 where none was.
        started: Unix time of ``time = 0`` in s, or None when the file does not say.
        origins: The files, in the order of time.
    """

    time: FloatArray
    voltage: FloatArray
    current: FloatArray
    charge: FloatArray
    step: IntArray
    step_type: npt.NDArray[np.str_]
    cycle: IntArray
    origins: tuple[Origin, ...]
    charge_from: Literal["current", "file"] = "current"
    against: Against = "as measured"
    offset: float = 0.0
    started: float | None = None

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in ("voltage", "current", "charge", "step", "step_type", "cycle")}
        if lengths != {len(self.time)}:
            raise InputError(f"the columns of {self.name} differ in length")
        if len(self.time) < 2:
            raise InputError(f"{self.name} holds fewer than two rows of data")

    @property
    def name(self) -> str:
        """The file, or files, for messages."""
        return " and ".join(origin.file for origin in self.origins)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader had to say about the file."""
        return tuple(note for origin in self.origins for note in origin.notes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Spectrum:
    """One impedance spectrum.

    Attributes:
        frequency: In Hz, falling, shape (n,).
        impedance: In ohm, shape (n,); the imaginary part is negative where the cell is capacitive.
        started: Seconds since the first spectrum of its file (or Unix time, in a file that has it) at which
            the sweep began, or None.
        duration: Seconds that the sweep took, or None.
        potential: Mean cell voltage during the sweep in V, or None.
        against: What ``potential`` is measured against.
        number: Position in its file, from 1.
        origin: The file.
    """

    frequency: FloatArray
    impedance: ComplexArray
    origin: Origin
    number: int = 1
    started: float | None = None
    duration: float | None = None
    potential: float | None = None
    against: Against = "as measured"

    @property
    def name(self) -> str:
        """The file and the position in it, for messages."""
        return f"{self.origin.file}, spectrum {self.number}"


def integrate(time: FloatArray, current: FloatArray, step: IntArray) -> FloatArray:
    """Integrate current over time, without a trapezium across a change of step.

    Between two rows of one step the current is interpolated; where the step changes, the new step's current
    has flowed since the last row of the old one.

    Args:
        time: In s, shape (n,), never decreasing.
        current: In A, shape (n,).
        step: Number of the step of each row, shape (n,).

    Returns:
        Net charge since the first row in mAh, shape (n,).
    """
    same = step[1:] == step[:-1]
    mean = np.where(same, (current[1:] + current[:-1]) / 2, current[1:])
    return np.concatenate([[0.0], np.cumsum(mean * np.diff(time))]) * 1000 / SECONDS_PER_HOUR


def against_lithium(series: TimeSeries, offset: float) -> TimeSeries:
    """Refer the voltages to Li+/Li, once.

    Args:
        series: Voltages as measured, for example against In/InLi.
        offset: Potential of the counter electrode against Li+/Li in V; 0.62 for the In/InLi two-phase
            plateau (Santhosha et al., Batteries & Supercaps 2019, 2, 524), 0 where lithium is the counter.

    Returns:
        The same series with ``voltage`` against Li+/Li.

    Raises:
        InputError: If the voltages are against Li+/Li already, or the offset cannot be one.
    """
    if series.against == "Li+/Li":
        raise InputError(
            f"the voltages of {series.name} are against Li+/Li already ({series.offset:+g} V was added); "
            "leave the offset out, since adding it twice gives nonsense"
        )
    if not -1.0 <= offset <= 2.0:
        raise InputError(f"an offset of {offset:g} V cannot be the potential of a counter electrode against Li+/Li")
    return replace(series, voltage=series.voltage + offset, against="Li+/Li", offset=offset)
