from __future__ import annotations

import json

import pytest
from uncertainties import ufloat

from coatopt.errors import InputError
from coatopt.metric.impedance import Window, increase, start_to_end

# J. Electrochem. Soc. 2026, 173, 070501, table S1: R_cathode at 3.1 V, start and end; the paper names 68 %, 55 %,
# and less than 33 % and 8 ohm cm^2 for its coatings 03 and 06.
TABLE = {
    "Uncoated-Ref": (22.0, 37.0),
    "Coating-01": (27.5, 41.2),
    "Coating-03": (13.3, 17.6),
    "Coating-06": (17.5, 21.9),
}


@pytest.mark.parametrize(
    ("name", "absolute", "relative"),
    [("Uncoated-Ref", 15.0, 68), ("Coating-01", 13.7, 50), ("Coating-03", 4.3, 32), ("Coating-06", 4.4, 25)],
)
def test_published_resistances_give_their_growth(name, absolute, relative):
    rise = increase(*TABLE[name], "ohm cm^2")
    assert rise.absolute.value == pytest.approx(absolute)
    assert rise.relative.value == pytest.approx(relative, abs=0.5)
    assert (rise.absolute.unit, rise.relative.unit) == ("ohm cm^2", "%")


def test_errors_propagate_and_the_area_cancels_in_the_relative_growth():
    start, end = ufloat(100, 2), ufloat(150, 3)
    sharp, blurred = (increase(start, end, "ohm cm^2", area) for area in (0.785, ufloat(0.785, 0.1)))
    assert sharp.relative == blurred.relative
    assert blurred.absolute.sd > sharp.absolute.sd
    assert sharp.absolute.value == pytest.approx(0.785 * 50)
    assert sharp.relative.sd == pytest.approx(150 * (0.02**2 + 0.02**2) ** 0.5)


def test_two_spectra_of_a_cell_give_its_growth(make_cell):
    made = [make_cell(arc1=(r, 1e3, 0.9), arc2=(60.0, 1.0, 0.9), tail=(0.3, 0.6)) for r in (100.0, 168.0)]
    spectra = [cell.spectrum(noise=0.002, seed=i, potential=3.1, number=i) for i, cell in enumerate(made, start=1)]
    outcome = start_to_end(*spectra, area=ufloat(0.785, 0.02))
    assert outcome.cathode.relative.value == pytest.approx(68, abs=3 * outcome.cathode.relative.sd)
    assert outcome.cathode.relative.sd < 5
    assert outcome.cathode.absolute.value == pytest.approx(0.785 * 68, abs=3 * outcome.cathode.absolute.sd)
    assert not any("apart" in note for note in outcome.notes)
    document = json.loads(json.dumps(outcome.document()))
    assert document["cathode_growth"]["relative"]["unit"] == "%"


def test_different_potentials_and_missing_arcs_are_said(make_cell):
    cell = make_cell(arc1=(100.0, 1e3, 0.9), arc2=(60.0, 1.0, 0.9))
    spectra = [cell.spectrum(noise=0.002, seed=i, potential=u, number=i) for i, u in ((1, 3.654), (2, 3.700))]
    assert "46 mV apart" in start_to_end(*spectra).notes[0]
    nothing = start_to_end(*spectra, band=Window(1e5, 1e4))
    assert nothing.cathode is None
    assert nothing.document()["cathode_growth"] is None
    assert any(note.startswith("end: no arc has its apex") for note in nothing.notes)


def test_a_resistance_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="a resistance of 0 at the start cannot be"):
        increase(0.0, 37.0, "ohm cm^2")
    with pytest.raises(InputError, match="electrode area of 0"):
        increase(22.0, 37.0, "ohm cm^2", area=0.0)
