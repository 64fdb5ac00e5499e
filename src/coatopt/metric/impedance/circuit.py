"""The equivalent circuit of a solid-state cell: one resistor, two arcs and a constant phase element in series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coatopt.errors import InputError
from coatopt.metric.measured_data import ComplexArray, FloatArray

CIRCUITS = ("R-(RQ)-(RQ)-Q", "R-(RQ)-(RQ)-P")
PARAMETERS = ("log_r0", "log_r1", "log_q1", "alpha1", "log_r2", "log_q2", "alpha2", "log_q3", "alpha3")
_LN10 = float(np.log(10.0))
_ARCS = (1, 4)


def check_circuit(name: str) -> None:
    """Check that a circuit is one that can be fitted.

    Both names stand for the same function. J. Electrochem. Soc. 2026, 173, 070501 writes the last element as Q,
    Adv. Energy Mater. 2025, 2405405 as P; both describe it in the same words, "a serial connection of one
    resistor, two (R)(Q) elements, and one constant phase element", so that P is no Warburg element.

    Args:
        name: Such as ``R-(RQ)-(RQ)-Q``.

    Raises:
        InputError: If it is not one of ``CIRCUITS``.
    """
    if name not in CIRCUITS:
        raise InputError(f"'{name}' is not a circuit that can be fitted; choose {' or '.join(CIRCUITS)}")


def log_angular(frequency: FloatArray) -> ComplexArray:
    """Take the natural logarithm of j omega, from which every power of it follows.

    Args:
        frequency: In Hz, shape (n,).

    Returns:
        ln(j 2 pi f), shape (n,).
    """
    return np.log(2 * np.pi * np.asarray(frequency, dtype=np.float64)) + 0.5j * np.pi


def impedance(parameters: npt.ArrayLike, log_jw: ComplexArray) -> ComplexArray:
    """Evaluate Z = R0 + sum of R_i / (1 + R_i Q_i (j w)^alpha_i) + 1 / (Q3 (j w)^alpha3).

    Args:
        parameters: In the order of ``PARAMETERS``: decadic logarithms of R in ohm and of Q in ohm^-1 s^alpha,
            exponents as they are; shape (9,).
        log_jw: From ``log_angular``, shape (n,).

    Returns:
        In ohm, shape (n,).
    """
    p = np.asarray(parameters, dtype=np.float64)
    total = 10.0 ** p[0] + 10.0 ** -p[7] * np.exp(-p[8] * log_jw)
    for i in _ARCS:
        total = total + 1 / (10.0 ** -p[i] + 10.0 ** p[i + 1] * np.exp(p[i + 2] * log_jw))
    return np.asarray(total, dtype=np.complex128)


def derivative(parameters: npt.ArrayLike, log_jw: ComplexArray) -> ComplexArray:
    """Differentiate the impedance by each parameter.

    Args:
        parameters: As for ``impedance``, shape (9,).
        log_jw: From ``log_angular``, shape (n,).

    Returns:
        Shape (9, n): in ohm per decade for resistances and Q, in ohm for exponents.
    """
    p = np.asarray(parameters, dtype=np.float64)
    rows = np.empty((len(PARAMETERS), len(log_jw)), dtype=np.complex128)
    rows[0] = _LN10 * 10.0 ** p[0]
    for i in _ARCS:
        admittance = 10.0 ** p[i + 1] * np.exp(p[i + 2] * log_jw)
        arc = 1 / (10.0 ** -p[i] + admittance)
        rows[i] = _LN10 * arc**2 * 10.0 ** -p[i]
        rows[i + 1] = -_LN10 * arc**2 * admittance
        rows[i + 2] = -(arc**2) * admittance * log_jw
    tail = 10.0 ** -p[7] * np.exp(-p[8] * log_jw)
    rows[7] = -_LN10 * tail
    rows[8] = -log_jw * tail
    return rows


@dataclass(frozen=True, eq=False)
class RelativeResidual:
    """Residual (Z_fit - Z) / abs(Z), real parts first, then imaginary ones, and its derivative.

    Attributes:
        log_jw: From ``log_angular``, shape (n,).
        measured: In ohm, shape (n,).
    """

    log_jw: ComplexArray
    measured: ComplexArray

    def __call__(self, parameters: npt.ArrayLike) -> FloatArray:
        """Evaluate the residual.

        Args:
            parameters: As for ``impedance``, shape (9,).

        Returns:
            Plain numbers, shape (2 n,).
        """
        relative = (impedance(parameters, self.log_jw) - self.measured) / np.abs(self.measured)
        return np.concatenate([relative.real, relative.imag])

    def jacobian(self, parameters: npt.ArrayLike) -> FloatArray:
        """Differentiate the residual.

        Args:
            parameters: As for ``impedance``, shape (9,).

        Returns:
            Shape (2 n, 9).
        """
        rows = (derivative(parameters, self.log_jw) / np.abs(self.measured)).T
        return np.concatenate([rows.real, rows.imag])
