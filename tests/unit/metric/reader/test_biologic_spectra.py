"""Impedance from BioLogic files: one spectrum per sweep, with the sign and the unit that the file states."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.measured_data import Spectrum
from coatopt.metric.reader import biologic_binary, biologic_text
from coatopt.metric.reader.biologic_spectra import spectra
from coatopt.metric.reader.contract import FileContent

from strategies.ec_lab import table

IMPEDANCE = Path(__file__).parents[3] / "data" / "impedance"


def raw(path):
    from yadg.extractors import extract

    logging.getLogger("yadg").setLevel(logging.CRITICAL)
    return extract("eclab.mpr", path, timezone="UTC").to_dataset()


def read_spectra(path) -> tuple[Spectrum, ...]:
    content = FileContent.of(path)
    reader = biologic_binary.READER if biologic_binary.READER.recognises(content) else biologic_text.READER
    found = reader.read(content)
    assert all(isinstance(part, Spectrum) for part in found)
    return found


@pytest.mark.parametrize(("name", "points"), [("PEIS-0.mpr", [60]), ("PEIS_SSB.mpr", [89])])
def test_a_spectrum_has_the_numbers_of_the_file(name, points):
    data, found = raw(IMPEDANCE / name), read_spectra(IMPEDANCE / name)
    assert [len(part.frequency) for part in found] == points
    (spectrum,) = found
    assert (np.diff(spectrum.frequency) < 0).all()
    order = np.argsort(-data["freq"].values)
    np.testing.assert_array_equal(spectrum.impedance.real, data["Re(Z)"].values[order])
    np.testing.assert_array_equal(spectrum.impedance.imag, -data["-Im(Z)"].values[order])
    assert (spectrum.impedance.imag < 0).all()
    np.testing.assert_allclose(np.abs(spectrum.impedance), data["|Z|"].values[order], rtol=1e-4)


def test_the_solid_state_cell_has_its_potential_start_and_duration():
    (spectrum,) = read_spectra(IMPEDANCE / "PEIS_SSB.mpr")
    assert spectrum.frequency[0] == pytest.approx(7e6, rel=1e-4)
    assert spectrum.frequency[-1] == pytest.approx(0.01, rel=1e-3)
    assert spectrum.potential == pytest.approx(2.96688, abs=1e-5)
    assert spectrum.duration == pytest.approx(1069.58 - 6.48, abs=0.01)
    # 14 April 2025, 12:01:05 on the instrument's clock, and 6.5 s to the first point.
    assert spectrum.started == pytest.approx(1744632065.29 + 6.48, abs=0.01)


def test_four_spectra_of_one_file_are_four():
    path = IMPEDANCE / "PEIS_four_spectra.mpr"
    data, found = raw(path), read_spectra(path)
    assert [len(part.frequency) for part in found] == [61, 61, 61, 61]
    assert [part.number for part in found] == [1, 2, 3, 4]
    cycle = data["cycle number"].values
    for part in found:
        np.testing.assert_array_equal(np.sort(part.impedance.real), np.sort(data["Re(Z)"].values[cycle == part.number]))
        assert part.potential == pytest.approx(data["<Ewe>"].values[cycle == part.number].mean(), abs=1e-6)
    # The file has no log, so no date: seconds since the first spectrum, about 24 days apart.
    assert found[0].started == 0
    assert found[1].started == pytest.approx(2_171_856.55, abs=0.01)
    assert found[0].name == "PEIS_four_spectra.mpr, spectrum 1"


def sweeps(content, count, cycle=None, **more):
    frequency = np.tile(np.logspace(4, 0, 20), count)
    z = 10 + 50 / (1 + 1j * frequency / 100)
    columns = {
        "freq": (frequency, "Hz"),
        "Re(Z)": (z.real, "Ω"),
        "-Im(Z)": (-z.imag, "Ω"),
        "time": (np.arange(len(frequency)) * 10.0, "s"),
    }
    if cycle is not None:
        columns["cycle number"] = (cycle, "")
    return table(content, **(columns | more))


def test_sweeps_are_told_apart_by_their_frequencies_where_no_cycle_is_counted(content):
    found = spectra(sweeps(content, 3))
    assert [len(part.frequency) for part in found] == [20, 20, 20]
    assert [part.started for part in found] == [0, 200, 400]
    assert spectra(sweeps(content, 3, cycle=np.ones(60)))[0].origin.notes == ()


def test_cycles_and_frequencies_that_disagree_are_noted(content):
    assert spectra(sweeps(content, 3, cycle=np.repeat([1, 2, 3], 20)))[0].origin.notes == ()
    found = spectra(sweeps(content, 4, cycle=np.repeat([1, 2], 40)))
    assert len(found) == 4
    assert "counts 2 sweeps and its frequencies 4" in found[0].origin.notes[0]


def test_rising_sweeps_come_out_falling(content):
    frequency = np.tile(np.logspace(0, 4, 20), 2)
    found = spectra(sweeps(content, 2, freq=(frequency, "Hz")))
    assert [len(part.frequency) for part in found] == [20, 20]
    assert all((np.diff(part.frequency) < 0).all() for part in found)


def test_direct_current_rows_are_left_out_with_a_note(content):
    frequency = np.concatenate([np.zeros(29), np.logspace(4, 0, 31)])
    made = sweeps(content, 3, freq=(frequency, "Hz"))
    (spectrum,) = spectra(made)
    assert len(spectrum.frequency) == 31
    assert spectrum.origin.notes == ("29 rows without a frequency (direct current) were left out",)


def test_a_file_of_direct_current_only_says_so(content):
    with pytest.raises(InputError, match=r"made\.mpr is an impedance file in which no row has a frequency"):
        spectra(sweeps(content, 1, freq=(np.zeros(20), "Hz")))


def test_a_column_of_another_unit_or_sign_contradicts_modulus_and_phase(content):
    made = sweeps(content, 1)
    z = 10 + 50 / (1 + 1j * made.columns["freq"][0] / 100)
    checks = {"|Z|": (np.abs(z), "Ω"), "Phase(Z)": (np.degrees(np.angle(z)), "deg")}
    (spectrum,) = spectra(sweeps(content, 1, **checks))
    np.testing.assert_allclose(spectrum.impedance, z)
    changed = -z.imag.copy()
    changed[3] *= 2
    (spectrum,) = spectra(sweeps(content, 1, **(checks | {"-Im(Z)": (changed, "Ω")})))
    assert spectrum.origin.notes == ("in 1 of 20 rows Re(Z) and -Im(Z) do not give the file's own |Z|",)
    with pytest.raises(InputError, match="contradicts the file's own Phase"):
        spectra(sweeps(content, 1, **(checks | {"-Im(Z)": (z.imag, "Ω")})))
    with pytest.raises(InputError, match=r"do not give the file's own \|Z\|"):
        spectra(sweeps(content, 1, **(checks | {"Re(Z)": (z.real / 1000, "Ω"), "-Im(Z)": (-z.imag / 1000, "Ω")})))
    (kilo,) = spectra(
        sweeps(content, 1, **(checks | {"Re(Z)": (z.real / 1000, "kOhm"), "-Im(Z)": (-z.imag / 1000, "kOhm")}))
    )
    np.testing.assert_allclose(kilo.impedance, z)


def test_the_sample_text_spectrum_agrees_with_impedance_py():
    from impedance.preprocessing import readBioLogic

    path = IMPEDANCE / "exampleDataBioLogic.mpt"
    (spectrum,) = read_spectra(path)
    frequency, impedance = readBioLogic(str(path))
    np.testing.assert_array_equal(spectrum.frequency, frequency)
    np.testing.assert_array_equal(spectrum.impedance, impedance)
    assert len(frequency) == 43
    assert spectrum.started == 0
    assert spectrum.origin.notes == (
        "the start 02/04/2018 10:02:46 can be read as day or as month first, so it was left out",
    )
