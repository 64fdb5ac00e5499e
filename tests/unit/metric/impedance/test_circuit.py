from __future__ import annotations

import numpy as np
import pytest
from impedance.models.circuits.elements import CPE, R, p, s

from coatopt.errors import InputError
from coatopt.metric.impedance.circuit import (
    CIRCUITS,
    PARAMETERS,
    RelativeResidual,
    check_circuit,
    derivative,
    impedance,
    log_angular,
)

FREQUENCY = np.logspace(6.8, -2, 60)
SHAPES = [
    [1.7, 1.2, -7.5, 0.9, 2.3, -4.1, 0.75, -3.0, 0.3],
    [-0.4, 2.0, -9.0, 1.0, 0.1, -1.0, 0.4, 0.5, 1.0],
]


@pytest.mark.parametrize("parameters", SHAPES)
def test_the_formula_is_that_of_impedance_py(parameters):
    r0, r1, q1, a1, r2, q2, a2, q3, a3 = parameters
    f = FREQUENCY.tolist()
    theirs = s(
        [
            R([10**r0], f),
            p([R([10**r1], f), CPE([10**q1, a1], f)]),
            p([R([10**r2], f), CPE([10**q2, a2], f)]),
            CPE([10**q3, a3], f),
        ]
    )
    np.testing.assert_allclose(impedance(parameters, log_angular(FREQUENCY)), theirs, rtol=1e-12)


@pytest.mark.parametrize("parameters", SHAPES)
def test_derivatives_are_those_of_finite_differences(parameters):
    log_jw, step = log_angular(FREQUENCY), 1e-6
    analytic = derivative(parameters, log_jw)
    for i, name in enumerate(PARAMETERS):
        shift = step * (np.arange(9) == i)
        numeric = (impedance(parameters + shift, log_jw) - impedance(parameters - shift, log_jw)) / (2 * step)
        np.testing.assert_allclose(analytic[i], numeric, rtol=1e-5, atol=1e-7 * np.abs(numeric).max(), err_msg=name)


def test_residuals_are_relative_to_the_modulus_real_parts_first():
    log_jw = log_angular(FREQUENCY)
    z = impedance(SHAPES[0], log_jw)
    residual = RelativeResidual(log_jw, z / (1.01 + 0.02j))(SHAPES[0])
    turned = np.exp(1j * np.angle(z / (1.01 + 0.02j))) * (0.01 + 0.02j)
    np.testing.assert_allclose(residual, np.concatenate([turned.real, turned.imag]), atol=1e-12)


def test_the_jacobian_belongs_to_the_residual():
    residual = RelativeResidual(log_angular(FREQUENCY), impedance(SHAPES[1], log_angular(FREQUENCY)))
    shift = 1e-6 * (np.arange(9) == 5)
    numeric = (residual(SHAPES[0] + shift) - residual(SHAPES[0] - shift)) / 2e-6
    jacobian = residual.jacobian(SHAPES[0])
    assert jacobian.shape == (120, 9)
    np.testing.assert_allclose(jacobian[:, 5], numeric, rtol=1e-4, atol=1e-6 * np.abs(numeric).max())


def test_both_names_of_the_circuit_are_known_and_no_other():
    for name in CIRCUITS:
        check_circuit(name)
    assert set(CIRCUITS) == {"R-(RQ)-(RQ)-Q", "R-(RQ)-(RQ)-P"}
    with pytest.raises(InputError, match=r"'R-\(RC\)' is not a circuit that can be fitted; choose R-\(RQ\)-\(RQ\)-Q"):
        check_circuit("R-(RC)")
