from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from coatopt.metric.impedance.kramers_kronig import kramers_kronig, without_trimmed
from coatopt.metric.impedance.spectrum_check import checked


def test_a_clean_spectrum_passes_with_ten_elements_or_more_and_prints_nothing(make_cell, capsys):
    # As shipped, impedance.py 1.7.1 ends here in NameError with numpy 2, and prints every tenth M.
    outcome = kramers_kronig(make_cell().spectrum())
    assert outcome.verdict == "passed"
    assert outcome.elements >= 10
    assert outcome.largest < 0.1
    assert outcome.note == ""
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_a_rise_of_15_percent_during_the_sweep_is_flagged(make_drifting, noise):
    outcome = kramers_kronig(make_drifting(0.15, noise, seed=1))
    assert outcome.verdict == "failed"
    assert outcome.largest == pytest.approx(1.7, abs=0.35)
    assert outcome.frequency < 1
    assert "the cell changed during the sweep" in outcome.note
    assert f"{outcome.largest:.1f} %" in outcome.note


def test_no_rise_is_not_flagged_at_the_same_noise(make_drifting):
    assert all(kramers_kronig(make_drifting(0.0, 0.002, seed)).verdict == "passed" for seed in range(5))


def test_a_rise_of_5_percent_passes_as_the_docstring_says(make_drifting):
    outcome = kramers_kronig(make_drifting(0.05))
    assert outcome.verdict == "passed"
    assert outcome.largest == pytest.approx(0.56, abs=0.1)
    assert "with 5 % it is 0.6 % and passes" in kramers_kronig.__doc__


@pytest.mark.parametrize("alpha", [0.95, 1.0])
def test_ideal_semicircles_pass(make_cell, alpha):
    # With 2 elements per decade they fail with 1.8 and 2.6 %.
    cell = make_cell(arc1=(100.0, 1e3, alpha), arc2=(60.0, 1.0, alpha), tail=(0.3, 0.6))
    outcome = kramers_kronig(cell.spectrum(noise=0.001, seed=1))
    assert outcome.verdict == "passed"
    assert outcome.largest < 0.6


def test_a_spectrum_without_any_arc_does_not_break_the_test(make_spectrum):
    flat = make_spectrum(np.logspace(6, -1, 71), np.full(71, 50 - 0j))
    assert kramers_kronig(flat).verdict in ("passed", "not tested")


def test_noise_is_told_from_drift(make_cell):
    outcomes = [kramers_kronig(make_cell().spectrum(noise=0.006, seed=seed)) for seed in range(6)]
    assert [outcome.verdict for outcome in outcomes].count("noisy") >= 5
    assert "scatters like noise" in next(one.note for one in outcomes if one.verdict == "noisy")


def test_a_blocking_end_passes(make_cell):
    assert kramers_kronig(make_cell(tail=(1e-3, 0.98)).spectrum()).verdict == "passed"


def test_real_spectra_pass(solid_state, four_spectra):
    # With the fourth of the four, linKK alone stops at 5 elements and calls a residual of 31 %.
    for spectrum in (solid_state, *four_spectra):
        outcome = kramers_kronig(spectrum)
        assert outcome.verdict == "passed", spectrum.name
        assert outcome.rms < 0.2
        assert not outcome.trimmed


def with_leads(spectrum, above, size=0.03):
    """An artefact that no causal system makes: the real part alone is off, in turn up and down."""
    bad = spectrum.frequency > above
    sign = np.where(np.arange(bad.size) % 2 == 0, 1.0, -1.0)
    return replace(spectrum, impedance=spectrum.impedance * (1 + size * bad * sign))


def test_points_that_leads_have_spoilt_are_left_out_from_the_top(solid_state):
    spoilt = with_leads(solid_state, 1.7e6)
    expected = tuple(spoilt.frequency[spoilt.frequency > 1.7e6])
    outcome = kramers_kronig(spoilt)
    assert outcome.verdict == "passed"
    assert outcome.before_trim > 1 > outcome.largest
    assert 0 < len(outcome.trimmed) <= len(expected)
    assert outcome.trimmed == expected[: len(outcome.trimmed)]
    assert f"{len(outcome.trimmed)} points from 7 MHz" in outcome.note
    rest = without_trimmed(spoilt, outcome)
    assert len(rest.frequency) == len(spoilt.frequency) - len(outcome.trimmed)
    again = kramers_kronig(rest)
    assert again.verdict == "passed"
    assert again.largest == outcome.largest


def test_points_below_1_mhz_are_never_left_out(make_cell):
    spoilt = with_leads(make_cell().spectrum(), 2e5)
    outcome = kramers_kronig(spoilt)
    assert outcome.verdict != "passed"
    assert outcome.trimmed == ()
    assert len(without_trimmed(spoilt, outcome).frequency) == 71


def test_trimming_that_does_not_help_is_not_done(make_cell):
    spectrum = with_leads(make_cell().spectrum(frequency=np.logspace(6.5, -1, 76)), 2e5)
    outcome = kramers_kronig(spectrum)
    assert outcome.verdict != "passed"
    assert outcome.trimmed == ()


def test_without_the_library_it_says_what_to_install(make_cell, monkeypatch):
    monkeypatch.setitem(sys.modules, "impedance", None)
    outcome = kramers_kronig(make_cell().spectrum())
    assert outcome.verdict == "not tested"
    assert outcome.note == "Kramers-Kronig: not tested: pip install 'coatopt[impedance]'"
    assert outcome.document()["largest_residual_percent"] is None


def test_a_short_spectrum_is_tested_without_overfitting(make_cell):
    outcome = kramers_kronig(checked(make_cell().spectrum(frequency=np.logspace(6, -1, 15))))
    assert outcome.elements <= 7 or outcome.verdict == "not tested"
