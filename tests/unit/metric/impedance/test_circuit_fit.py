from __future__ import annotations

import numpy as np
import pytest

from coatopt.errors import InputError
from coatopt.metric.impedance.circuit import RelativeResidual, log_angular
from coatopt.metric.impedance.circuit_fit import fit_circuit
from coatopt.metric.impedance.spectrum_check import Window, part

RESISTANCES = (0, 1, 4)
SWAPPED = [0, 4, 5, 6, 1, 2, 3, 7, 8]


def fitted(spectrum, seed=0, also_from=()):
    return fit_circuit(spectrum.frequency, spectrum.impedance, seed, also_from)


def values(fit):
    return np.array([r.nominal_value for r in (fit.separator, fit.arcs[0].resistance, fit.arcs[1].resistance)])


def errors(fit):
    return np.array([r.std_dev for r in (fit.separator, fit.arcs[0].resistance, fit.arcs[1].resistance)])


def test_known_resistances_come_back_within_one_percent_with_calibrated_errors(make_cell):
    # Acceptance: 200 noise draws, 1 MHz to 0.1 Hz, noise of 0.4 % of abs(Z) on each part. Tested is the standard
    # error of the fit in the one reported window; a fraction of 0.683 has a standard deviation of 0.033 here.
    cell = make_cell()
    fits = [fitted(cell.spectrum(noise=0.004, seed=1000 + draw), seed=draw) for draw in range(200)]
    found, error = np.array([values(fit) for fit in fits]), np.array([errors(fit) for fit in fits])
    np.testing.assert_allclose(found.mean(axis=0), cell.resistances, rtol=0.01)
    coverage = np.mean(np.abs(found - cell.resistances) <= error, axis=0)
    assert ((coverage >= 0.60) & (coverage <= 0.76)).all(), coverage
    np.testing.assert_allclose(error.mean(axis=0), found.std(axis=0), rtol=0.15)
    assert all(0.3 < fit.rms < 0.5 for fit in fits)


def test_without_noise_the_circuit_comes_back_as_it_was_made(make_cell):
    cell = make_cell()
    fit = fitted(cell.spectrum())
    np.testing.assert_allclose(values(fit), cell.resistances, rtol=1e-6)
    np.testing.assert_allclose([arc.apex.nominal_value for arc in fit.arcs], [3e4, 30], rtol=1e-6)
    np.testing.assert_allclose([arc.alpha.nominal_value for arc in fit.arcs], [0.9, 0.85], rtol=1e-6)
    np.testing.assert_allclose([10**fit.log_q3.nominal_value, fit.alpha3.nominal_value], [0.05, 0.6], rtol=1e-6)


def test_standard_errors_scale_with_the_variance_of_the_relative_residual(make_cell):
    spectrum = make_cell().spectrum(noise=0.004, seed=3)
    fit = fitted(spectrum)
    residual = RelativeResidual(log_angular(spectrum.frequency), spectrum.impedance)
    jacobian, misfit = residual.jacobian(fit.best), residual(fit.best)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * (misfit @ misfit) / (142 - 9)
    expected = np.log(10) * values(fit) * np.sqrt(np.diag(covariance))[list(RESISTANCES)]
    np.testing.assert_allclose(errors(fit), expected, rtol=1e-3)


def test_the_sum_keeps_the_correlations_of_its_parts(make_cell):
    fit = fitted(make_cell().spectrum(noise=0.004, seed=3))
    apart = float(np.sqrt(np.sum(errors(fit) ** 2)))
    assert fit.total.nominal_value == pytest.approx(values(fit).sum())
    assert fit.total.std_dev != pytest.approx(apart, rel=0.01)


def test_arcs_are_ordered_by_apex_frequency_whatever_the_start(make_cell):
    cell = make_cell()
    spectrum = cell.spectrum(noise=0.003, seed=5)
    straight, swapped = (
        fitted(spectrum, also_from=[start]) for start in (cell.parameters(), cell.parameters()[SWAPPED])
    )
    for fit in (straight, swapped):
        assert fit.arcs[0].apex.nominal_value > 100 * fit.arcs[1].apex.nominal_value
    np.testing.assert_allclose(values(straight), values(swapped), rtol=1e-3)
    np.testing.assert_allclose(straight.best, swapped.best, atol=1e-3)


@pytest.mark.parametrize("low", [0.1, 1.0])
def test_arcs_of_a_real_cell_do_not_swap_between_windows_or_seeds(solid_state, low):
    piece = part(solid_state, Window(1e6, low))
    fits = [fitted(piece, seed) for seed in range(4)]
    for fit in fits:
        assert fit.arcs[0].resistance.nominal_value == pytest.approx(15.6, abs=0.3)
        assert fit.arcs[0].apex.nominal_value == pytest.approx(9.2e5, rel=0.05)
        assert fit.arcs[1].apex.nominal_value == pytest.approx(5.7, abs=0.5)
    assert np.ptp([fit.rms for fit in fits]) < 1e-4


def test_single_starts_are_not_enough_on_a_real_cell(solid_state):
    reached = [fitted(part(solid_state, Window(1e6, 0.01)), seed).starts_reached for seed in range(4)]
    assert all(0 < count < 12 for count in reached), reached


def test_a_fit_depends_on_its_seed_alone(make_cell):
    spectrum = make_cell().spectrum(noise=0.004, seed=8)
    assert np.array_equal(fitted(spectrum, 4).best, fitted(spectrum, 4).best)


def test_apex_and_capacitance_belong_together(make_cell):
    arc = fitted(make_cell().spectrum()).arcs[0]
    q, alpha, r = 10**arc.log_q.nominal_value, arc.alpha.nominal_value, arc.resistance.nominal_value
    assert arc.capacitance.nominal_value == pytest.approx((r ** (1 - alpha) * q) ** (1 / alpha), rel=1e-9)
    assert 2 * np.pi * arc.apex.nominal_value * r * arc.capacitance.nominal_value == pytest.approx(1, rel=1e-9)


def test_an_arc_that_is_not_there_gets_no_small_error_bar(make_cell):
    cell = make_cell(arc1=(1e-9, 3e4, 0.9))
    fit = fitted(cell.spectrum(noise=0.003, seed=2))
    large = max(fit.arcs, key=lambda arc: arc.resistance.nominal_value)
    assert large.resistance.nominal_value == pytest.approx(200, rel=0.1)
    assert fit.total.nominal_value == pytest.approx(250, abs=4 * fit.total.std_dev)
    assert np.isfinite(errors(fit)).all()
    assert min(errors(fit) / values(fit)) < 0.05 < max(errors(fit) / values(fit))


def test_parameters_at_a_bound_are_named(solid_state, make_cell):
    assert fitted(part(solid_state, Window(3e5, 0.1))).at_bound == ("alpha1",)
    assert fitted(make_cell().spectrum(noise=0.003, seed=1)).at_bound == ()


def test_what_cannot_be_fitted_is_refused(make_cell):
    spectrum = make_cell().spectrum()
    with pytest.raises(InputError, match="4 points do not determine a circuit of 9 parameters"):
        fit_circuit(spectrum.frequency[:4], spectrum.impedance[:4], 0)
    with pytest.raises(InputError, match="a seed of -1 has no meaning"):
        fitted(spectrum, seed=-1)
