from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.impedance import Window, hold_growth

FEW = (Window(1e6, 0.1),)


def hold(make_cell, hours, resistance, noise=0.003, **about):
    about = {"duration": 240.0, "potential": 3.7, **about}
    return [
        make_cell(arc1=(resistance(h), 1e3, 0.85), arc2=(200.0, 0.8, 0.85), tail=(0.3, 0.6)).spectrum(
            noise=noise, seed=100 + i, started=3600.0 * h, number=i + 1, **about
        )
        for i, h in enumerate(hours)
    ]


def growing(h):
    return 120 + 8 * np.sqrt(h)


def test_a_hold_of_ten_hours_gives_its_slope_per_area(make_cell):
    spectra = hold(make_cell, np.linspace(0, 10, 12), growing)
    growth = hold_growth(spectra[::-1], area=ufloat(0.785, 0.008), seed=2)
    assert growth.slope.unit == "ohm cm^2 h^-0.5"
    assert growth.slope.value == pytest.approx(0.785 * 8, abs=3 * growth.slope.sd)
    assert growth.slope.sd < 0.3
    assert growth.intercept.value == pytest.approx(0.785 * 120, abs=3 * growth.intercept.sd)
    assert growth.intercept.unit == "ohm cm^2"
    assert len(growth.slopes) == 3
    half = (max(s.nominal_value for s in growth.slopes) - min(s.nominal_value for s in growth.slopes)) / 2
    inside = (
        0.785**2 * (growth.line.slope.std_dev**2 + half**2) + (growth.line.slope.nominal_value * 0.008) ** 2
    ) ** 0.5
    assert growth.slope.sd == pytest.approx(inside, rel=1e-6)
    assert [point.hours for point in growth.points] == pytest.approx(list(np.linspace(0, 10, 12)))
    document = json.loads(json.dumps(growth.document()))
    assert document["slope"]["unit"] == "ohm cm^2 h^-0.5"
    assert len(document["points"]) == 12


def test_without_an_area_the_slope_is_in_ohm(make_cell):
    growth = hold_growth(hold(make_cell, (0, 1, 2, 4), growing), windows=FEW)
    assert (growth.slope.unit, growth.intercept.unit) == ("ohm h^-0.5", "ohm")
    assert growth.slope.value == pytest.approx(8, abs=3 * growth.slope.sd)
    assert any("no second window holds the cathode's arc" in note for note in growth.notes)


def test_time_counts_from_the_start_of_the_hold(make_cell):
    late = hold(make_cell, (1, 2, 4, 7, 10), growing, noise=0.001)
    given = hold_growth(late, windows=FEW, begin=0.0)
    assert given.slope.value == pytest.approx(8, abs=0.4)
    assert given.points[0].hours == 1.0
    taken = hold_growth(late, windows=FEW)
    assert taken.points[0].hours == 0.0
    assert taken.slope.value != pytest.approx(8, abs=0.4)


@pytest.mark.parametrize("begin", [4000.0, -1e8])
def test_a_start_on_another_clock_is_refused(make_cell, begin):
    with pytest.raises(InputError, match="the hold cannot have begun at"):
        hold_growth(hold(make_cell, (1, 2, 4), growing), windows=FEW, begin=begin)


def test_growth_in_proportion_to_time_is_noted(make_cell):
    growth = hold_growth(hold(make_cell, np.linspace(0, 10, 8), lambda h: 120 + 4 * h), windows=FEW)
    assert any("a line over t describes the resistances better" in note for note in growth.notes)
    assert any("scatter around the line more than their errors say" in note for note in growth.notes)


def test_a_constant_resistance_is_no_growth(make_cell):
    growth = hold_growth(hold(make_cell, np.linspace(0, 10, 6), lambda h: 120.0 + 0 * h), windows=FEW)
    assert abs(growth.slope.value) < 3 * growth.slope.sd


def test_slow_sweeps_are_warned_of(make_cell):
    spectra = hold(make_cell, (0, 0.5, 1, 1.5), growing, duration=1500.0)
    notes = hold_growth(spectra, windows=FEW).notes
    assert any("lasts 25 min, 28 % of the time" in note for note in notes)
    fast = hold(make_cell, (0, 0.5, 1, 1.5), lambda h: 120 + 80 * np.sqrt(h), duration=500.0)
    assert any(
        "spectrum 1 the cathode's resistance changes by" in note for note in hold_growth(fast, windows=FEW).notes
    )
    unknown = hold(make_cell, (0, 3, 6), growing, duration=None)
    assert any("how long a sweep took is not in the file" in note for note in hold_growth(unknown, windows=FEW).notes)


def test_jumps_and_potentials_that_move_are_flagged(make_cell):
    spectra = hold(make_cell, (0, 2, 4, 6), lambda h: 120.0 if h < 3 else 300.0)
    spectra[3] = replace(spectra[3], potential=3.654)
    notes = hold_growth(spectra, windows=FEW).notes
    assert any("jumps from 1" in note and "spectrum 3" in note for note in notes)
    assert any("46 mV apart" in note for note in notes)


def test_the_arc_is_followed_out_of_the_band(make_cell):
    # At constant Q the apex falls as R grows: from 14 Hz, inside the band, to 8 Hz, outside it.
    spectra = [
        make_cell(arc1=(20.0, 4e4, 0.9), arc2=(r, 14 * 100 / r, 0.95), tail=(5.0, 0.6)).spectrum(
            noise=0.001, seed=i, started=7200.0 * i, number=i + 1, duration=240.0, potential=3.7
        )
        for i, r in enumerate((100.0, 130.0, 150.0, 170.0))
    ]
    growth = hold_growth(spectra, windows=FEW, band=Window(1e3, 10.0))
    assert len(growth.points) == 4
    assert growth.points[0].cathode.apex > 10 > growth.points[-1].cathode.apex
    assert growth.points[-1].cathode.estimate.value == pytest.approx(170, rel=0.03)


def test_spectra_without_a_time_are_left_out_and_named(make_cell):
    spectra = hold(make_cell, (0, 2, 4, 6), growing)
    spectra[1] = replace(spectra[1], started=None)
    growth = hold_growth(spectra, windows=FEW)
    assert len(growth.points) == 3
    assert any("left out for want of a time: cell.mpr, spectrum 2" in note for note in growth.notes)


def test_too_few_spectra_are_refused_in_a_sentence(make_cell, four_spectra):
    with pytest.raises(InputError, match="2 spectra with a time do not show a growth; at least 3"):
        hold_growth(hold(make_cell, (0, 2), growing))
    with pytest.raises(InputError, match="1 spectrum with a time"):
        hold_growth(hold(make_cell, (0,), growing))
    with pytest.raises(InputError, match="at least 3 that began at different times"):
        hold_growth(hold(make_cell, (0, 0, 2), growing))
    with pytest.raises(InputError, match="0 of 4 spectra have an arc in the cathode's band of 100 kHz to 50 kHz"):
        hold_growth(four_spectra, windows=FEW, band=Window(1e5, 5e4))


def test_files_without_a_common_clock_are_refused(make_cell):
    spectra = hold(make_cell, (0, 2, 4), growing)
    other = replace(spectra[2], origin=replace(spectra[2].origin, file="later.mpr"))
    with pytest.raises(InputError, match="come from 2 files .* whose times do not have one zero"):
        hold_growth([*spectra[:2], other])
    dated = [replace(one, started=1.7e9 + one.started) for one in (*spectra[:2], other)]
    assert len(hold_growth(dated, windows=FEW).points) == 3


def test_failed_kramers_kronig_tests_are_listed(make_cell, make_drifting):
    spectra = hold(make_cell, (0, 2, 4), growing, noise=0.001)
    drifted = make_drifting(0.3, cell=make_cell(arc1=(136.0, 1e3, 0.85), arc2=(200.0, 0.8, 0.85), tail=(0.3, 0.6)))
    spectra.append(replace(drifted, started=6 * 3600.0, number=4, duration=240.0, potential=3.7))
    notes = hold_growth(spectra, windows=FEW).notes
    assert any("Kramers-Kronig" in note and "spectrum 4" in note for note in notes)
