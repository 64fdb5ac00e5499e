from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.impedance.spectrum_check import Window, checked, frequency_text, part


def test_a_good_spectrum_comes_back_with_falling_frequencies(make_cell):
    spectrum = make_cell().spectrum()
    turned = replace(spectrum, frequency=spectrum.frequency[::-1], impedance=spectrum.impedance[::-1])
    for one in (spectrum, turned):
        assert np.array_equal(checked(one).frequency, spectrum.frequency)
        assert np.array_equal(checked(one).impedance, spectrum.impedance)


@pytest.mark.parametrize(
    ("frequency", "z", "message"),
    [
        (
            lambda f: f[:-1],
            lambda z: z,
            "cell.mpr, spectrum 1: the columns of frequency and impedance differ in length",
        ),
        (lambda f: f[:9], lambda z: z[:9], "has 9 points; a fit needs at least 15"),
        (lambda f: f, lambda z: np.where(np.arange(71) == 3, np.nan, z), "point 4 is not a number"),
        (lambda f: np.where(np.arange(71) == 6, 0.0, f), lambda z: z, "point 7 has no positive frequency"),
        (lambda f: f, lambda z: z - 60, "the real part at 1 MHz is not positive"),
        (lambda f: f, np.conj, r"most imaginary parts are positive, as of an inductor; if the column holds -Im\(Z\)"),
    ],
)
def test_bad_spectra_are_refused_in_a_sentence(make_cell, make_spectrum, frequency, z, message):
    good = make_cell().spectrum()
    with pytest.raises(InputError, match=message):
        checked(make_spectrum(frequency(good.frequency), z(good.impedance)))


def test_a_part_holds_the_window_with_ends_as_instruments_write_them(make_cell, make_spectrum):
    spectrum = make_cell().spectrum()
    nudged = replace(spectrum, frequency=spectrum.frequency * 0.9985)
    assert part(nudged, Window(1e5, 1.0)).frequency.size == part(spectrum, Window(1e5, 1.0)).frequency.size == 51


def test_inductive_points_at_the_upper_end_are_no_part_of_a_window(make_cell):
    spectrum = make_cell().spectrum()
    leads = replace(spectrum, impedance=spectrum.impedance + 2j * np.pi * spectrum.frequency * 3e-6)
    inductive = int(np.sum(leads.impedance.imag >= 0))
    assert inductive > 0
    assert part(leads, Window(1e6, 0.1)).frequency[0] == spectrum.frequency[inductive]


@pytest.mark.parametrize("ends", [(0.1, 1e6), (1e6, 0.0), (np.inf, 1.0), (np.nan, 1.0)])
def test_a_window_without_extent_is_refused(ends):
    with pytest.raises(InputError, match="is empty; give the higher frequency first"):
        Window(*ends)


def test_frequencies_are_written_as_people_do():
    assert [frequency_text(f) for f in (7.0000185e6, 10002.2, 0.0999)] == ["7 MHz", "10 kHz", "0.0999 Hz"]
    assert Window(1e6, 0.1).text == "1 MHz to 0.1 Hz"
