from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.impedance import Window, analyse, disc_area


def test_a_made_cell_is_found_again_with_its_electrodes(make_cell):
    cell = make_cell(arc1=(100.0, 1e3, 0.85), arc2=(60.0, 1.0, 0.9), tail=(0.3, 0.6))
    result = analyse(cell.spectrum(noise=0.002, seed=4, potential=3.1), area=ufloat(0.785, 0.01), seed=1)
    assert result.cathode is result.arcs[0]
    assert result.anode is result.arcs[1]
    for part, truth in zip((result.separator, result.cathode, result.anode), cell.resistances, strict=True):
        assert part.estimate.value == pytest.approx(truth, abs=3 * part.estimate.sd)
        assert part.areal.value == pytest.approx(0.785 * part.estimate.value)
    assert result.total.estimate.value == pytest.approx(210, abs=3 * result.total.estimate.sd)
    assert result.kramers_kronig.verdict == "passed"
    assert (result.potential, result.spectrum) == (3.1, "cell.mpr, spectrum 1")


def test_the_error_joins_fit_and_windows_and_the_area_adds_its_own(solid_state):
    result = analyse(solid_state, area=ufloat(0.785, 0.016))
    large = result.arcs[1]
    assert large.fit_error == pytest.approx(10.4, abs=0.2)
    assert large.window_half_range == pytest.approx(17.1, abs=1)
    assert large.estimate.sd == pytest.approx(math.hypot(large.fit_error, large.window_half_range))
    relative = math.hypot(large.estimate.sd / large.estimate.value, 0.016 / 0.785)
    assert large.areal.sd / large.areal.value == pytest.approx(relative)
    assert large.areal.unit == "ohm cm^2"


def test_the_real_cell_has_no_arc_in_the_cathodes_band_and_says_so(solid_state):
    result = analyse(solid_state)
    assert result.cathode is None
    assert result.anode is result.arcs[1]
    assert result.document()["cathode"] is None
    assert any("so that there is no cathode resistance; choose a band" in note for note in result.notes)
    assert any("windows disagree" in note for note in result.notes)
    wider = analyse(solid_state, band=Window(1e5, 1.0))
    assert wider.cathode is wider.arcs[1]
    assert wider.cathode.estimate.value == result.anode.estimate.value


def test_a_bad_window_is_flagged(solid_state):
    notes = analyse(solid_state, windows=[Window(7.1e6, 0.009)]).notes
    assert any(note.startswith("the circuit misses the spectrum by 2.0 %") for note in notes)
    assert any(note.startswith("the resistance of the separator is not determined") for note in notes)
    assert any("is not determined (2e+03 ± 8.1e+02 ohm, more than 30 %)" in note for note in notes)
    assert any("no second window could be compared" in note for note in notes)


def test_the_four_spectra_of_one_file_are_followed(four_spectra):
    results = [analyse(one) for one in four_spectra]
    assert [r.anode.estimate.value for r in results] == pytest.approx([1.02, 19.8, 38.7, 62.5], rel=0.02)
    assert [r.cathode.estimate.value for r in results] == pytest.approx([9.6, 15.0, 17.7, 18.9], rel=0.02)
    for result in results:
        assert result.cathode.apex > result.anode.apex
        assert any("the usable points reach from 10 kHz to 0.0999 Hz" in note for note in result.notes)
        assert result.fit_rms < 0.3


def test_both_names_of_the_circuit_give_the_same_result(four_spectra):
    q, p = (analyse(four_spectra[1], circuit=name) for name in ("R-(RQ)-(RQ)-Q", "R-(RQ)-(RQ)-P"))
    assert q.cathode.estimate == p.cathode.estimate
    assert (q.circuit, p.circuit) == ("R-(RQ)-(RQ)-Q", "R-(RQ)-(RQ)-P")


def test_trimmed_points_do_not_enter_the_fit(solid_state):
    bad = solid_state.frequency > 1.7e6
    sign = np.where(np.arange(bad.size) % 2 == 0, 1.0, -1.0)
    spoilt = replace(solid_state, impedance=solid_state.impedance * (1 + 0.03 * bad * sign))
    result = analyse(spoilt, windows=[Window(1e7, 0.1)])
    assert result.kramers_kronig.trimmed
    assert result.fits[0].window.high < result.kramers_kronig.trimmed[-1]
    assert any("left out: with them the Kramers-Kronig residual" in note for note in result.notes)


def test_the_joint_error_covers_at_least_what_the_fit_alone_does(make_cell):
    # For a cell that is the circuit, the windows differ by noise only, and the joint error is a little too large.
    cell = make_cell()
    results = [analyse(cell.spectrum(noise=0.004, seed=5000 + draw), seed=draw) for draw in range(14)]
    joint = [abs(r.arcs[1].estimate.value - 200) <= r.arcs[1].estimate.sd for r in results]
    alone = [abs(r.arcs[1].estimate.value - 200) <= r.arcs[1].fit_error for r in results]
    assert sum(joint) >= sum(alone)
    assert 0.5 <= np.mean(joint) <= 0.95
    assert all(r.arcs[1].estimate.sd >= r.arcs[1].fit_error for r in results)


def test_the_document_is_json_with_units_and_errors(four_spectra):
    document = json.loads(json.dumps(analyse(four_spectra[1], area=disc_area(ufloat(10, 0.1))).document()))
    assert document["spectrum"] == "PEIS_four_spectra.mpr, spectrum 2"
    cathode = document["cathode"]
    assert cathode["resistance"]["unit"] == "ohm"
    assert cathode["areal_resistance"]["unit"] == "ohm cm^2"
    assert cathode["resistance"]["plus"] > cathode["fit_standard_error_ohm"] > 0
    assert cathode["capacitance"]["unit"] == "F"
    assert document["kramers_kronig"]["verdict"] == "passed"
    assert len(document["windows"]) == 2
    assert document["separator"].keys() == document["total"].keys()


def test_wrong_settings_are_refused(four_spectra):
    with pytest.raises(InputError, match=r"an electrode area of -1 cm\^2 cannot be"):
        analyse(four_spectra[0], area=-1.0)
    with pytest.raises(InputError, match="is not a circuit that can be fitted"):
        analyse(four_spectra[0], circuit="R-C")
    with pytest.raises(InputError, match="PEIS_four_spectra.mpr, spectrum 1: a seed of -3 has no meaning"):
        analyse(four_spectra[0], seed=-3)
