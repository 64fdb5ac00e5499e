"""Raw files of a made-up cell with known truth: formation, titration, rate test, hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coatopt.metric.impedance.circuit import impedance, log_angular
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, Spectrum, TimeSeries, integrate
from coatopt.metric.reader.bdf import write_bdf
from coatopt.metric.titration.reference_file import find_reference, read_reference

REFERENCE = read_reference(find_reference("LiNi82Co11Mn07"), None, Accuracy())
IN_INLI = 0.62


@dataclass(frozen=True)
class Truth:
    """What the files of the cell give back when they are read right."""

    cam_mass: float = 9.0
    utilization: float = 0.85
    ice: float = 0.88
    rate_capacity: float = 140.0
    growth: float = 8.0
    resistance: float = 120.0
    area: float = np.pi / 4


class _Log:
    """Rows of a cycler, written step by step."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, float, float, int, str]] = [(0.0, 3.0, 0.0, 0, "REST")]

    def flow(self, ampere: float, seconds: float, begin: float, end: float) -> None:
        kind = "CC_CHG" if ampere > 0 else "CC_DCH"
        self._add(ampere, seconds, np.linspace(begin, end, 120), kind)

    def rest(self, seconds: float, begin: float, end: float) -> None:
        late = np.linspace(0, 1, 120)
        self._add(0.0, seconds, end + (begin - end) * np.exp(-late * 20), "REST")

    def _add(self, ampere: float, seconds: float, voltages: np.ndarray, kind: str) -> None:
        now, step = self.rows[-1][0], self.rows[-1][3] + 1
        for share, voltage in zip(np.linspace(0, 1, len(voltages))[1:], voltages[1:], strict=True):
            self.rows.append((now + share * seconds, float(voltage), ampere, step, kind))

    def series(self) -> TimeSeries:
        time, voltage, current = (np.array([row[i] for row in self.rows]) for i in range(3))
        step = np.array([row[3] for row in self.rows])
        return TimeSeries(
            time=time,
            voltage=voltage - IN_INLI,
            current=current,
            charge=integrate(time, current, step),
            step=step,
            step_type=np.array([row[4] for row in self.rows]),
            cycle=np.zeros(len(step), dtype=np.int64),
            origins=(Origin(file="made-up", sha256="0" * 64, reader="test", reader_version="1"),),
        )


def cycling_file(folder: Path, truth: Truth, name: str = "cell_cycling.bdf.csv") -> Path:
    """Formation at 0.05C, a titration of five steps, one cycle at 1C; voltages against In/InLi."""
    log = _Log()
    slow, fast = 0.05 * 190 * truth.cam_mass * 1e-6, 190 * truth.cam_mass * 1e-6
    first = 220 * truth.utilization * truth.cam_mass / 1000
    log.flow(slow, 3.6 * first / slow, 3.0, 4.3)
    log.flow(-slow, 3.6 * first * truth.ice / slow, 4.25, 2.6)
    stops = np.array([3.56, 3.66, 3.74, 3.82, 3.90, 4.00])
    charges = REFERENCE.charge_at(stops) / REFERENCE.mass * truth.cam_mass * truth.utilization
    for i, stop in enumerate(stops):
        charge = charges[0] if i == 0 else charges[i] - charges[i - 1]
        log.flow(slow, 3.6 * charge / slow, stops[max(i - 1, 0)], stop + 0.04)
        log.rest(4 * 3600, stop + 0.04, stop)
    log.flow(-slow, 3.6 * charges[-1] / slow, 3.95, 2.6)
    last = truth.rate_capacity * truth.cam_mass / 1000
    log.flow(fast, 3.6 * last / fast, 3.4, 4.3)
    log.flow(-fast, 3.6 * last / fast, 4.1, 2.6)
    path = folder / name
    write_bdf(log.series(), path)
    return path


def spectrum(cathode: float, started: float, number: int, seed: int) -> Spectrum:
    """R-(RQ)-(RQ)-Q with the cathode's arc near 1 kHz and 0.3 % noise."""
    frequency = np.logspace(6, -1, 71)
    shape = [50.0, cathode, 1e-6, 0.9, 40.0, 1e-3, 0.85, 0.05, 0.6]
    parameters = _parameters(shape)
    clean = impedance(parameters, log_angular(frequency))
    noise = np.random.default_rng(seed).normal(size=(2, len(frequency)))
    return Spectrum(
        frequency=frequency,
        impedance=clean + 0.003 * np.abs(clean) * (noise[0] + 1j * noise[1]),
        origin=Origin(file="made-up", sha256="0" * 64, reader="test", reader_version="1"),
        number=number,
        started=started,
        duration=300.0,
        potential=3.7,
    )


def _parameters(shape: list[float]) -> np.ndarray:
    logarithmic = {0, 1, 2, 4, 5, 7}
    return np.array([np.log10(v) if i in logarithmic else v for i, v in enumerate(shape)])


def hold_file(folder: Path, truth: Truth, name: str = "cell_hold.bdf.csv") -> Path:
    """Ten hours at 3.7 V: six spectra with R = R0 + slope * sqrt(t)."""
    hours = np.linspace(0, 10, 6)
    areal = truth.resistance + truth.growth * np.sqrt(hours)
    spectra = [
        spectrum(float(value) / truth.area, float(1.75e9 + 3600 * hour), i + 1, seed=i)
        for i, (hour, value) in enumerate(zip(hours, areal, strict=True))
    ]
    path = folder / name
    write_bdf(spectra, path)
    return path
