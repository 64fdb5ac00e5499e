"""The Gaussian process of one metric, fitted and conditioned; Rasmussen and Williams, chapters 2 and 5.

    y = c + f(x) + u_run + u_sample + e,   f ~ GP(0, k),   u ~ N(0, w^2),   e_i ~ N(0, s_i^2 + s^2)

s_i is known; s, the w of each effect and the hyperparameters of k are learned (maximum a posteriori); the constant
c is integrated out. An earlier campaign adds its own knowledge of f as a fixed covariance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize

from coatopt.surrogate.inference import Conditioned, Readings, condition
from coatopt.surrogate.kernel import Hyperparameters, Inputs, Kernel, shared, unlike, with_references
from coatopt.surrogate.prior import DEFAULT, Array, Density

# The unknown constant of standardised y, as a broad prior N(0, 10^2); Rasmussen and Williams section 2.7.
MEAN_VARIANCE = 100.0
SHORTEST, LONGEST = 0.025, 100.0
SMALLEST, LARGEST = 1e-4, 10.0
STRAIGHTEST = 5.0


class Inherited(Protocol):
    """What an earlier campaign knows of f: covariance beside the kernel; its mean is taken off the readings."""

    def covariance(self, a: Inputs, b: Inputs) -> Array:
        """Covariance between n and m settings, shape (n, m)."""

    def variance(self, a: Inputs) -> Array:
        """Its diagonal, shape (n,), standardised."""


@dataclass(frozen=True)
class Model:
    """What is learned of one metric: the kernel of f, and the prior of each effect's variance and of the noise.

    ``mean_variance`` is that of the unknown constant; ``noise`` is None where the extra variance is nothing
    (the latent scale of a yes or no).
    """

    kernel: Kernel
    effects: tuple[Density, ...] = ()
    noise: Density | None = None
    inherited: Inherited | None = None
    mean_variance: float = MEAN_VARIANCE

    def blocks(self) -> list[tuple[int, Density | None, float, float]]:
        """List the hyperparameters in the order of a vector: how many, their prior, and their bounds.

        Returns:
            Lengths, levels, offsets, amplitude, each effect, noise, bend; the prior is None for what is not learned.
        """
        kernel, prior = self.kernel, self.kernel.prior
        blocks: list[tuple[int, Density | None, float, float]] = [
            *[(len(p.groups), prior.lengthscale(max(len(p.groups), 1)), SHORTEST, LONGEST) for p in kernel.parts],
            (kernel.levels, prior.level, SHORTEST, LONGEST),
            (kernel.levels, prior.offset, SMALLEST, LARGEST),
            *self._amplitudes(),
        ]
        blocks += [(1, density, SMALLEST, LARGEST) for density in self.effects]
        blocks += [(int(self.noise is not None), self.noise, SMALLEST, LARGEST)]
        return [*blocks, (2 * len(kernel.bent), prior.bend, 1.0 / STRAIGHTEST, STRAIGHTEST)]

    def _amplitudes(self) -> list[tuple[int, Density | None, float, float]]:
        """Blocks of the variances of the parts; one alone is held at 1 where the prior says so."""
        prior, kernel = self.kernel.prior, self.kernel
        usual = prior.amplitude or (DEFAULT.amplitude if len(kernel.parts) > 1 else None)
        if kernel.parents == 0:
            return [(len(kernel.parts) if usual else 0, usual, SMALLEST, LARGEST)]
        return [(1, usual, SMALLEST, LARGEST), (len(kernel.parts) - 1, prior.beside, SMALLEST, LARGEST)]

    def unpack(self, theta: Array) -> Hyperparameters:
        """Read a vector of logarithms.

        Args:
            theta: Shape (hyperparameters,).

        Returns:
            The hyperparameters.
        """
        counts = [count for count, *_ in self.blocks()]
        blocks = np.split(np.exp(theta), np.cumsum(counts)[:-1])
        parts, kinds = len(self.kernel.parts), len(self._amplitudes())
        levels, offsets, *rest = blocks[parts:-2]
        amplitude, effects = np.concatenate(rest[:kinds]), rest[kinds:]
        return Hyperparameters(
            lengths=tuple(blocks[:parts]),
            levels=levels,
            offsets=offsets,
            amplitude=amplitude if len(amplitude) else np.ones(1),
            effects=np.concatenate([np.empty(0), *effects]),
            noise=float(blocks[-2][0]) if len(blocks[-2]) else 0.0,
            bend=blocks[-1].reshape(-1, 2),
        )

    def bounds(self) -> Array:
        """Give the bounds of the vector.

        Returns:
            Shape (hyperparameters, 2), logarithms.
        """
        rows = [[np.log(low), np.log(high)] for count, _, low, high in self.blocks() for _ in range(count)]
        return np.array(rows).reshape(len(rows), 2)

    def expected(self) -> Array:
        """Give the middle of the priors.

        Returns:
            Shape (hyperparameters,), logarithms.
        """
        middles = [density.middle for count, density, *_ in self.blocks() if density for _ in range(count)]
        low, high = self.bounds().T
        return np.clip(np.log(np.array(middles)), low, high) if middles else np.empty(0)

    def cost(self, theta: Array) -> tuple[float, Array]:
        """Compute minus the logarithm of the prior of a vector, and its slope.

        Args:
            theta: Shape (hyperparameters,).

        Returns:
            The cost up to a constant, and its derivative, shape (hyperparameters,).
        """
        total, slopes, start = 0.0, [], 0
        for count, density, *_ in self.blocks():
            if count and density:
                value, slope = density.cost(theta[start : start + count])
                total += value
                slopes.append(slope)
            start += count
        return total, np.concatenate([np.empty(0), *slopes])

    def covariance(self, a: Inputs, b: Inputs, hyper: Hyperparameters) -> Array:
        """Compute the prior covariance of c + f, without effects.

        Args:
            a: n settings.
            b: m settings.
            hyper: Hyperparameters.

        Returns:
            Shape (n, m).
        """
        return with_references(self.kernel.covariance(a, b, hyper) + self._fixed(a, b), a, b)

    def _fixed(self, a: Inputs, b: Inputs) -> Array:
        fixed = np.full((len(a), len(b)), self.mean_variance)
        return fixed if self.inherited is None else fixed + self.inherited.covariance(a, b)


class Objective:
    """Minus the log posterior density of the hyperparameters for one data set, with its gradient.

    Args:
        model: What is learned.
        inputs: Settings of n points.
        readings: Their readings, standardised.
    """

    def __init__(self, model: Model, inputs: Inputs, readings: Readings) -> None:
        self._model, self._inputs, self._readings = model, inputs, readings
        self._n = len(inputs)
        self._gaps = self._split(inputs.distance)
        self._unlike = unlike(inputs.level, inputs.level).reshape(self._n**2, inputs.level.shape[1])
        self._masks = [shared(inputs.effects[:, i], inputs.effects[:, i]) for i in range(len(model.effects))]
        self._fixed = model._fixed(inputs, inputs)
        usual = inputs.reference < 0
        self._own = (usual[:, None] & usual[None, :]).astype(float)

    def _split(self, distance: Array) -> list[Array]:
        """Squared differences for each part, shape (n^2, its groups)."""
        gaps = self._model.kernel.gaps(distance, distance).reshape(self._n**2, -1 if distance.size else 0)
        return [np.ascontiguousarray(gaps[:, list(part.groups)]) for part in self._model.kernel.parts]

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Evaluate.

        Args:
            theta: Logarithms of the hyperparameters, see ``Model.blocks``.

        Returns:
            The value up to a constant, and its gradient, same shape as theta.
        """
        model, n = self._model, self._n
        hyper = model.unpack(theta)
        gaps = self._gaps
        if model.kernel.bent:
            gaps = self._split(model.kernel.bend(self._inputs.distance, hyper.bend))
        likeness = np.exp(-(self._unlike @ (1.0 / hyper.levels)) / max(model.kernel.levels, 1))
        terms, falls = [], []
        for part, gap, lengths, amplitude in zip(model.kernel.parts, gaps, hyper.lengths, hyper.amplitude, strict=True):
            factor = amplitude * (likeness if part.leveled else 1.0)
            kappa, fall = model.kernel.shape(gap @ lengths**-2.0)
            terms.append(factor * kappa)
            falls.append(factor * fall)
        k = (sum(terms) + (1.0 - self._unlike) @ hyper.offsets).reshape(n, n)
        k = with_references(k + self._fixed, self._inputs, self._inputs)
        for variance, mask in zip(hyper.effects, self._masks, strict=True):
            k = k + variance * mask
        known = condition(k, self._readings, hyper.noise)
        of_f = (known.slope * self._own).ravel()
        weights = [of_f * fall for fall in falls]
        slopes = [
            *[(w @ gap) * lengths**-2.0 for w, gap, lengths in zip(weights, gaps, hyper.lengths, strict=True)],
            (of_f * terms[-1]) @ self._unlike / hyper.levels / max(model.kernel.levels, 1),
            hyper.offsets * (of_f @ (1.0 - self._unlike)),
            [float(of_f @ term) for term in terms] if any(count for count, *_ in model._amplitudes()) else [],
            [v * float((known.slope * mask).sum()) for v, mask in zip(hyper.effects, self._masks, strict=True)],
            [known.noise_slope * hyper.noise] if model.noise is not None else [],
            self._bend_slopes(weights, hyper),
        ]
        prior, prior_slope = model.cost(theta)
        return prior - known.log_evidence, prior_slope - np.concatenate([np.asarray(s, dtype=float) for s in slopes])

    def _bend_slopes(self, weights: list[Array], hyper: Hyperparameters) -> list[float]:
        kernel = self._model.kernel
        bent = kernel.bend(self._inputs.distance, hyper.bend)
        slopes: list[float] = []
        for column, *by in kernel.bend_slopes(self._inputs.distance, hyper.bend):
            w, group = bent[:, column], kernel.groups[column]
            weight = np.zeros(self._n**2)
            for part, lengths, of_part in zip(kernel.parts, hyper.lengths, weights, strict=True):
                if group in part.groups:
                    weight = weight + of_part * lengths[part.groups.index(group)] ** -2.0
            for d in by:
                gap = (w[:, None] - w[None, :]) * (d[:, None] - d[None, :])
                slopes.append(-float(weight @ gap.ravel()))
        return slopes


def fit(model: Model, inputs: Inputs, readings: Readings, start: Array | None = None) -> tuple[Array, float]:
    """Find the most probable hyperparameters.

    Args:
        model: What is learned.
        inputs: Settings of n points.
        readings: Their readings, standardised.
        start: Where to start instead of the middle of the priors, shape (hyperparameters,).

    Returns:
        Logarithms of the hyperparameters at the best of the local optima found, and the objective there.
    """
    objective = Objective(model, inputs, readings)
    middle = model.expected()
    if len(middle) == 0:
        return middle, objective(middle)[0]
    shorter = middle.copy()
    lengths = sum(len(part.groups) for part in model.kernel.parts)
    shorter[:lengths] -= np.log(3.0)
    shorter[lengths : lengths + model.kernel.levels] -= np.log(2.0)
    starts = [middle, shorter] if start is None else [start]
    answers = [minimize(objective, s, jac=True, method="L-BFGS-B", bounds=model.bounds()) for s in starts]
    best = min(answers, key=lambda answer: float(answer.fun))
    return best.x, float(best.fun)


class Process:
    """The process conditioned on readings; the uncertainty of its constant is part of every variance.

    Args:
        model: What was learned.
        inputs: Settings of n points.
        readings: Their readings, standardised.
        hyper: Hyperparameters.
    """

    def __init__(self, model: Model, inputs: Inputs, readings: Readings, hyper: Hyperparameters) -> None:
        self.model, self.hyper, self.inputs = model, hyper, inputs
        k = model.covariance(inputs, inputs, hyper)
        for i, variance in enumerate(hyper.effects):
            k = k + variance * shared(inputs.effects[:, i], inputs.effects[:, i])
        self.conditioned: Conditioned = condition(k, readings, hyper.noise)

    def latent(self, inputs: Inputs) -> tuple[Array, Array]:
        """Predict c + f.

        Args:
            inputs: m settings.

        Returns:
            Mean and variance, standardised, each of shape (m,); eqs. 2.25 and 2.26.
        """
        cross = self.model.covariance(self.inputs, inputs, self.hyper)
        own = self.own_variance(inputs)
        reduction = np.einsum("ij,ij->j", cross, self.conditioned.precision @ cross)
        return cross.T @ self.conditioned.weights, np.maximum(own - reduction, 1e-10)

    def own_variance(self, inputs: Inputs) -> Array:
        """Give the variance of c + f before any reading.

        Args:
            inputs: m settings.

        Returns:
            Shape (m,).
        """
        own = np.full(len(inputs), self.hyper.total + self.model.mean_variance)
        return own if self.model.inherited is None else own + self.model.inherited.variance(inputs)

    def joint(self, inputs: Inputs) -> tuple[Array, Array]:
        """Predict c + f together.

        Args:
            inputs: m settings.

        Returns:
            Mean, shape (m,), and covariance, shape (m, m), standardised.
        """
        cross = self.model.covariance(self.inputs, inputs, self.hyper)
        covariance = self.model.covariance(inputs, inputs, self.hyper) - cross.T @ self.conditioned.precision @ cross
        return cross.T @ self.conditioned.weights, covariance
