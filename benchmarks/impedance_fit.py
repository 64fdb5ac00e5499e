"""Our circuit fit with 12 random starts beside impedance.py's with one, on the same spectra in one run.

    python benchmarks/impedance_fit.py

Prints seconds of CPU per fit, their ratio, and how far the resistances of both fits lie from the truth.
"""

from __future__ import annotations

import time
import warnings

import numpy as np

from coatopt.metric.impedance.circuit import impedance, log_angular
from coatopt.metric.impedance.circuit_fit import fit_circuit
from coatopt.metric.measured_data import Origin, Spectrum

TRUTH = np.array([50.0, 15.0, 1e-7, 0.9, 200.0, 1e-4, 0.8, 0.05, 0.6])
LOGARITHMIC = [0, 1, 2, 4, 5, 7]
SPECTRA = 10


def made_up(seed: int) -> Spectrum:
    """A spectrum of R-(RQ)-(RQ)-Q with 0.4 % noise, 1 MHz to 0.1 Hz, ten points per decade."""
    frequency = np.logspace(6, -1, 71)
    parameters = TRUTH.copy()
    parameters[LOGARITHMIC] = np.log10(parameters[LOGARITHMIC])
    clean = impedance(parameters, log_angular(frequency))
    noise = np.random.default_rng(seed).normal(size=(2, len(frequency)))
    origin = Origin(file="made-up", sha256="0" * 64, reader="benchmark", reader_version="1")
    return Spectrum(
        frequency=frequency,
        impedance=clean + 0.004 * np.abs(clean) * (noise[0] + 1j * noise[1]),
        origin=origin,
    )


def ours(spectrum: Spectrum) -> tuple[float, list[float]]:
    """CPU seconds, and R0, R1, R2 in ohm."""
    begin = time.process_time()
    fit = fit_circuit(spectrum.frequency, spectrum.impedance, 0)
    seconds = time.process_time() - begin
    return seconds, [float(part.nominal_value) for part in (fit.separator, *(arc.resistance for arc in fit.arcs))]


def theirs(spectrum: Spectrum) -> tuple[float, list[float]]:
    """The same of impedance.py from one start within a factor 3 of the truth."""
    from impedance.models.circuits import CustomCircuit

    guess = (TRUTH * np.array([0.5, 2, 3, 1, 0.5, 3, 1, 2, 1])).tolist()
    circuit = CustomCircuit("R0-p(R1,CPE1)-p(R2,CPE2)-CPE3", initial_guess=guess)
    begin = time.process_time()
    circuit.fit(spectrum.frequency, spectrum.impedance, weight_by_modulus=True)
    return time.process_time() - begin, [float(circuit.parameters_[i]) for i in (0, 1, 4)]


def main() -> None:
    """Run both on the same spectra, turn by turn."""
    warnings.simplefilter("ignore")
    times: dict[str, list[float]] = {"coatopt": [], "impedance.py": []}
    found: dict[str, list[list[float]]] = {"coatopt": [], "impedance.py": []}
    for seed in range(SPECTRA):
        spectrum = made_up(seed)
        for name, fit in (("coatopt", ours), ("impedance.py", theirs)):
            seconds, values = fit(spectrum)
            times[name].append(seconds)
            found[name].append(values)
    for name, seconds_each in times.items():
        off = 100 * (np.median(found[name], axis=0) / TRUTH[[0, 1, 4]] - 1)
        print(f"{name:13s} {np.median(seconds_each):7.3f} s CPU per fit; R0, R1, R2 off by {np.round(off, 2)} %")
    ratio = np.array(times["impedance.py"]) / np.array(times["coatopt"])
    print(f"impedance.py with one start takes {np.median(ratio):.1f} times as long as coatopt with 12")


if __name__ == "__main__":
    main()
