"""Expected hypervolume improvement in closed form against quadrature, chance and BoTorch."""

from itertools import combinations

import numpy as np
import pytest
import torch
from botorch.acquisition.multi_objective.analytic import ExpectedHypervolumeImprovement
from botorch.models.deterministic import GenericDeterministicModel
from botorch.posteriors import GPyTorchPosterior
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from botorch.utils.multi_objective.hypervolume import Hypervolume
from gpytorch.distributions import MultitaskMultivariateNormal, MultivariateNormal
from scipy.integrate import quad
from scipy.stats import norm

from coatopt.planning.hypervolume import Boxes, log_excess


def excess_by_quadrature(z):
    """log E[max(Z + z, 0)] from the integral over t of t times the density at t - z, its largest part taken out."""
    # With t = s / |z| the tail integrates to order one: phi(z) / z^2 times the integral of s exp(-s - s^2 / (2 z^2)).
    if z < -1:
        inner = quad(lambda s: s * np.exp(-s - 0.5 * (s / z) ** 2), 0, np.inf, epsabs=0, epsrel=1e-13)[0]
        return -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - 2 * np.log(-z) + np.log(inner)
    return np.log(quad(lambda t: t * norm.pdf(t - z), 0, z + 40, points=[max(z, 1)], epsabs=0, epsrel=1e-13)[0])


@pytest.mark.parametrize("z", [8.0, 3.0, 1.0, 0.0, -0.5, -0.999, -1.0, -1.001, -2.0, -5.0, -10.0, -38.0, -60.0])
def test_the_expected_excess_is_its_integral(z):
    assert float(log_excess(np.array(z))) == pytest.approx(excess_by_quadrature(z), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("z", [-50.0, -999.0, -1001.0, -1e4, -1e5, -1.01e5, -1e6])
def test_far_below_zero_it_follows_the_asymptotic_series(z):
    series = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) + np.log(1 / z**2 - 3 / z**4 + 15 / z**6 - 105 / z**8)
    # What is below the leading term counts too: a sample's neighbours differ by it.
    assert float(log_excess(np.array(z))) - series == pytest.approx(0.0, abs=4e-6 + 1e-15 * z**2)


def test_it_never_falls_and_is_never_nan():
    z = np.concatenate([-np.logspace(9, -6, 4000), np.logspace(-6, 6, 1000)])
    values = log_excess(z)
    assert np.isfinite(values).all()
    assert (np.diff(values) > 0).all()
    assert log_excess(np.array(-np.inf)) == -np.inf
    assert log_excess(np.array(1e6)) == pytest.approx(np.log(1e6))


def example(goals, seed=0):
    rng = np.random.default_rng(seed)
    known = rng.uniform(-1, 1, (7, goals))
    return known, np.full(goals, -0.8), rng.uniform(-1, 1.5, (5, goals)), rng.uniform(0.1, 0.9, (5, goals))


def volume(points, worst):
    return Hypervolume(torch.from_numpy(worst)).compute(torch.from_numpy(points))


def grown_volume(known, worst, drawn):
    """What each drawn point adds, by inclusion and exclusion of the corners that it has in common with known ones."""
    alone = np.maximum(drawn - worst, 0.0).prod(axis=-1)
    shared = np.zeros(len(drawn))
    for size in range(1, len(known) + 1):
        for some in combinations(known, size):
            corner = np.minimum(drawn, np.min(some, axis=0))
            shared -= (-1) ** size * np.maximum(corner - worst, 0.0).prod(axis=-1)
    return alone - shared


@pytest.mark.parametrize("goals", [1, 2, 3, 4])
def test_the_gain_is_the_mean_growth_of_the_volume(goals):
    known, worst, mean, sd = example(goals)
    got = np.exp(Boxes.of(known, worst).log_gain(mean, sd))
    for i in range(len(mean)):
        drawn = mean[i] + sd[i] * np.random.default_rng(i).normal(size=(20_000, goals))
        grown = grown_volume(known, worst, drawn)
        assert abs(got[i] - grown.mean()) < 4 * grown.std() / np.sqrt(len(grown)) + 1e-4
        assert got[i] > 0


def test_one_goal_is_expected_improvement():
    known = np.array([[0.2], [0.5], [-3.0]])
    gain = Boxes.of(known, np.array([-1.0])).log_gain(np.array([[0.4], [2.0]]), np.array([[0.3], [0.1]]))
    z = (np.array([0.4, 2.0]) - 0.5) / np.array([0.3, 0.1])
    assert np.exp(gain) == pytest.approx(np.array([0.3, 0.1]) * (norm.pdf(z) + z * norm.cdf(z)))


def test_two_goals_against_quadrature():
    known, worst = np.array([[0.5, 0.0], [0.0, 0.6]]), np.array([-0.5, -0.5])
    mean, sd = np.array([0.2, 0.3]), np.array([0.4, 0.25])

    # Integral of P(f1 > u) P(f2 > v) over what nothing dominates, column by column of the staircase.
    columns = [(-0.5, 0.0, 0.6), (0.0, 0.5, 0.0), (0.5, np.inf, -0.5)]
    by_hand = 0.0
    for left, right, floor in columns:
        width = quad(lambda u: norm.sf(u, mean[0], sd[0]), left, min(right, 5.0))[0]
        by_hand += width * quad(lambda v: norm.sf(v, mean[1], sd[1]), floor, 5.0)[0]
    got = float(np.exp(Boxes.of(known, worst).log_gain(mean[None], sd[None])[0]))
    assert got == pytest.approx(by_hand, rel=1e-8)


class Independent(GenericDeterministicModel):
    """A model whose posterior is what it is told."""

    def __init__(self, mean, sd):
        super().__init__(lambda x: x, num_outputs=mean.shape[1])
        self.told = mean, sd

    def posterior(self, X, **_):  # noqa: N803
        mean, sd = (torch.from_numpy(part)[X[..., 0, 0].long()][:, None, :] for part in self.told)
        each = [MultivariateNormal(mean[..., j], torch.diag_embed(sd[..., j] ** 2)) for j in range(mean.shape[-1])]
        return GPyTorchPosterior(MultitaskMultivariateNormal.from_independent_mvns(each))


@pytest.mark.parametrize("goals", [2, 3])
def test_botorch_computes_the_same(goals):
    known, worst, mean, sd = example(goals, seed=3)
    partition = FastNondominatedPartitioning(ref_point=torch.from_numpy(worst), Y=torch.from_numpy(known))
    theirs = ExpectedHypervolumeImprovement(Independent(mean, sd), ref_point=worst.tolist(), partitioning=partition)
    index = torch.arange(len(mean), dtype=torch.double)[:, None, None]
    assert np.exp(Boxes.of(known, worst).log_gain(mean, sd)) == pytest.approx(theirs(index).numpy(), rel=1e-9)


@pytest.mark.parametrize("goals", [1, 2, 3, 5])
def test_the_volume_is_botorchs_and_nothing_known_is_none(goals):
    known, worst, mean, sd = example(goals)
    assert Boxes.of(known, worst).volume() == pytest.approx(volume(known[(known > worst).all(axis=1)], worst))
    empty = Boxes.of(known[:0], worst)
    assert empty.volume() == 0
    z = (mean - worst) / sd
    alone = (sd * (norm.pdf(z) + z * norm.cdf(z))).prod(axis=1)
    assert np.exp(empty.log_gain(mean, sd)) == pytest.approx(alone)


def test_where_no_improvement_is_left_the_logarithm_still_points_the_way():
    known, worst = np.array([[1.0, 1.0]]), np.zeros(2)
    mean = np.column_stack([np.linspace(-3000, -5, 50)] * 2)
    gain = Boxes.of(known, worst).log_gain(mean, np.full_like(mean, 1e-3))
    assert np.isfinite(gain).all()
    assert (np.diff(gain) > 0).all()


def test_what_is_certain_gains_exactly_its_boxes():
    boxes = Boxes.of(np.array([[1.0, 1.0], [2.0, 0.5]]), np.zeros(2))
    gain = np.exp(boxes.log_gain(np.array([[3.0, 0.25], [1.5, 2.0], [1.0, 0.5]]), np.full((3, 2), 1e-9)))
    assert gain == pytest.approx([0.25, 1.75, 0.0], abs=1e-8)


def test_portions_do_not_change_the_answer(monkeypatch):
    known, worst, mean, sd = example(3)
    whole = Boxes.of(known, worst).log_gain(mean, sd)
    monkeypatch.setattr("coatopt.planning.hypervolume._PORTION", 1)
    assert np.array_equal(whole, Boxes.of(known, worst).log_gain(mean, sd))
    assert Boxes.of(known, worst).log_gain(mean[:0], sd[:0]).shape == (0,)


def test_repeated_and_dominated_points_change_nothing():
    known, worst, mean, sd = example(3)
    more = np.vstack([known, known, known - 0.1, worst - 1.0])
    assert Boxes.of(more, worst).log_gain(mean, sd) == pytest.approx(Boxes.of(known, worst).log_gain(mean, sd))
