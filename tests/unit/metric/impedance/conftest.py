"""Spectra with known truth, and the real ones of the test data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coatopt.metric.impedance.circuit import impedance, log_angular
from coatopt.metric.measured_data import Origin, Spectrum
from coatopt.metric.reader.open_file import read_spectra

DATA = Path(__file__).parents[3] / "data" / "impedance"
SWEEP = np.logspace(6, -1, 71)


class Cell:
    """R0 - (R1 Q1) - (R2 Q2) - Q3 with arcs given by their apex frequencies."""

    def __init__(self, r0=50.0, arc1=(15.0, 3e4, 0.9), arc2=(200.0, 30.0, 0.85), tail=(0.05, 0.6)):
        self.resistances = np.array([r0, arc1[0], arc2[0]])
        self.arcs, self.tail = (arc1, arc2), tail

    def parameters(self):
        values = [np.log10(self.resistances[0])]
        for resistance, apex, alpha in self.arcs:
            values += [np.log10(resistance), -alpha * np.log10(2 * np.pi * apex) - np.log10(resistance), alpha]
        return np.array([*values, np.log10(self.tail[0]), self.tail[1]])

    def spectrum(self, noise=0.0, seed=0, frequency=SWEEP, **about):
        z = impedance(self.parameters(), log_angular(frequency))
        return spectrum(frequency, noisy(z, noise, seed), **about)


def noisy(z, noise, seed):
    rng = np.random.default_rng(seed)
    return z + np.abs(z) * noise * (rng.standard_normal(z.size) + 1j * rng.standard_normal(z.size))


def spectrum(frequency, z, file="cell.mpr", **about):
    origin = Origin(file=file, sha256="0" * 64, reader="made", reader_version="1")
    return Spectrum(frequency=np.asarray(frequency), impedance=np.asarray(z), origin=origin, **about)


def drifting(rise, noise=0.0, seed=0, cell=None):
    """A sweep during which the second arc grows in proportion to the time that has passed."""
    cell = cell or Cell()
    passed = np.cumsum(3 / SWEEP + 0.5)
    z = []
    for frequency, share in zip(SWEEP, passed / passed[-1], strict=True):
        parameters = cell.parameters()
        parameters[4] += np.log10(1 + rise * share)
        z.append(impedance(parameters, log_angular(np.array([frequency])))[0])
    return spectrum(SWEEP, noisy(np.array(z), noise, seed))


@pytest.fixture(scope="session")
def solid_state():
    """Impedance of a real NCM | Li6PS5Cl | InLi cell, 7 MHz to 10 mHz."""
    return read_spectra(DATA / "PEIS_SSB.mpr")[0]


@pytest.fixture(scope="session")
def four_spectra():
    return read_spectra(DATA / "PEIS_four_spectra.mpr")


@pytest.fixture
def make_cell():
    return Cell


@pytest.fixture
def make_drifting():
    return drifting


@pytest.fixture
def make_spectrum():
    return spectrum
