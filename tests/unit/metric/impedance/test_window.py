from __future__ import annotations

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.impedance.spectrum_check import Window, part
from coatopt.metric.impedance.window import WINDOWS, fit_windows, same_arc, window_spread


def test_the_windows_of_a_real_cell_disagree_by_more_than_the_fit_says(solid_state):
    # Measured before by another program: 320 +- 10 ohm in the default window, 280 +- 20 ohm down to 1 Hz.
    fits = fit_windows(solid_state, WINDOWS, seed=0)
    large = [one.fit.arcs[1].resistance for one in fits]
    assert [r.nominal_value for r in large] == pytest.approx([317, 282, 316], abs=1)
    assert large[0].std_dev == pytest.approx(10.4, abs=0.2)
    assert fits[0].fit.separator.nominal_value == pytest.approx(52, abs=1)
    assert fits[0].fit.rms == pytest.approx(0.72, abs=0.01)
    spread = window_spread(fits)
    assert spread.arcs[1] == pytest.approx((317 - 282) / 2, abs=1)
    assert spread.total > fits[0].fit.total.std_dev
    assert any("windows disagree: the arc at 5.35 Hz comes out as 282" in note for note in spread.notes)


def test_the_whole_spectrum_of_a_real_cell_is_described_badly(solid_state):
    fit = fit_windows(solid_state, [Window(7.1e6, 0.009)], seed=0)[0].fit
    assert fit.points == 89
    assert fit.arcs[1].resistance.nominal_value == pytest.approx(2.0e3, rel=0.02)
    assert fit.arcs[1].resistance.std_dev == pytest.approx(0.8e3, rel=0.1)
    assert fit.rms > 2


def test_only_windows_with_other_points_and_enough_of_them_are_fitted(four_spectra, make_cell):
    windows = [one.window for one in fit_windows(four_spectra[0], WINDOWS, seed=0)]
    assert [(round(w.high), round(w.low, 1)) for w in windows] == [(10002, 0.1), (10002, 1.0)]
    short = make_cell().spectrum(frequency=np.logspace(6, 0, 20))
    fits = fit_windows(short, (Window(1e6, 0.1), Window(1e6, 1e3)), seed=0)
    assert [one.window.low for one in fits] == [1.0]
    assert window_spread(fits).notes == (
        "no second window could be compared, so that the error bars are those of one fit alone",
    )


def test_a_window_beside_the_spectrum_is_refused_with_what_there_is(four_spectra):
    with pytest.raises(InputError, match="0 usable points from 1 MHz to 100 kHz.* reaches from 10 kHz to 0.01 Hz"):
        fit_windows(four_spectra[0], [Window(1e6, 1e5)], seed=0)
    with pytest.raises(InputError, match="at least one frequency window"):
        fit_windows(four_spectra[0], [], seed=0)


def test_a_window_that_cuts_off_an_arc_does_not_speak_of_it(make_cell):
    cell = make_cell(arc1=(100.0, 1e3, 0.9), arc2=(60.0, 0.4, 0.9), tail=(1.0, 0.6))
    fits = fit_windows(cell.spectrum(noise=0.002, seed=1), WINDOWS, seed=0)
    assert len(fits) == 3
    spread = window_spread(fits[:2])
    assert spread.arcs[1] == 0.0
    assert spread.arcs[0] > 0.0
    assert spread.total == 0.0


def test_an_arc_that_another_window_does_not_show_is_reported(make_cell):
    cell = make_cell()
    near, far = (
        fit_windows(made.spectrum(), [Window(1e6, 0.1)], seed=0)[0] for made in (cell, make_cell(arc1=(15.0, 1e3, 0.9)))
    )
    spread = window_spread([near, far])
    assert any("no arc is found near 30 kHz" in note for note in spread.notes)
    assert spread.arcs[0] == 0.0


def test_an_arc_is_recognised_by_its_apex(solid_state):
    fit = fit_windows(part(solid_state, Window(1e6, 0.1)), WINDOWS[:1], seed=0)[0].fit
    assert same_arc(fit, 7.0) is fit.arcs[1]
    assert same_arc(fit, 5e5) is fit.arcs[0]
    assert same_arc(fit, 1e3) is None
