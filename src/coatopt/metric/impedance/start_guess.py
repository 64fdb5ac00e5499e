"""Where a fit begins: random shapes of the two arcs, with the resistances that suit the data best."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from coatopt.metric.measured_data import ComplexArray, FloatArray

STARTS = 12
_SHAPES_PER_START = 16
_EDGE = 1e-6


def bounds(measured: ComplexArray) -> FloatArray:
    """Bound the parameters of the circuit.

    Args:
        measured: Impedance in ohm, shape (n,).

    Returns:
        Lower and upper bounds in the order of ``circuit.PARAMETERS``, shape (2, 9): resistances from 1e-4 of
        the smallest to 100 times the largest modulus, Q from 1e-14 to 1e6 ohm^-1 s^alpha, exponents of the arcs
        from 0.3 to 1, of the last element from 0.2 to 1.
    """
    modulus = np.abs(measured)
    r = (np.log10(modulus.min()) - 4, np.log10(modulus.max()) + 2)
    q, alpha = (-14.0, 6.0), (0.3, 1.0)
    return np.array([r, r, q, alpha, r, q, alpha, q, (0.2, 1.0)]).T


def random_starts(log_jw: ComplexArray, measured: ComplexArray, generator: np.random.Generator) -> FloatArray:
    """Draw starting points for a fit.

    Once the apex frequencies and exponents are chosen, the circuit is linear in its resistances and in 1/Q3, and
    non-negative least squares finds those. Each start is the best of 16 random shapes, so that the starts differ
    and none is hopeless. Random numbers come in one order, whatever the data.

    Args:
        log_jw: ln(j omega), shape (n,).
        measured: Impedance in ohm, shape (n,).
        generator: Source of randomness.

    Returns:
        Points inside the bounds, shape (12, 9).
    """
    log_omega = log_jw.real
    span = (log_omega.min() - 0.7, log_omega.max() + 0.7)
    shapes = generator.random((STARTS, _SHAPES_PER_START, 5))
    starts = [_best([_shape(u, span) for u in row], log_jw, measured) for row in shapes]
    low, high = bounds(measured)
    return np.asarray(np.clip(np.array(starts), low + _EDGE, high - _EDGE), dtype=np.float64)


def _shape(uniform: FloatArray, span: tuple[float, float]) -> FloatArray:
    # ln(omega) of both apexes, exponents of both arcs and of the last element
    low = np.array([span[0], span[0], 0.5, 0.5, 0.3])
    high = np.array([span[1], span[1], 1.0, 1.0, 1.0])
    return np.asarray(low + uniform * (high - low), dtype=np.float64)


def _best(shapes: list[FloatArray], log_jw: ComplexArray, measured: ComplexArray) -> list[float]:
    solved = [(*_amplitudes(shape, log_jw, measured), shape) for shape in shapes]
    _, amplitudes, shape = min(solved, key=lambda one: one[0])
    modulus = np.abs(measured)
    smallest = [1e-3 * modulus.min(), *[1e-3 * modulus.max()] * 2, 1e-9 * modulus.max()]
    r0, r1, r2, tail = np.maximum(amplitudes, smallest)
    a1, a2, a3 = shape[2:]
    log_q1, log_q2 = -np.log10([r1, r2]) - shape[:2] * shape[2:4] / np.log(10)
    return [np.log10(r0), np.log10(r1), log_q1, a1, np.log10(r2), log_q2, a2, -np.log10(tail), a3]


def _amplitudes(shape: FloatArray, log_jw: ComplexArray, measured: ComplexArray) -> tuple[float, FloatArray]:
    apexes, exponents = shape[:2], shape[2:4]
    columns = np.array(
        [
            np.ones_like(log_jw),
            *(1 / (1 + np.exp(a * (log_jw - apex))) for apex, a in zip(apexes, exponents, strict=True)),
            np.exp(-shape[4] * log_jw),
        ]
    ) / np.abs(measured)
    target = measured / np.abs(measured)
    solution, misfit = nnls(
        np.concatenate([columns.real, columns.imag], axis=1).T, np.concatenate([target.real, target.imag])
    )
    return float(misfit), solution
