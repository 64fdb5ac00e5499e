import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from coatopt.surrogate.gaussian_process import (
    Hyperparameters,
    Inputs,
    Objective,
    Process,
    covariance,
    fit,
    lengthscale_rate,
)


def inputs(rng, n, d, m, levels=3):
    return Inputs(rng.random((n, d)), rng.integers(0, levels, (n, m)).astype(float))


@given(st.integers(0, 10**6), st.integers(0, 4), st.integers(0, 2), st.integers(3, 12))
@settings(max_examples=30, deadline=None)
def test_the_gradient_is_the_slope_of_the_objective(seed, d, m, n):
    if d + m == 0:
        return
    rng = np.random.default_rng(seed)
    x = inputs(rng, n, d, m)
    objective = Objective(x, rng.normal(size=n), rng.random(n) * 0.1)
    theta = rng.normal(-1.0, 0.5, d + m + 1)
    numeric = approx_fprime(theta, lambda t: objective(t)[0], 1e-6)
    assert np.allclose(objective(theta)[1], numeric, atol=1e-3 * max(1.0, np.abs(numeric).max()))


def test_the_objective_is_gpytorchs_marginal_likelihood_times_the_priors():
    import gpytorch

    from coatopt.surrogate.gaussian_process import MEAN_VARIANCE
    from coatopt.surrogate.kernel import build_kernel

    rng = np.random.default_rng(0)
    n, d, m = 9, 3, 1
    x = inputs(rng, n, d, m)
    y, known = rng.normal(size=n), rng.random(n) * 0.1
    objective = Objective(x, y, known)

    class Columns:
        distance_columns, level_columns = [0, 1, 2], [3]

    def reference(hyper):
        kernel = build_kernel(Columns, hyper)
        stacked = torch.tensor(np.hstack([x.distance, x.level]))
        gram = kernel(stacked).to_dense() - MEAN_VARIANCE + torch.diag(torch.tensor(known + hyper.noise + 1e-8))
        ones = torch.ones(n, dtype=torch.double)
        mean = (ones @ torch.linalg.solve(gram, torch.tensor(y))) / (ones @ torch.linalg.solve(gram, ones))
        normal = gpytorch.distributions.MultivariateNormal(mean * ones, gram)
        lengths = torch.tensor(np.concatenate([hyper.distance, hyper.level]))
        rates = torch.tensor([lengthscale_rate(d)] * d + [2.0] * m, dtype=torch.double)
        prior = torch.distributions.Gamma(3.0, rates).log_prob(lengths).sum()
        noise = torch.distributions.LogNormal(-2.5, 1.0).log_prob(torch.tensor(hyper.noise))
        return -(normal.log_prob(torch.tensor(y)) + prior + noise).item()

    with torch.no_grad():
        a, b = (
            Hyperparameters(np.array(v[:3]), np.array(v[3:4]), v[4])
            for v in ([0.3, 0.5, 1.0, 1.2, 0.05], [1, 2, 0.1, 0.4, 0.2])
        )
        own = [objective(np.log([*h.distance, *h.level, h.noise]))[0] for h in (a, b)]
        assert own[0] - own[1] == pytest.approx(reference(a) - reference(b), abs=1e-6)


def test_fit_recovers_noise_and_relevance():
    rng = np.random.default_rng(3)
    x = inputs(rng, 80, 3, 0)
    y = np.sin(5 * x.distance[:, 0]) + 0.1 * rng.normal(size=80)
    y = (y - y.mean()) / y.std()
    hyper = fit(x, y, np.zeros(80))
    assert hyper.distance[0] < 0.5 * hyper.distance[1:].min()
    assert 0.3 * 0.02 < hyper.noise < 3 * 0.02
    process = Process(x, y, np.zeros(80), hyper)
    far = Inputs(np.array([[0.5, 0.5, 0.5]]), np.empty((1, 0)))
    assert process.latent(far)[1][0] < 0.05


def test_far_away_the_prior_is_all_that_is_left():
    rng = np.random.default_rng(0)
    x = inputs(rng, 5, 2, 0)
    y = rng.normal(size=5)
    process = Process(x, y, np.zeros(5), Hyperparameters(np.full(2, 0.02), np.empty(0), 0.01))
    mean, variance = process.latent(Inputs(np.full((1, 2), 50.0), np.empty((1, 0))))
    # Five distant points: the mean is their average, and its own uncertainty comes on top of the prior's.
    assert variance[0] == pytest.approx(1.0 + 1.01 / 5, rel=0.02)
    assert mean[0] == pytest.approx(y.mean(), abs=0.01)


def test_unlike_levels_share_something_but_not_all():
    hyper = Hyperparameters(np.array([0.5]), np.array([1.0]), 0.01)
    a, b = (Inputs(np.zeros((1, 1)), np.array([[level]])) for level in (0.0, 1.0))
    assert covariance(a, a, hyper)[0, 0] == pytest.approx(1.0)
    assert covariance(a, b, hyper)[0, 0] == pytest.approx(np.exp(-1.0))
