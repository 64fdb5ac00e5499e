"""What EC-Lab's columns mean, whether they come from an .mpr or from an .mpt file: units, steps, signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray, IntArray, TimeSeries
from coatopt.metric.reader.assembly import LARGEST_CHARGE, Columns, Texts, build_series
from coatopt.metric.reader.contract import FileContent, Reading
from coatopt.metric.reader.quoted import shown
from coatopt.metric.reader.time_series_charge import count_changes

_MAH_PER_COULOMB = 1 / 3.6
# Unit as EC-Lab or yadg writes it, without dots and with one micro sign, to the factor into ours.
UNITS: Mapping[str, Mapping[str, float]] = {
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0},
    "voltage": {"V": 1.0, "mV": 1e-3, "µV": 1e-6},
    "current": {"A": 1.0, "mA": 1e-3, "µA": 1e-6, "uA": 1e-6, "nA": 1e-9},
    "charge": {
        "Ah": 1e3,
        "mAh": 1.0,
        "µAh": 1e-3,
        "uAh": 1e-3,
        "C": _MAH_PER_COULOMB,
        "mC": 1e-3 * _MAH_PER_COULOMB,
        "µC": 1e-6 * _MAH_PER_COULOMB,
    },
    "impedance": {"Ohm": 1.0, "ohm": 1.0, "Ω": 1.0, "kOhm": 1e3, "kΩ": 1e3, "mOhm": 1e-3, "mΩ": 1e-3, "MOhm": 1e6},
    "frequency": {"Hz": 1.0, "mHz": 1e-3, "kHz": 1e3, "MHz": 1e6},
    "angle": {"deg": 1.0, "°": 1.0},
    "count": {"": 1.0},
}
QUANTITIES: Mapping[str, str] = {
    "time": "time",
    "Ewe": "voltage",
    "<Ewe>": "voltage",
    "Ecell": "voltage",
    "Ece": "voltage",
    "I": "current",
    "<I>": "current",
    "control_I": "current",
    "control_V": "voltage",
    "(Q-Qo)": "charge",
    "dq": "charge",
    "freq": "frequency",
    "Re(Z)": "impedance",
    "-Im(Z)": "impedance",
    "Im(Z)": "impedance",
    "|Z|": "impedance",
    "Phase(Z)": "angle",
    "mode": "count",
    "Ns": "count",
    "half cycle": "count",
    "cycle number": "count",
    "z cycle": "count",
}
_GALVANOSTATIC, _POTENTIOSTATIC, _REST = 1, 2, 3
_SAME_CHARGE = 0.01
_HELD_WITHIN = 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class EcLabTable:
    """The columns of one file under EC-Lab's names without the unit, each with its unit (empty for counts).

    ``started`` is the Unix time in s of ``time`` = 0, or None; ``first_line`` the line of the first row of a text.
    """

    content: FileContent
    reader: str
    version: str
    columns: Mapping[str, tuple[FloatArray, str]]
    rows: int
    technique: str = ""
    started: float | None = None
    notes: tuple[str, ...] = ()
    first_line: int | None = None

    @property
    def name(self) -> str:
        """File name, for messages."""
        return self.content.name

    def get(self, *names: str) -> FloatArray | None:
        """Find the first of some columns that the file has, in coatopt's units.

        Args:
            *names: EC-Lab's names, the best first.

        Returns:
            The values in s, V, A, mAh, ohm, Hz or degrees, shape (n,), or None where the file has none of them.

        Raises:
            InputError: If the column's unit is not one that we know for its quantity.
        """
        for name in names:
            if name in self.columns:
                values, unit = self.columns[name]
                known = UNITS[QUANTITIES[name]]
                factor = known.get(unit.replace(".", "").replace("·", "").replace("\u03bc", "µ").replace("\u2126", "Ω"))
                if factor is None:
                    stated = f"states the unit '{shown(unit)}'" if unit else "states no unit"
                    raise InputError(
                        f"{self.name}: column '{name}' {stated}; known here are {', '.join(u for u in known if u)}"
                    )
                with np.errstate(over="ignore", invalid="ignore"):
                    return np.asarray(np.asarray(values, np.float64) * factor, np.float64)
        return None

    def needed(self, what: str, *names: str) -> FloatArray:
        """Find a column that must be there.

        Args:
            what: What it holds, for the message.
            *names: EC-Lab's names, the best first.

        Returns:
            As ``get``.

        Raises:
            InputError: If it is not there, or its unit is unknown.
        """
        values = self.get(*names)
        if values is None:
            raise InputError(
                f"{self.name} has no column for the {what} ({' or '.join(names)}); export it from EC-Lab with it"
            )
        return values

    def counter(self, name: str) -> IntArray | None:
        """Find a column of whole numbers.

        Args:
            name: EC-Lab's name.

        Returns:
            Its values, shape (n,), or None where the file does not have it.

        Raises:
            InputError: If it holds anything but whole numbers.
        """
        values = self.get(name)
        if values is None:
            return None
        # The last row of a file may be cut short; build_series leaves it out by its other columns.
        values = np.where(np.isfinite(values), values, 0.0)
        if (np.abs(values) > 2**53).any() or (values != np.round(values)).any():
            raise InputError(f"{self.name}: column '{name}' must hold whole numbers; the file is damaged")
        return values.astype(np.int64)


def time_series(table: EcLabTable) -> Reading:
    """Make a time series of a technique that charges, discharges or rests.

    The step is a count of the changes of EC-Lab's ``Ns``, ``mode`` and ``half cycle``, so that a sequence that is
    run again counts on. The cycle is ``cycle number`` where the file has it, else half of ``half cycle`` (a charge
    and the discharge after it), else zero. EC-Lab's current is positive for oxidation at the working electrode,
    which charges a cell whose working electrode is the positive one.

    Args:
        table: The file's columns.

    Returns:
        One time series.

    Raises:
        InputError: If a column is missing, has an unknown unit, or the columns contradict each other.
    """
    time = table.needed("time", "time")
    voltage = table.needed("voltage", "Ewe", "<Ewe>", "Ecell")
    current, (charge, notes) = table.get("I", "<I>"), _charge(table)
    if current is None and charge is None and _is_rest(table):
        current, notes = np.zeros(table.rows), (*notes, "no current flows at open circuit: it was set to zero")
    ns, mode, half = table.counter("Ns"), table.counter("mode"), table.counter("half cycle")
    counters = [column for column in (ns, mode, half) if column is not None]
    step = count_changes(*counters) if counters else np.ones(table.rows, np.int64)
    cycle, cycle_note = _cycle(table, half)
    columns = Columns(
        time=time,
        voltage=voltage,
        current=current,
        charge=charge,
        step=step,
        step_type=_step_types(table, mode, step, current if current is not None else _moved(charge)),
        cycle=cycle,
        started=None if table.started is None else table.started + float(time[0]) if len(time) else None,
        notes=(*table.notes, *notes, *cycle_note, *_electrodes(table)),
        first_line=table.first_line,
    )
    series: TimeSeries = build_series(columns, table.content, table.reader, table.version)
    return (series,)


def _charge(table: EcLabTable) -> tuple[FloatArray | None, tuple[str, ...]]:
    net, increment = table.get("(Q-Qo)"), table.get("dq")
    with np.errstate(over="ignore", invalid="ignore"):
        summed = None if increment is None else np.cumsum(increment)
    if net is None or summed is None:
        return (net if net is not None else summed), ()
    rows = (np.abs(net) < LARGEST_CHARGE) & (np.abs(summed) < LARGEST_CHARGE)
    through = float(np.abs(np.diff(net[rows])).sum())
    apart = float(np.ptp(net[rows] - summed[rows])) if rows.any() else 0.0
    if apart <= _SAME_CHARGE * through:
        return net, ()
    share = f"{100 * apart / through:.2g} % of the charge passed" if through > 0 else f"{apart:.2g} mAh"
    return net, (f"the file's columns (Q-Qo) and dq differ by up to {share}; (Q-Qo) is used",)


def _moved(charge: FloatArray | None) -> FloatArray | None:
    with np.errstate(over="ignore", invalid="ignore"):
        return None if charge is None else np.diff(charge, prepend=charge[:1])


def _is_rest(table: EcLabTable) -> bool:
    mode = table.counter("mode")
    return "OCV" in table.technique or "Open Circuit" in table.technique or (mode is not None and (mode == _REST).all())


def _cycle(table: EcLabTable, half: IntArray | None) -> tuple[IntArray | None, tuple[str, ...]]:
    cycle = table.counter("cycle number")
    if cycle is not None or half is None:
        return cycle, ()
    return half // 2, ("cycles were counted from EC-Lab's half cycles, two to a cycle",)


def _electrodes(table: EcLabTable) -> tuple[str, ...]:
    counter_electrode = table.get("Ece")
    if counter_electrode is None or not (np.abs(counter_electrode) > _HELD_WITHIN).any():
        return ()
    return ("the voltage is Ewe, that of the working against the reference electrode; Ece is not zero in this file",)


def _step_types(table: EcLabTable, mode: IntArray | None, step: IntArray, flow: FloatArray | None) -> Texts | None:
    if mode is None or not len(step):
        return None
    control_current, control_voltage = table.get("control_I"), table.get("control_V")
    starts = np.flatnonzero(np.concatenate([[True], step[1:] != step[:-1]]))
    types = []
    for start, end in zip(starts, [*starts[1:], len(step)], strict=True):
        rows = slice(start, end)
        set_point = 0.0 if control_current is None else float(np.nan_to_num(control_current[rows][-1]))
        way = set_point or (0.0 if flow is None else float(np.nansum(flow[rows])))
        if mode[start] == _GALVANOSTATIC and control_current is not None and set_point == 0.0:
            way = 0.0
        held = control_voltage is None or float(np.ptp(np.nan_to_num(control_voltage[rows]))) <= _HELD_WITHIN
        types.append(_step_type(int(mode[start]), way, held=held))
    return np.repeat(np.array(types, "<U8"), np.diff([*starts, len(step)]))


def _step_type(mode: int, way: float, *, held: bool) -> str:
    if mode == _REST or (mode == _GALVANOSTATIC and way == 0.0):
        return "REST"
    direction = "CHG" if way > 0 else "DCH"
    if mode == _GALVANOSTATIC:
        return f"CC_{direction}"
    if mode == _POTENTIOSTATIC and held and way != 0.0:
        return f"CV_{direction}"
    return ""
