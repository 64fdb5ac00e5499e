"""Elastic and plastic work of an indentation from its force-displacement curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, column, same_length
from coatopt.metric.estimate import Estimate
from coatopt.metric.measured_data import FloatArray

FARTHEST_EXTRAPOLATION = 0.5
BACKWARD_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class Indent:
    """Work of one indentation.

    Attributes:
        total: Work while loading, in nJ.
        elastic: Work given back while unloading, in nJ.
        residual_depth: Depth at which the force is back at zero, in um.
        depth: Deepest displacement, in um.
        notes: What was done to the curve.
    """

    total: float
    elastic: float
    residual_depth: float
    depth: float
    notes: tuple[str, ...]

    @property
    def plastic(self) -> float:
        """Work that is not given back, in nJ."""
        return self.total - self.elastic

    @property
    def elastic_share(self) -> float:
        """Elastic work over total work, unit 1."""
        return self.elastic / self.total


@dataclass(frozen=True, kw_only=True)
class Indentation:
    """Mean of the indents of one pellet; standard errors of the mean from the scatter over the indents.

    Attributes:
        total: Work while loading, in nJ.
        elastic: Work given back, in nJ.
        plastic: Work not given back, in nJ.
        elastic_share: Unit 1.
        plastic_share: Unit 1.
        scatter: Standard deviation of the share of a single indent, unit 1, which is what the published error
            bars show; None for one indent.
        indents: How many.
        notes: What was done to the curves, and what to know before the numbers are used.
    """

    total: Estimate
    elastic: Estimate
    plastic: Estimate
    elastic_share: Estimate
    plastic_share: Estimate
    scatter: float | None
    indents: int
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            The works, the shares, ``scatter``, ``indents`` and ``notes``.
        """
        names = ("total", "elastic", "plastic", "elastic_share", "plastic_share")
        return {
            **{name: getattr(self, name).document() for name in names},
            "scatter": self.scatter,
            "indents": self.indents,
            "notes": list(self.notes),
        }


def split(displacement: FloatArray, force: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Split one curve at its deepest point.

    Args:
        displacement: In um in the order of time, shape (n,).
        force: In mN, shape (n,).

    Returns:
        Displacement and force while loading, then displacement and force while unloading.

    Raises:
        InputError: If the curve has no loading or no unloading part.
    """
    deepest = int(np.argmax(displacement))
    if deepest < 2 or len(displacement) - deepest < 3:
        part = "loading" if deepest < 2 else "unloading"
        raise InputError(
            f"the curve has no {part} part: its deepest point is row {deepest + 1} of {len(displacement)}; "
            "give the rows in the order of time"
        )
    return displacement[: deepest + 1], force[: deepest + 1], displacement[deepest:], force[deepest:]


def work(
    loading_displacement: Column,
    loading_force: Column,
    unloading_displacement: Column,
    unloading_force: Column,
) -> Indent:
    """Integrate a loading and an unloading curve.

    Equations 6 to 8 of Nat. Commun. 2026, 17, 3215, by the trapezium rule: W_total from 0 to s_max under the
    loading curve, W_elastic from s_0 to s_max under the unloading curve, W_plastic the difference. s_0 is where
    the unloading curve first meets the axis; a curve that ends above it is continued along its last part.
    Pressing may be counted as negative; the unloading curve may come in either direction.

    Args:
        loading_displacement: In um, shape (n,); 0 is the first contact.
        loading_force: In mN, shape (n,).
        unloading_displacement: In um, shape (m,).
        unloading_force: In mN, shape (m,).

    Returns:
        Works in nJ.

    Raises:
        InputError: If the curves are out of order, end far above zero, or give back more work than they took.
    """
    same_length({"displacement while loading": loading_displacement, "force while loading": loading_force})
    same_length({"displacement while unloading": unloading_displacement, "force while unloading": unloading_force})
    names = "displacement in um", "force in mN"
    down, push = (column(c, name, rows=3) for c, name in zip((loading_displacement, loading_force), names, strict=True))
    up, back = (
        column(c, name, rows=3) for c, name in zip((unloading_displacement, unloading_force), names, strict=True)
    )
    notes: list[str] = []
    if _negative(down):
        down, up = -down, -up
        notes.append("displacement was counted as negative; turned round")
    if _negative(push):
        push, back = -push, -back
        notes.append("force was counted as negative; turned round")
    if down[0] > down[-1]:
        down, push = down[::-1], push[::-1]
    if up[0] < up[-1]:
        up, back = up[::-1], back[::-1]
    _check_order(down, "loading")
    _check_order(-up, "unloading")
    total = _loading_work(down, push, notes)
    elastic, residual = _unloading_work(up, back, notes)
    if elastic > 1.02 * total:
        raise InputError(
            f"unloading gives back {elastic:.4g} nJ and loading took {total:.4g} nJ; are the two curves swapped?"
        )
    return Indent(
        total=total, elastic=elastic, residual_depth=residual, depth=float(max(down[-1], up[0])), notes=tuple(notes)
    )


def indentation_from_columns(displacement: Column, force: Column, indent: Sequence[str] | None = None) -> Indentation:
    """Evaluate the indents of one pellet, each a curve that goes down and comes back.

    Args:
        displacement: In um, each indent in the order of time.
        force: In mN.
        indent: Name or number of the indent in each row; None for a single one (or an averaged curve).

    Returns:
        Mean works and shares, with the scatter over the indents.

    Raises:
        InputError: If the columns differ in length, or a curve cannot be used.
    """
    same_length({"displacement": displacement, "force": force, "indent": indent})
    depths, forces = column(displacement, "displacement in um", rows=6), column(force, "force in mN", rows=6)
    labels = [str(label) for label in indent] if indent is not None else ["1"] * len(depths)
    found = []
    for label in dict.fromkeys(labels):
        rows = np.array([other == label for other in labels])
        try:
            sign = -1.0 if _negative(depths[rows]) else 1.0
            down, push, up, back = split(sign * depths[rows], forces[rows])
            found.append(work(sign * down, push, sign * up, back))
        except InputError as error:
            raise InputError(f"indent {label}: {error}") from error
    many = len(found) > 1
    notes = [f"{note} (in {count} of {len(found)} indents)" for note, count in _counted(found).items()]
    if not many:
        notes.append("one curve: the scatter over the pellet is not known, so there is no error")
    shares = np.array([single.elastic_share for single in found])
    return Indentation(
        total=_mean([single.total for single in found], "nJ"),
        elastic=_mean([single.elastic for single in found], "nJ"),
        plastic=_mean([single.plastic for single in found], "nJ"),
        elastic_share=_mean(list(shares), "1"),
        plastic_share=_mean(list(1 - shares), "1"),
        scatter=float(shares.std(ddof=1)) if many else None,
        indents=len(found),
        notes=tuple(notes),
    )


def _negative(values: FloatArray) -> bool:
    return bool(-values.min() > values.max())


def _check_order(displacement: FloatArray, part: str) -> None:
    steps = np.diff(displacement)
    backward = -float(steps[steps < 0].sum())
    if displacement[-1] <= displacement[0] or backward > BACKWARD_SHARE * (displacement[-1] - displacement[0]):
        raise InputError(f"the displacement of the {part} curve jumps to and fro; give its rows in the order of time")


def _loading_work(down: FloatArray, push: FloatArray, notes: list[str]) -> float:
    # Before first contact there is nothing to count: the curve is cut at zero displacement.
    start = int(np.argmax(down >= 0))
    if start > 0:
        share = -down[start - 1] / (down[start] - down[start - 1])
        at_zero = push[start - 1] + share * (push[start] - push[start - 1])
        down, push = np.concatenate([[0.0], down[start:]]), np.concatenate([[at_zero], push[start:]])
    if down[0] > 0.02 * down[-1]:
        notes.append("the loading curve does not begin at zero displacement; its beginning is missing")
    if abs(push[0]) > 0.02 * push.max():
        notes.append("the force does not begin at zero; check its offset")
    total = float(np.trapezoid(push, down))
    if total <= 0:
        raise InputError("loading took no work; check the signs of displacement and force")
    return total


def _unloading_work(up: FloatArray, back: FloatArray, notes: list[str]) -> tuple[float, float]:
    below = np.flatnonzero(back <= 0)
    if len(below) and below[0] > 0:
        last = int(below[0])
        share = back[last - 1] / (back[last - 1] - back[last])
        residual = float(up[last - 1] + share * (up[last] - up[last - 1]))
        path, force = np.append(up[:last], residual), np.append(back[:last], 0.0)
        return -float(np.trapezoid(force, path)), residual
    if len(below):
        raise InputError("the unloading curve begins at or below zero force; its beginning is missing")
    measured = -float(np.trapezoid(back, up))
    if back[-1] > FARTHEST_EXTRAPOLATION * back.max():
        raise InputError(
            f"the unloading curve ends at {back[-1] / back.max():.0%} of its highest force; measure it back to zero"
        )
    tail = up <= up[-1] + 0.2 * (up[0] - up[-1])
    tail[-3:] = True
    slope = float(np.polyfit(up[tail], back[tail], 1)[0])
    if slope <= 0:
        raise InputError("the end of the unloading curve does not fall, so it cannot be continued to zero force")
    residual = max(float(up[-1] - back[-1] / slope), 0.0)
    added = back[-1] * (up[-1] - residual) / 2
    notes.append("the unloading curve ends above zero force; continued along its last part")
    return measured + added, residual


def _counted(found: Sequence[Indent]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for note in (note for single in found for note in single.notes):
        counts[note] = counts.get(note, 0) + 1
    return counts


def _mean(values: Sequence[float], unit: str) -> Estimate:
    sd = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Estimate(value=float(np.mean(values)), unit=unit, plus=sd, minus=sd)
