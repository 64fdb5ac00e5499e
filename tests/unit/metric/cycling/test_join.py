from dataclasses import replace

import numpy as np
import pytest
from uncertainties import nominal_value

from coatopt.errors import InputError
from coatopt.metric.cycling.cycle import find_cycles
from coatopt.metric.cycling.join import join
from coatopt.metric.instrument import Accuracy
from coatopt.metric.measured_data import Origin, against_lithium


def cut(series, row, gap=0.0, started=1.7e9):
    """Two files of one measurement: the clock of the second begins at its own first row."""
    first, second = ({}, {})
    for name in ("time", "voltage", "current", "charge", "step", "step_type", "cycle"):
        column = getattr(series, name)
        first[name], second[name] = column[:row], column[row:]
    begins = second["time"][0]
    second["time"], second["charge"] = second["time"] - begins, second["charge"] - second["charge"][0]
    one = replace(series, **first, started=started)
    origin = Origin(file="later.csv", sha256="1" * 64, reader="by hand", reader_version="1", notes=("late",))
    return one, replace(series, **second, started=started + begins + gap, origins=(origin,))


def test_the_order_is_that_of_the_clock_and_the_charge_counts_on(three_cycles):
    one, two = cut(three_cycles, 275, gap=7200)
    whole = join([two, one])
    assert [origin.file for origin in whole.origins] == ["made.csv", "later.csv"]
    assert whole.time[:275] == pytest.approx(one.time)
    assert whole.time[275] == pytest.approx(three_cycles.time[275] + 7200)
    assert np.all(np.diff(whole.time) >= 0)
    assert whole.charge[274] == whole.charge[275]
    assert whole.step[275] > whole.step[274]
    assert whole.started == one.started
    assert "later.csv follows made.csv after a gap of 2.02 h, in which nothing was recorded" in whole.notes
    assert "late" in whole.notes


def test_a_joined_series_has_the_cycles_of_the_whole(three_cycles):
    before = find_cycles(three_cycles, Accuracy()).cycles
    # Row 520 lies within a rest, so that no charge is lost between the files.
    after = find_cycles(join(cut(three_cycles, 520)), Accuracy()).cycles
    assert [nominal_value(c.coulombic_efficiency) for c in after] == pytest.approx(
        [nominal_value(c.coulombic_efficiency) for c in before]
    )


def test_three_files_and_one(three_cycles):
    one, rest = cut(three_cycles, 210)
    two, three = cut(rest, 310, started=rest.started)
    whole = join([three, one, two])
    assert len(whole.time) == len(three_cycles.time)
    assert len(whole.origins) == 3
    assert len(find_cycles(whole, Accuracy()).cycles) == 3
    assert join([one]) is one


def test_files_without_a_clock_need_an_order(three_cycles):
    one, two = cut(three_cycles, 275)
    two = replace(two, started=None)
    with pytest.raises(InputError, match=r"later\.csv does not say when it was started; give the files in the order"):
        join([one, two])
    whole = join([one, two], in_order=True)
    assert whole.time[275] == whole.time[274]
    assert "later.csv follows made.csv directly, in the order given" in whole.notes


def test_an_order_outweighs_wrong_clocks(three_cycles):
    one, two = cut(three_cycles, 275, gap=-90_000)
    with pytest.raises(
        InputError, match=r"later\.csv begins .* h before made\.csv ends, so they cannot|made\.csv begins"
    ):
        join([one, two])
    assert join([one, two], in_order=True).origins[0].file == "made.csv"


def test_the_same_file_twice_overlaps(three_cycles):
    one, _ = cut(three_cycles, 275)
    with pytest.raises(InputError, match="cannot be files of one cell"):
        join([one, one])


def test_an_overlap_of_a_moment_is_held_level(three_cycles):
    whole = join(cut(three_cycles, 275, gap=-72.5))
    assert np.all(np.diff(whole.time) >= 0)
    assert "after 0 s" in " ".join(whole.notes)


def test_voltages_on_different_scales_are_refused(three_cycles):
    one, two = cut(three_cycles, 275)
    with pytest.raises(
        InputError, match=r"made\.csv are against Li\+/Li \(\+0\.62 V added\) and those of later\.csv are as"
    ):
        join([against_lithium(one, 0.62), two])
    with pytest.raises(InputError, match="bring them to one scale"):
        join([against_lithium(one, 0.62), against_lithium(two, 0.60)])
    assert join([against_lithium(one, 0.62), against_lithium(two, 0.62)]).offset == 0.62


def test_a_charge_from_the_file_stays_marked(three_cycles):
    one, two = cut(three_cycles, 275)
    assert join([one, replace(two, charge_from="file")]).charge_from == "file"
    assert join([one, two]).charge_from == "current"


def test_the_files_own_cycles_count_on(three_cycles):
    one, two = cut(replace(three_cycles, cycle=np.ones(len(three_cycles.time), np.int64)), 275)
    two = replace(two, cycle=np.repeat([1, 2], [len(two.time) - 100, 100]))
    assert list(np.unique(join([one, two]).cycle)) == [1, 2]
    assert list(np.unique(join([one, replace(two, cycle=two.cycle + 4)]).cycle)) == [1, 5, 6]


def test_nothing_cannot_be_joined():
    with pytest.raises(InputError, match="no file to join"):
        join([])
