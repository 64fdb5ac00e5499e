import re

import numpy as np
import pytest

from coatopt.reanalysis.picture import Axis, Bars, Field, Interval, Line, Panel, Picture, Points, Rule
from coatopt.report.drawing import draw
from coatopt.report.figure.embedding import figure_json

T = Axis(title="annealing temperature", unit="degC")
R = Axis(title="resistance growth", unit="ohm cm^2 h^-0.5")
ICE = Axis(title="ice", unit="%")


def ends(values, by):
    return Interval(low=values - by, high=values + by)


def picture(*series, x=T, y=R, **more):
    return Picture(
        key="p", title="title", alt="alt", caption="caption", panels=(Panel(x=x, y=y, series=series),), **more
    )


def line(name="predicted", **more):
    x = np.linspace(100, 700, 4)
    return Line(name=name, x=x, y=x / 100, **more)


def points(n=3, name="measured", **more):
    x = np.linspace(100, 700, n)
    return Points(name=name, x=x, y=x / 100, **more)


def entries(figure):
    shown = [trace for trace in figure.data if trace.showlegend]
    return [trace.name for trace in sorted(shown, key=lambda trace: trace.legendrank)]


def named(figure, kind):
    return [trace for trace in figure.data if trace.type == kind]


def overlaps(one, other):
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def test_axes_carry_their_units_and_a_plain_number_none():
    figure = draw(picture(line(), y=Axis(title="coverage", unit="1")))
    assert figure.layout.xaxis.title.text == "annealing temperature / °C"
    assert figure.layout.yaxis.title.text == "coverage"
    assert draw(picture(line())).layout.yaxis.title.text == "resistance growth / Ω cm² h⁻⁰·⁵"


def test_error_bars_end_where_the_intervals_end():
    x = np.array([1.0, 2.0])
    asked = Points(name="m", x=x, y=x, x_interval=ends(x, 0.5), y_interval=Interval(low=x - 0.2, high=x + 0.4))
    trace = draw(picture(asked)).data[0]
    assert trace.x - trace.error_x.arrayminus == pytest.approx(x - 0.5)
    assert trace.y + trace.error_y.array == pytest.approx(x + 0.4)
    assert trace.y - trace.error_y.arrayminus == pytest.approx(x - 0.2)


def test_an_interval_without_an_end_reaches_the_frame():
    x = np.array([1.0, 2.0])
    asked = Points(name="m", x=x, y=x, y_interval=Interval(low=x - 0.2, high=np.array([np.inf, np.nan])))
    figure = draw(picture(asked))
    trace = figure.data[0]
    assert trace.y[0] + trace.error_y.array[0] == pytest.approx(figure.layout.yaxis.range[1])
    assert np.isnan(trace.error_y.array[1])
    assert "unbounded" in trace.hovertext[0]


def test_bands_lie_behind_their_lines_and_have_entries():
    y = np.linspace(1, 7, 4)
    figure = draw(picture(line(band=ends(y, 1.0), wide_band=ends(y, 2.0)), points()))
    assert [trace.fill for trace in figure.data] == ["toself", "toself", None, None]
    assert max(figure.data[0].y) == 9
    assert entries(figure) == ["predicted", "measured", "predicted: 90 %", "predicted: 90 %, new cells"]
    two = draw(picture(line(band=ends(y, 1.0)), line("other", band=ends(y, 2.0))))
    assert entries(two) == ["predicted", "other", "band around each line, in its colour"]


def test_a_band_leaves_out_what_is_not_known_and_follows_steps():
    low = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    band = Interval(low=low, high=low + 1)
    asked = Line(name="l", x=np.arange(5.0), y=low, band=band, steps=True)
    outline = draw(picture(asked)).data[0]
    assert np.isnan(outline.x).sum() == 1
    assert 2.0 not in outline.x
    first = list(zip(outline.x, outline.y, strict=True))[:3]
    assert first == [(0.0, 2.0), (1.0, 2.0), (1.0, 3.0)]


def test_series_differ_without_colour():
    figure = draw(picture(*(line(f"l{i}") for i in range(5)), *(points(name=f"p{i}") for i in range(5))))
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len({trace.line.dash for trace in lines}) == 5
    assert len({trace.marker.symbol for trace in figure.data if trace.mode == "markers"}) == 5
    assert len({trace.line.color for trace in lines}) == 5


def test_lines_of_one_colour_differ_by_dashes_alone():
    figure = draw(picture(line("a", colour=2), line("b", colour=2, dashed=True), line("c")))
    a, b, c = figure.data
    assert a.line.color == b.line.color != c.line.color
    assert a.line.dash != b.line.dash


def test_a_name_looks_the_same_in_every_panel_and_is_in_the_legend_once():
    panels = tuple(Panel(x=T, y=R, series=(points(name=n), points(name="model", hollow=True))) for n in ("a", "b"))
    figure = draw(Picture(key="p", title="t", alt="a", caption="c", panels=panels, columns=2))
    models = [trace for trace in figure.data if trace.legendgroup == "model"]
    assert models[0].marker.symbol == models[1].marker.symbol
    assert models[0].marker.line.color == models[1].marker.line.color
    assert entries(figure) == ["a", "model", "b"]


def test_what_was_not_measured_is_hollow():
    figure = draw(picture(points(hollow=True), points(name="m")))
    assert figure.data[0].marker.color == "white"
    assert figure.data[1].marker.color != "white"


def test_names_stand_on_a_categorical_axis_and_bars_on_its_positions():
    names = Axis(title="factor", unit="1", levels=("annealing_temperature", "a < b", "time"))
    length = np.array([3.0, 2.0, 1.0])
    bars = [Bars(name=n, position=np.arange(3.0), length=length, interval=ends(length, 0.5), across=True) for n in "ab"]
    figure = draw(picture(*bars, x=ICE, y=names))
    first, second = figure.data
    assert (first.orientation, list(first.x)) == ("h", [3.0, 2.0, 1.0])
    assert first.offset + first.width == pytest.approx(second.offset)
    assert first.offset == pytest.approx(-0.36)
    assert first.marker.pattern.shape != second.marker.pattern.shape
    assert first.error_x.array == pytest.approx(0.5)
    assert figure.layout.yaxis.ticktext == ("annealing_temperature", "a &lt; b", "time")
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_a_bar_without_a_partner_stands_in_the_middle():
    names = Axis(title="factor", unit="1", levels=("a", "b"))
    both = Bars(name="both", position=np.arange(2.0), length=np.ones(2))
    one = Bars(name="one", position=np.arange(2.0), length=np.array([1.0, np.nan]))
    first, second = draw(picture(both, one, x=names)).data
    assert first.offset == pytest.approx([-0.36, -0.18])
    assert second.offset[0] == pytest.approx(0)
    assert first.width == second.width == pytest.approx(0.36)


def test_numbers_of_things_have_no_ticks_between_them():
    count = Axis(title="settings measured", unit="1")
    few = Line(name="l", x=np.arange(1.0, 4.0), y=np.ones(3) / 2, steps=True)
    assert draw(picture(few, x=count)).layout.xaxis.dtick == 1
    assert draw(picture(few, x=count)).layout.yaxis.dtick is None
    assert draw(picture(few, x=T)).layout.xaxis.dtick is None


def test_a_name_that_the_axis_says_is_not_said_again():
    names = Axis(title="sample", unit="1", levels=("S1", "S2"))
    trace = draw(picture(Points(name="m", x=np.arange(2.0), y=np.ones(2), labels=("S1", "other")), x=names)).data[0]
    assert trace.text == ("", "other")


def test_points_of_two_series_at_one_name_stand_side_by_side():
    names = Axis(title="sample", unit="1", levels=("S1", "S2"))
    at = np.arange(2.0)
    one, two = (Points(name=name, x=at, y=np.ones(2), labels=("S1", "S2")) for name in "ab")
    first, second = draw(picture(one, two, x=names)).data
    assert np.all(first.x < at)
    assert second.x - at == pytest.approx(at - first.x)
    assert "sample: S2" in second.hovertext[1]
    apart = Points(name="c", x=at[:1], y=np.ones(1)), Points(name="d", x=at[1:], y=np.ones(1))
    assert [trace.x[0] for trace in draw(picture(*apart, x=names)).data] == [0, 1]
    placed = Points(name="e", x=at + 0.1, y=np.ones(2))
    assert draw(picture(one, placed, x=names)).data[0].x == pytest.approx(at)
    assert draw(picture(one, two, x=T)).data[0].x == pytest.approx(at)


def test_long_names_below_an_axis_are_slanted_and_get_room():
    long = tuple(f"potentiostaticallyconditioned{i}" for i in range(8))
    short = tuple("abcdefgh")
    bars = Bars(name="b", position=np.arange(8.0), length=np.arange(8.0))
    slanted, level = (draw(picture(bars, x=Axis(title="s", unit="1", levels=names))) for names in (long, short))
    assert (slanted.layout.xaxis.tickangle, level.layout.xaxis.tickangle) == (-40, 0)
    assert slanted.layout.margin.b > level.layout.margin.b + 50


def test_a_field_has_a_colour_bar_with_unit_and_labelled_isolines():
    z = np.add.outer(np.linspace(80, 90, 6), np.linspace(0, 5, 5))
    field = Field(name="f", x=np.linspace(0, 1, 5), y=np.linspace(0, 1, 6), z=z, z_axis=ICE, lines=(84.0, 88.0))
    bare = Field(name="chance", x=field.x, y=field.y, z=z, z_axis=ICE, lines=(86.0,), filled=False)
    figure = draw(picture(field, bare))
    assert figure.layout.coloraxis.colorbar.title.text == "ice / %"
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (80.0, 95.0)
    assert len(named(figure, "heatmap")) == 1
    assert [t.contours.start for t in named(figure, "contour") if t.contours.showlabels] == [84.0, 88.0, 86.0]
    assert entries(figure) == ["chance / %"]


def test_logarithmic_colours_are_labelled_with_values():
    axis = Axis(title="r", unit="ohm", log=True)
    field = Field(name="f", x=np.arange(2.0), y=np.arange(2.0), z=np.array([[1, 10], [100, 1000.0]]), z_axis=axis)
    colours = draw(picture(field)).layout.coloraxis
    assert dict(zip(colours.colorbar.ticktext, colours.colorbar.tickvals, strict=True))["100"] == pytest.approx(2)
    assert colours.cmax == pytest.approx(3)


def test_panels_that_share_an_axis_of_colours_share_one_bar():
    shade = np.array([0.1, 0.5, 0.9])
    chance = Axis(title="chance", unit="1")
    panels = [Panel(x=T, y=R, series=(points(shade=shade * f, shade_axis=chance),)) for f in (1.0, 2.0)]
    figure = draw(Picture(key="p", title="t", alt="a", caption="c", panels=tuple(panels), columns=2))
    assert {trace.marker.coloraxis for trace in figure.data} == {"coloraxis"}
    assert figure.layout.coloraxis.cmax == pytest.approx(1.8)
    other = Panel(x=T, y=R, series=(points(shade=shade, shade_axis=ICE),))
    apart = draw(Picture(key="p", title="t", alt="a", caption="c", panels=(panels[0], other), columns=2))
    assert {trace.marker.coloraxis for trace in apart.data} == {"coloraxis", "coloraxis2"}


def test_panels_neither_touch_nor_leave_the_figure():
    panels = tuple(Panel(title=f"panel {i}", x=T, y=R, series=(points(),)) for i in range(5))
    layout = draw(Picture(key="p", title="t", alt="a", caption="c", panels=panels, columns=3)).layout
    boxes = []
    for i in range(5):
        which = "" if i == 0 else str(i + 1)
        boxes.append((*layout[f"xaxis{which}"].domain, *layout[f"yaxis{which}"].domain))
    assert all(-1e-9 <= edge <= 1 + 1e-9 for box in boxes for edge in box)
    assert not [pair for i, one in enumerate(boxes) for pair in boxes[i + 1 :] if overlaps(one, pair)]
    assert layout.width - layout.margin.l - layout.margin.r > 600
    assert [note.text for note in layout.annotations] == [f"<b>panel {i}</b>" for i in range(5)]


def test_very_many_points_are_thinned_evenly_and_the_legend_says_so():
    figure = draw(picture(points(10_000)))
    assert len(figure.data[0].x) == 3000
    assert (figure.data[0].x[0], figure.data[0].x[-1]) == (100, 700)
    assert np.diff(figure.data[0].x).max() < 3 * np.diff(figure.data[0].x).min()
    assert entries(figure) == ["measured (3000 of 10000 points drawn)"]


def test_a_rule_is_a_dashed_line_with_its_text_and_is_left_out_beyond_the_axis():
    figure = draw(picture(line(), Rule(text="worst <12", at=4.0, along="y"), Rule(text="nominal", at=425.0, along="x")))
    across, up = figure.layout.shapes
    assert (across.y0, across.y1, across.xref) == (4.0, 4.0, "x domain")
    assert (up.x0, up.x1, up.yref) == (425.0, 425.0, "y domain")
    assert [note.text for note in figure.layout.annotations] == ["worst &lt;12", "nominal"]
    narrow = Axis(title="r", unit="ohm", low=0.0, high=3.0)
    assert not draw(picture(line(), Rule(text="far", at=4.0, along="y"), y=narrow)).layout.shapes


def test_the_text_of_a_rule_follows_it_onto_a_logarithmic_axis():
    log = Axis(title="r", unit="ohm", log=True)
    figure = draw(picture(line(), Rule(text="goal", at=3.0, along="y"), y=log))
    assert figure.layout.annotations[0].y == pytest.approx(np.log10(3.0))
    assert figure.layout.shapes[0].y0 == 3.0


def test_few_points_carry_their_labels_apart_from_each_other_and_many_do_not():
    x = np.array([1.0, 1.0, 5.0, 5.0])
    few = Points(name="m", x=x, y=np.array([1.0, 1.02, 3.0, 3.0]), labels=("W1-S1", "W1-S2", "W2-S1", "W2-S2"))
    trace = draw(picture(few)).data[0]
    assert "text" in trace.mode
    assert trace.textposition[0] != trace.textposition[1]
    many = draw(picture(points(13, labels=tuple(f"S{i}" for i in range(13))))).data[0]
    assert many.mode == "markers"
    assert many.hovertext[12].startswith("<b>S12</b>")


def test_labels_that_find_no_room_are_left_to_the_hover_box():
    same = Points(name="m", x=np.ones(12), y=np.ones(12), labels=tuple(f"a long label {i}" for i in range(12)))
    trace = draw(picture(same)).data[0]
    assert 1 <= sum(text != "" for text in trace.text) < 12


def test_hover_boxes_name_value_interval_and_unit():
    x = np.array([400.0, 500.0])
    text = draw(picture(Points(name="m", x=x, y=x / 100, y_interval=ends(x / 100, 0.5)))).data[0].hovertext[0]
    assert "annealing temperature: 400.0 °C" in text
    assert "resistance growth: 4.000 (3.500 to 4.500) Ω cm² h⁻⁰·⁵" in text


def test_no_text_of_a_user_reaches_plotly_as_markup():
    bad = "<a href='x'>&lt;%{x}"
    axis = Axis(title=bad, unit="1", levels=(bad, "b"))
    shade = Axis(title=bad, unit="1")
    at = np.array([0.0, 1.0])
    grid = Field(name=bad, x=at, y=at, z=np.outer(at, at), z_axis=shade, lines=(0.5,), filled=False)
    series = (
        Points(name=bad, x=at, y=at, labels=(bad, "l"), shade=at, shade_axis=shade),
        Line(name=bad + "2", x=at, y=at, band=ends(at, 0.1)),
        Bars(name=bad + "3", position=at, length=at),
        Rule(text=bad, at=0.5, along="y"),
        grid,
    )
    asked = Picture(key="p", title=bad, alt="a", caption="c", panels=(Panel(title=bad, x=axis, y=axis, series=series),))
    text = figure_json(draw(asked))
    assert "\\u003ca href" not in text
    assert not re.search(r"[<>]", text)
    assert "%{x}" not in text
    assert text.count("\\u0026lt;a href") >= 8


def test_the_same_picture_gives_the_same_figure():
    asked = picture(points(5, labels=tuple("abcde")), line(band=ends(np.linspace(1, 7, 4), 1.0)))
    assert figure_json(draw(asked)) == figure_json(draw(asked))


def test_series_without_values_and_with_unknown_ones_are_drawn():
    none, unknown = np.empty(0), np.full(3, np.nan)
    series = (
        Points(name="none", x=none, y=none, y_interval=Interval(low=none, high=none), labels=()),
        Points(name="unknown", x=unknown, y=unknown, labels=("a", "b", "c")),
        Line(name="l", x=none, y=none, band=Interval(low=none, high=none)),
        Line(name="u", x=np.arange(3.0), y=unknown, band=Interval(low=unknown, high=unknown)),
        Bars(name="b", position=none, length=none, interval=Interval(low=none, high=none)),
        Field(name="f", x=np.arange(2.0), y=np.arange(2.0), z=np.full((2, 2), np.nan), z_axis=ICE, lines=(1.0,)),
    )
    assert "NaN" not in figure_json(draw(picture(*series)))
