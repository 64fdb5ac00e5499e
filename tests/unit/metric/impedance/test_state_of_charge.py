from __future__ import annotations

from dataclasses import replace

import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.impedance import potential_notes, resistance_pair_notes


def at(make_cell, *potentials):
    return [make_cell().spectrum(potential=u, number=i) for i, u in enumerate(potentials, start=1)]


def test_spectra_46_mv_apart_are_named_with_their_potentials(make_cell):
    notes = potential_notes(at(make_cell, 3.601, 3.620, 3.647))
    assert len(notes) == 1
    assert "cell.mpr, spectrum 1 at 3.601 V and cell.mpr, spectrum 3 at 3.647 V are 46 mV apart" in notes[0]
    assert "46 mV made 24 to 57 ohm cm^2 (30 to 40 %)" in notes[0]


def test_equal_potentials_pass_and_the_tolerance_is_the_users(make_cell):
    assert potential_notes(at(make_cell, 3.700, 3.710)) == ()
    assert len(potential_notes(at(make_cell, 3.700, 3.711))) == 1
    assert len(potential_notes(at(make_cell, 3.700, 3.705), tolerance=0.002)) == 1
    assert potential_notes(at(make_cell, 3.700, 3.740), tolerance=0.05) == ()
    assert potential_notes(at(make_cell, 3.700)) == ()


def test_unknown_potentials_are_said_to_be_unchecked(make_cell):
    assert (
        "spectrum 2 is not in the file, so that equal states of charge are unchecked"
        in (potential_notes(at(make_cell, 3.7, None))[0])
    )
    assert "spectrum 1 and 1 more is not in the file" in potential_notes(at(make_cell, None, None))[0]


def test_potentials_with_different_references_are_refused(make_cell):
    one, two = at(make_cell, 3.08, 3.70)
    with pytest.raises(InputError, match=r"different references \(as measured, Li\+/Li\)"):
        potential_notes([one, replace(two, against="Li+/Li")])


def test_pairs_of_resistance_and_potential():
    assert resistance_pair_notes([(ufloat(105.0, 2.0), 3.7), (146.2, 3.705)]) == ()
    notes = resistance_pair_notes([(ufloat(105.0, 2.0), 3.70), (146.2, 3.654)])
    assert "R = 146.2 at 3.654 V and R = 105 at 3.700 V are 46 mV apart" in notes[0]
    with pytest.raises(InputError, match="a tolerance of -0.01 V has no meaning"):
        resistance_pair_notes([(1.0, 3.7), (2.0, 3.7)], tolerance=-0.01)
