from __future__ import annotations

import math

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.mixing.indentation import indentation_from_columns, split, work


def curves(depth=10.0, force=50.0, residual=6.0, points=400, end=None):
    # A straight way down and a straight way back: W_total = F s / 2, W_elastic = F (s - s_0) / 2.
    down = np.linspace(0.0, depth, points)
    up = np.linspace(depth, residual if end is None else end, points)
    return down, force * down / depth, up, force * (up - residual) / (depth - residual)


def one_curve(**change):
    down, push, up, back = curves(**change)
    return np.concatenate([down, up[1:]]), np.concatenate([push, back[1:]])


def test_straight_curves_give_the_areas_of_their_triangles():
    found = work(*curves())
    assert found.total == pytest.approx(250.0)
    assert found.elastic == pytest.approx(100.0)
    assert found.plastic == pytest.approx(150.0)
    assert found.elastic_share == pytest.approx(0.4)
    assert (found.residual_depth, found.depth) == (pytest.approx(6.0), pytest.approx(10.0))
    assert found.notes == ()


def test_bent_curves_give_their_integrals():
    s = np.linspace(0.0, 10.0, 2000)
    up = np.linspace(10.0, 7.0, 2000)
    found = work(s, 0.5 * s**2, up, 50.0 * ((up - 7.0) / 3.0) ** 1.5)
    assert found.total == pytest.approx(0.5 * 1000 / 3, rel=1e-5)
    assert found.elastic == pytest.approx(50.0 * 3.0 / 2.5, rel=1e-5)


def test_one_curve_is_split_at_its_deepest_point():
    displacement, force = one_curve()
    down, push, up, back = split(displacement, force)
    assert (down[-1], up[0], push[-1], back[0]) == (10.0, 10.0, 50.0, 50.0)
    found = indentation_from_columns(displacement, force)
    assert found.elastic_share.value == pytest.approx(0.4)
    assert found.plastic_share.value == pytest.approx(0.6)
    assert found.plastic.value == pytest.approx(150.0)
    assert found.scatter is None
    assert any("scatter" in note for note in found.notes)


def test_a_hold_at_the_deepest_point_takes_no_work():
    displacement, force = one_curve()
    top = int(np.argmax(displacement)) + 1
    held = np.concatenate([displacement[:top], np.full(50, 10.0), displacement[top:]])
    pressed = np.concatenate([force[:top], np.full(50, 49.0), force[top:]])
    found = indentation_from_columns(held, pressed)
    assert found.elastic_share.value == pytest.approx(0.4, abs=0.001)


def test_several_indents_give_scatter_and_standard_error():
    parts = [one_curve(residual=residual) for residual in (5.0, 6.0, 7.0)]
    displacement, force = (np.concatenate(side) for side in zip(*parts, strict=True))
    names = [f"i{number}" for number, part in enumerate(parts) for _ in part[0]]
    found = indentation_from_columns(displacement, force, names)
    assert found.indents == 3
    assert found.elastic_share.value == pytest.approx(0.4)
    assert found.scatter == pytest.approx(0.1)
    assert found.elastic_share.plus == pytest.approx(0.1 / math.sqrt(3))
    assert found.plastic_share.plus == pytest.approx(found.elastic_share.plus)
    assert found.total.plus == pytest.approx(0.0, abs=1e-9)
    assert found.document()["elastic"]["unit"] == "nJ"


def test_noise_does_not_move_the_shares():
    rng = np.random.default_rng(11)
    parts = []
    for _ in range(24):
        displacement, force = one_curve(end=5.8)
        parts.append(
            (displacement + 0.005 * rng.standard_normal(len(force)), force + 0.3 * rng.standard_normal(len(force)))
        )
    displacement, force = (np.concatenate(side) for side in zip(*parts, strict=True))
    names = np.repeat(np.arange(24), len(parts[0][0])).tolist()
    found = indentation_from_columns(displacement, force, names)
    assert found.elastic_share.value == pytest.approx(0.4, abs=0.003)


@pytest.mark.parametrize("order", ["as measured", "both rising", "both falling"])
def test_direction_of_the_rows_does_not_matter(order):
    down, push, up, back = curves()
    if order == "both rising":
        up, back = up[::-1], back[::-1]
    if order == "both falling":
        down, push = down[::-1], push[::-1]
    assert work(down, push, up, back).elastic_share == pytest.approx(0.4)


def test_pressing_may_be_negative():
    down, push, up, back = curves()
    found = work(-down, -push, -up, -back)
    assert found.elastic_share == pytest.approx(0.4)
    assert len(found.notes) == 2
    displacement, force = one_curve()
    table = indentation_from_columns(-displacement, -force)
    assert table.elastic_share.value == pytest.approx(0.4)
    assert any("displacement was counted as negative" in note for note in table.notes)


def test_approach_before_contact_is_not_counted():
    down, push, up, back = curves()
    approach = np.linspace(-3.0, -0.01, 50)
    found = work(np.concatenate([approach, down]), np.concatenate([np.zeros(50), push]), up, back)
    assert found.total == pytest.approx(250.0, rel=1e-3)


def test_adhesion_after_the_axis_is_not_counted():
    found = work(*curves(end=4.0))
    assert found.elastic == pytest.approx(100.0, rel=1e-3)
    assert found.residual_depth == pytest.approx(6.0)


def test_unloading_that_ends_above_zero_is_continued_and_said():
    found = work(*curves(end=7.0))
    assert found.residual_depth == pytest.approx(6.0)
    assert found.elastic == pytest.approx(100.0)
    assert any("continued along its last part" in note for note in found.notes)


def test_unloading_that_ends_far_above_zero_is_refused():
    with pytest.raises(InputError, match="ends at 62% of its highest force"):
        work(*curves(end=8.5))


def test_swapped_curves_are_refused():
    down, push, _, _ = curves(force=20.0)
    _, _, up, back = curves(residual=0.0)
    with pytest.raises(InputError, match="are the two curves swapped"):
        work(down, push, up, back)


def test_offsets_are_pointed_out():
    down, push, up, back = curves()
    assert any("force does not begin at zero" in note for note in work(down, push + 3.0, up, back).notes)
    late = work(down[40:], push[40:], up, back)
    assert any("beginning is missing" in note for note in late.notes)


def test_rows_out_of_order_are_refused():
    down, push, up, back = curves()
    mixed = np.random.default_rng(12).permutation(len(down))
    with pytest.raises(InputError, match="loading curve jumps to and fro"):
        work(down[mixed], push[mixed], up, back)
    with pytest.raises(InputError, match="unloading curve jumps to and fro"):
        work(down, push, up[mixed], back[mixed])


def test_curves_that_cannot_be_used_are_refused_in_words():
    down, push, up, back = curves()
    with pytest.raises(InputError, match=r"indent 1: the curve has no unloading part"):
        indentation_from_columns(down, push)
    with pytest.raises(InputError, match="no loading part"):
        indentation_from_columns(up, back)
    with pytest.raises(InputError, match="number of rows"):
        indentation_from_columns(down, push[:-1])
    with pytest.raises(InputError, match="at or below zero force"):
        work(down, push, up, back - 60.0)
    with pytest.raises(InputError, match="cannot be continued"):
        work(down, push, up, np.concatenate([np.linspace(50, 10, 300), np.full(100, 10.0)]))
    with pytest.raises(InputError, match="took no work"):
        work(down, np.zeros_like(push), up, back)


def test_a_fully_elastic_indent_has_no_plastic_share():
    found = work(*curves(residual=0.0))
    assert found.elastic_share == pytest.approx(1.0)
    assert found.plastic == pytest.approx(0.0, abs=1e-9)


def test_contact_between_two_rows_is_interpolated():
    s = np.array([-1.0, 1.0, 3.0, 5.0, 7.0, 9.0])
    up = np.linspace(9.0, 8.0, 50)
    found = work(s, 10 + 5 * s, up, 55 * (up - 8.0))
    assert found.total == pytest.approx(10 * 9 + 2.5 * 81)
    assert any("force does not begin at zero" in note for note in found.notes)


def test_a_bent_unloading_curve_is_continued_along_its_end():
    s = np.linspace(0.0, 10.0, 500)
    up = np.linspace(10.0, 7.4, 400)
    found = work(s, 5.0 * s, up, 50.0 * ((up - 7.0) / 3.0) ** 1.5)
    # A line through the last fifth ends at 7.19 um, one through the whole curve at 7.27; the truth is 7.
    assert found.residual_depth == pytest.approx(7.19, abs=0.02)


def test_small_offsets_are_not_worth_a_note():
    down, push, up, back = curves()
    assert work(down[7:], push[7:], up, back).notes == ()
    assert work(down, push + 0.8, up, back).notes == ()
    # A depth that begins at 0.25 um of 10, and a force that begins at 1.5 of 51.5 mN, are.
    assert len(work(down[10:], push[10:] - 1.0, up, back).notes) == 1
    assert len(work(down, push + 1.5, up, back).notes) == 1


def test_six_rows_are_enough_for_an_indent():
    found = indentation_from_columns([0.0, 5.0, 10.0, 8.0, 6.0, 5.0], [0.0, 25.0, 50.0, 25.0, 0.0, -1.0])
    assert found.elastic_share.value == pytest.approx(0.4)
