import csv
import io

import numpy as np

from coatopt.reanalysis.picture import Axis, Bars, Field, Interval, Line, Panel, Picture, Points, Rule
from coatopt.report.picture_table import picture_csv, picture_table

T = Axis(title="temperature", unit="degC")
ICE = Axis(title="ice", unit="%")
X = np.array([100.0, 200.0])
BAND = Interval(low=X - 1, high=X + 1)


def picture(*panels):
    return Picture(key="p", title="title", alt="a", caption="c", panels=panels)


def rows(asked):
    return list(csv.DictReader(io.StringIO(picture_csv(asked))))


def test_the_header_carries_the_units():
    found = rows(picture(Panel(x=T, y=ICE, series=(Points(name="m", x=X, y=X, labels=("a", "b"), y_interval=BAND),))))
    assert found[1] == {
        "kind": "points",
        "series": "m",
        "label": "b",
        "x: temperature [degC]": "200",
        "y: ice [%]": "200",
        "y low [%]": "199",
        "y high [%]": "201",
    }


def test_panels_with_different_quantities_name_them_in_each_row():
    panels = [Panel(x=T, y=y, series=(Points(name="m", x=X, y=X),)) for y in (ICE, Axis(title="r", unit="ohm"))]
    found = rows(picture(*panels))
    assert [(row["panel"], row["y axis"], row["y"]) for row in found[1:3]] == [
        ("panel 1", "ice [%]", "200"),
        ("panel 2", "r [ohm]", "100"),
    ]
    assert found[0]["x: temperature [degC]"] == "100"


def test_every_kind_of_series_is_there():
    names = Axis(title="factor", unit="1", levels=("time", "=cmd()"))
    share = Axis(title="share", unit="1")
    at = np.array([0.0, 1.0])
    bars = Bars(name="b", position=at, length=X, interval=BAND, across=True)
    field = Field(name="f", x=at, y=at, z=np.array([[1.0, 2.0], [3.0, np.nan]]), z_axis=ICE)
    line = Line(name="l", x=at, y=at, wide_band=Interval(low=at - 1, high=at + 1))
    hollow = Points(name="h", x=at, y=at, shade=at, shade_axis=share, hollow=True)
    found = rows(
        picture(Panel(x=T, y=names, series=(bars, field, line, hollow, Rule(text="limit", at=5.0, along="x"))))
    )
    kinds = [row["kind"] for row in found]
    assert kinds == ["bar"] * 2 + ["field"] * 4 + ["line"] * 2 + ["points (not measured)"] * 2 + ["rule"]
    assert (found[0]["y: factor"], found[0]["x low [degC]"]) == ("time", "99")
    assert found[1]["y: factor"] == "'=cmd()"
    assert [(row["z axis"], row["z"]) for row in found[2:6]] == [("ice [%]", z) for z in ("1", "2", "3", "")]
    assert (found[7]["y wide low"], found[7]["y wide high"]) == ("0", "2")
    assert (found[9]["z axis"], found[9]["z"]) == ("share", "1")
    assert (found[10]["series"], found[10]["x: temperature [degC]"], found[10]["y: factor"]) == ("limit", "5", "")


def test_all_points_are_there_even_if_not_all_are_drawn():
    x = np.arange(5000.0)
    assert len(picture_table(picture(Panel(x=T, y=ICE, series=(Points(name="m", x=x, y=x),)))).rows) == 5000
