import gpytorch
import numpy as np
import pytest
import torch
from botorch.models.kernels.categorical import CategoricalKernel
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from coatopt.campaign.surrogate_choice import PRIORS as NAMES
from coatopt.surrogate.gaussian_process import MEAN_VARIANCE, Model, Objective, Process, fit
from coatopt.surrogate.inference import JITTER, Readings, condition
from coatopt.surrogate.kernel import REFERENCE_VARIANCE, Hyperparameters, Inputs, Kernel
from coatopt.surrogate.prior import DEFAULT, PRIORS, Gamma, LogNormal


def plain(y, known=0.0):
    n = len(y)
    return Readings(n, np.arange(n), y, np.broadcast_to(known, n).astype(float))


def numbers(x):
    return Inputs(x, np.empty((len(x), 0)))


def draw(seed):
    """A random model with inputs and readings of every kind."""
    rng = np.random.default_rng(seed)
    n, bounded = int(rng.integers(6, 12)), int(rng.integers(0, 4))
    prior = PRIORS[rng.choice(NAMES)]
    bent = (0, 2) if rng.random() < 0.4 else ()
    kernel = Kernel(prior, (0, 1, 2, 2, 3), levels=int(rng.integers(0, 3)), bent=bent, parents=int(rng.integers(0, 2)))
    reference = np.full(n, -1)
    if rng.random() < 0.4:
        reference[: int(rng.integers(1, 3))] = 0
    effects = np.stack([np.arange(n) // 3, np.arange(n)], axis=1)
    inputs = Inputs(rng.random((n, 5)), rng.integers(0, 2, (n, kernel.levels)).astype(float), effects, reference)
    exact = n - bounded
    low = rng.normal(size=bounded)
    high = np.where(np.arange(bounded) == 0, np.inf, low + 0.7)
    low = np.where(np.arange(bounded) == 2, -np.inf, low)
    readings = Readings(
        n,
        np.repeat(np.arange(exact), 2),
        rng.normal(size=2 * exact),
        np.full(2 * exact, 0.02),
        np.arange(exact, n),
        low,
        high,
        np.full(bounded, 0.01),
    )
    model = Model(kernel, (prior.effect, prior.effect), prior.noise)
    return model, inputs, readings, model.expected() + 0.3 * rng.normal(size=len(model.expected()))


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_the_gradient_is_the_slope_of_the_objective(seed):
    model, inputs, readings, theta = draw(seed)
    objective = Objective(model, inputs, readings)
    slope = objective(theta)[1]
    steps = 1e-5 * np.eye(len(theta))
    numeric = np.array([(objective(theta + s)[0] - objective(theta - s)[0]) / 2e-5 for s in steps])
    assert np.abs(slope - numeric).max() < 1e-5 * max(1.0, np.abs(slope).max())


def with_level(seed=0, n=9):
    rng = np.random.default_rng(seed)
    inputs = Inputs(rng.random((n, 3)), rng.integers(0, 3, (n, 1)).astype(float))
    hyper = Hyperparameters(
        (np.array([0.3, 0.5, 1.0]), np.array([0.8, 0.2, 0.6])),
        np.array([1.2]),
        np.array([0.4]),
        np.array([0.7, 1.3]),
        np.empty(0),
        0.05,
        np.empty((0, 2)),
    )
    return Model(Kernel(DEFAULT, (0, 1, 2), levels=1), (), DEFAULT.noise), inputs, hyper, rng


def gpytorch_kernel(hyper):
    """The same covariance put together from gpytorch's own kernels."""

    def matern(lengths, amplitude):
        kernel = gpytorch.kernels.MaternKernel(nu=2.5, ard_num_dims=3, active_dims=[0, 1, 2]).double()
        kernel.lengthscale = torch.tensor(lengths)[None, :]
        scaled = gpytorch.kernels.ScaleKernel(kernel).double()
        scaled.outputscale = amplitude
        return scaled

    level = CategoricalKernel(ard_num_dims=1, active_dims=[3]).double()
    level.lengthscale = torch.tensor(hyper.levels)[None, :]
    same = CategoricalKernel(ard_num_dims=1, active_dims=[3]).double()
    same.lengthscale = torch.tensor([[1e-3]]).double()
    offset = gpytorch.kernels.ScaleKernel(same).double()
    offset.outputscale = hyper.offsets[0]
    constant = gpytorch.kernels.ConstantKernel().double()
    constant.initialize(constant=torch.tensor(MEAN_VARIANCE))
    return (
        matern(hyper.lengths[0], hyper.amplitude[0])
        + matern(hyper.lengths[1], hyper.amplitude[1]) * level
        + (offset + constant)
    )


def test_posterior_and_evidence_are_gpytorchs():
    model, inputs, hyper, rng = with_level()
    y, known = rng.normal(size=9), rng.random(9) * 0.1
    process = Process(model, inputs, plain(y, known), hyper)
    x = torch.tensor(np.hstack([inputs.distance, inputs.level]))
    noise = torch.tensor(known + hyper.noise + JITTER)
    likelihood = gpytorch.likelihoods.FixedNoiseGaussianLikelihood(noise)

    class Reference(gpytorch.models.ExactGP):
        def __init__(self):
            super().__init__(x, torch.tensor(y), likelihood)
            self.mean_module, self.covar_module = gpytorch.means.ZeroMean(), gpytorch_kernel(hyper)

        def forward(self, z):
            return gpytorch.distributions.MultivariateNormal(self.mean_module(z), self.covar_module(z))

    reference = Reference().double()
    with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
        prior = reference.forward(x)
        evidence = likelihood(prior).log_prob(torch.tensor(y)).item()
        new = Inputs(rng.random((6, 3)), rng.integers(0, 3, (6, 1)).astype(float))
        posterior = reference.eval()(torch.tensor(np.hstack([new.distance, new.level])))
    assert process.conditioned.log_evidence == pytest.approx(evidence, abs=1e-6)
    mean, covariance = process.joint(new)
    assert np.abs(mean - posterior.mean.numpy()).max() < 1e-6
    assert np.abs(covariance - posterior.covariance_matrix.detach().numpy()).max() < 1e-6
    assert np.abs(np.diag(covariance) - process.latent(new)[1]).max() < 1e-9


def test_many_cells_of_a_sample_count_exactly_as_one_weighted_mean():
    rng = np.random.default_rng(1)
    k = 0.5 * np.eye(4) + 0.5
    point, y, known = np.array([0, 0, 0, 1, 2, 2, 3]), rng.normal(size=7), rng.random(7)
    together = condition(k, Readings(4, point, y, known), 0.1)
    apart = condition(k[np.ix_(point, point)], plain(y, known), 0.1)
    assert together.log_evidence == pytest.approx(apart.log_evidence, abs=1e-6)
    first = [0, 3, 4, 6]
    assert together.mean == pytest.approx(apart.mean[first], abs=1e-6)
    assert together.variance == pytest.approx(apart.variance[first], abs=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0.5, np.inf), (-np.inf, -1.2), (0.4, 0.5), (-3.0, 4.0), (0.4, 0.4 + 1e-6)])
def test_one_bound_gives_the_exact_moments(low, high):
    nothing = np.empty(0)
    readings = Readings(
        1, nothing.astype(int), nothing, nothing, np.array([0]), np.array([low]), np.array([high]), np.array([0.05])
    )
    found = condition(np.array([[1.3]]), readings, 0.1)
    s = np.sqrt(0.15 + JITTER)

    def density(f, power):
        inside = norm.cdf((high - f) / s) - norm.cdf((low - f) / s)
        return f**power * inside * norm.pdf(f, 0, np.sqrt(1.3))

    mass, first, second = (quad(density, -12, 12, args=(p,), points=[0.45], limit=400)[0] for p in range(3))
    assert found.log_evidence == pytest.approx(np.log(mass), abs=1e-6)
    assert found.mean[0] == pytest.approx(first / mass, abs=1e-6)
    assert found.variance[0] == pytest.approx(second / mass - (first / mass) ** 2, abs=1e-6)


def test_bounds_and_values_together_agree_with_weighted_draws():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(5, 5))
    k = a @ a.T / 5 + 0.3 * np.eye(5)
    low, high = np.array([0.5, -np.inf, -0.2]), np.array([np.inf, -0.3, 0.4])
    exact = np.array([0.3, 0.5, -0.2])
    readings = Readings(5, np.array([0, 0, 1]), exact, np.full(3, 0.1), np.array([2, 3, 4]), low, high, np.full(3, 0.1))
    found = condition(k, readings, 0.1)
    f = rng.normal(size=(400_000, 5)) @ np.linalg.cholesky(k).T
    s = np.sqrt(0.2)
    weight = norm.pdf(exact, f[:, [0, 0, 1]], s).prod(axis=1)
    weight *= (norm.cdf((high - f[:, 2:]) / s) - norm.cdf((low - f[:, 2:]) / s)).prod(axis=1)
    assert found.log_evidence == pytest.approx(np.log(weight.mean()), abs=0.02)
    mean = weight @ f / weight.sum()
    assert found.mean == pytest.approx(mean, abs=0.02)
    assert found.variance == pytest.approx(weight @ (f - mean) ** 2 / weight.sum(), abs=0.02)


def test_a_bound_that_is_met_anyway_says_nothing():
    k = np.array([[1.0, 0.8], [0.8, 1.0]])
    one = Readings(2, np.array([0]), np.array([0.3]), np.array([0.1]), np.array([1]), np.array([-40.0]),
                   np.array([np.inf]), np.array([0.0]))  # fmt: skip
    found = condition(k, one, 0.01)
    alone = condition(k[:1, :1], plain(np.array([0.3]), 0.1), 0.01)
    assert found.mean[0] == pytest.approx(alone.mean[0], abs=1e-6)
    assert found.log_evidence == pytest.approx(alone.log_evidence, abs=1e-6)


def test_fit_recovers_noise_and_relevance():
    rng = np.random.default_rng(3)
    x = numbers(rng.random((80, 3)))
    y = np.sin(5 * x.distance[:, 0]) + 0.1 * rng.normal(size=80)
    y = (y - y.mean()) / y.std()
    model = Model(Kernel(DEFAULT, (0, 1, 2)), (), DEFAULT.noise)
    theta, _ = fit(model, x, plain(y))
    hyper = model.unpack(theta)
    assert hyper.lengths[0][0] < 0.5 * hyper.lengths[0][1:].min()
    assert 0.3 * 0.02 < hyper.noise < 3 * 0.02
    assert Process(model, x, plain(y), hyper).latent(numbers(np.full((1, 3), 0.5)))[1][0] < 0.05


def test_far_away_the_prior_is_all_that_is_left():
    rng = np.random.default_rng(0)
    y = rng.normal(size=5)
    model = Model(Kernel(DEFAULT, (0, 1)), (), DEFAULT.noise)
    hyper = Hyperparameters(
        (np.full(2, 0.02),), np.empty(0), np.empty(0), np.ones(1), np.empty(0), 0.01, np.empty((0, 2))
    )
    process = Process(model, numbers(rng.random((5, 2))), plain(y), hyper)
    mean, variance = process.latent(numbers(np.full((1, 2), 50.0)))
    # Five distant points: the mean is their average, and its own uncertainty comes on top of the prior's.
    assert variance[0] == pytest.approx(1.0 + 1.01 / 5, rel=0.02)
    assert mean[0] == pytest.approx(y.mean(), abs=0.02)


def test_a_reference_material_shares_nothing_but_its_own_value_and_the_offsets():
    model, _, hyper, _ = with_level()
    place, level = np.zeros((3, 3)), np.zeros((3, 1))
    three = Inputs(place, level, reference=np.array([0, 0, -1]))
    k = model.covariance(three, three, hyper)
    assert k[0, 1] == k[0, 0] == REFERENCE_VARIANCE
    assert k[0, 2] == 0.0
    assert k[2, 2] == pytest.approx(hyper.total + MEAN_VARIANCE)


@given(st.floats(-3, 3), st.sampled_from([Gamma(2.0, 3.0), Gamma(3.0, 6.0), LogNormal(-2.5, 1.0)]))
def test_the_slope_of_a_prior_is_that_of_its_cost(at, prior):
    values = np.array([at, 0.3])
    step = np.array([1e-6, 0.0])
    numeric = (prior.cost(values + step)[0] - prior.cost(values - step)[0]) / 2e-6
    assert prior.cost(values)[1][0] == pytest.approx(numeric, rel=1e-4, abs=1e-6)


def test_the_lengthscale_prior_widens_with_the_dimension_and_keeps_its_mode():
    logs = np.linspace(-4, 3, 20001)
    for dimension in (1, 4, 9):
        costs = [DEFAULT.lengthscale(dimension).cost(np.array([t]))[0] for t in logs]
        # Mode of LogNormal(sqrt 2 + ln(d) / 2, sqrt 3), Hvarfner et al. 2024.
        mode = np.exp(np.sqrt(2) + 0.5 * np.log(dimension) - 3)
        assert np.exp(logs[int(np.argmin(costs))]) == pytest.approx(mode, rel=1e-3)


def test_the_names_in_a_campaign_file_are_those_of_the_priors():
    assert set(NAMES) == set(PRIORS)


def test_the_evidence_is_that_of_a_normal_distribution():
    rng = np.random.default_rng(5)
    k = np.cov(rng.normal(size=(4, 40)))
    y = rng.normal(size=4)
    exact = multivariate_normal(np.zeros(4), k + (0.2 + JITTER) * np.eye(4)).logpdf(y)
    assert condition(k, plain(y), 0.2).log_evidence == pytest.approx(exact, abs=1e-8)
