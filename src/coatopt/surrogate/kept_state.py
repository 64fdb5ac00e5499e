"""A fitted surrogate as a handful of arrays, and back: what it was conditioned on, not how it was searched for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from coatopt.campaign.design_space import DesignSpace, Rows
from coatopt.campaign.encoding import Encoding
from coatopt.campaign.objective import Metric
from coatopt.errors import InputError
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitted_metric import FittedMetric, inputs_of
from coatopt.surrogate.gaussian_process import Model, Process
from coatopt.surrogate.inference import Readings
from coatopt.surrogate.kernel import Inputs, Kernel
from coatopt.surrogate.prior import LogNormal, Prior
from coatopt.surrogate.scale import Scale
from coatopt.surrogate.single_metric import SingleMetric

Arrays = Mapping[str, NDArray[Any]]
_MOST_POINTS = 5000
_READINGS = ("point", "value", "known", "bound_point", "low", "high", "bound_known")
# Each array: whole numbers or not, and its shape; a word is a size that several share.
_SHAPES: dict[str, tuple[bool, tuple[str, ...]]] = {
    "rows": (False, ("points", "parameters")),
    "inputs.distance": (False, ("points", "distance")),
    "inputs.level": (False, ("points", "level")),
    "inputs.effects": (True, ("points", "effects")),
    "inputs.reference": (True, ("points",)),
    "readings.point": (True, ("exact",)),
    "readings.value": (False, ("exact",)),
    "readings.known": (False, ("exact",)),
    "readings.bound_point": (True, ("bounds",)),
    "readings.low": (False, ("bounds",)),
    "readings.high": (False, ("bounds",)),
    "readings.bound_known": (False, ("bounds",)),
    "theta": (False, ("hyperparameters",)),
    "scale": (False, ("two",)),
    "known": (False, ("one",)),
    "mean_variance": (False, ("one",)),
    "component_priors": (False, ("components", "two")),
    "check.mean": (False, ("points",)),
    "check.variance": (False, ("points",)),
}
_MAY_BE_OPEN = ("rows", "readings.low", "readings.high")
_NOT_NEGATIVE = ("readings.known", "readings.bound_known", "known", "check.variance")


@dataclass(frozen=True)
class Blueprint:
    """What a card says of a surrogate, besides its numbers."""

    metric: Metric
    space: DesignSpace
    effects: tuple[str, ...]
    prior: Prior
    warped: bool


class KeptSurrogate(FittedMetric):
    """A surrogate that was loaded, with what it had been told; predictions need no more than its process.

    ``rows`` has shape (points, parameters); ``readings`` are standardised.
    """

    rows: Rows
    readings: Readings

    def told(self) -> list[tuple[float, float]]:
        """List what was read of samples in the design space.

        Returns:
            Bounds of each reading in the metric's unit, equal for a value and infinite where open.
        """
        r, own = self.readings, self.process.inputs.reference < 0
        exact, bounded = own[r.point], own[r.bound_point]
        low = self._in_unit(np.concatenate([r.value[exact], r.low[bounded]]))
        high = self._in_unit(np.concatenate([r.value[exact], r.high[bounded]]))
        return list(zip(low.tolist(), high.tolist(), strict=True))

    def _in_unit(self, standardised: Array) -> Array:
        values = self.scale.shift + self.scale.width * standardised
        return np.exp(values) if self.metric.log else values


def component_priors(fitted: SingleMetric) -> tuple[LogNormal, ...]:
    """List what was believed of the variance of each effect, and of the noise last.

    Args:
        fitted: A direct surrogate.

    Returns:
        The priors.
    """
    densities = (*fitted.model.effects, fitted.model.noise)
    return tuple(density for density in densities if isinstance(density, LogNormal))


def to_bytes(fitted: SingleMetric) -> bytes:
    """Write a surrogate down.

    Args:
        fitted: A direct surrogate: without past and parents.

    Returns:
        The content of a safetensors file; the same for the same fit.
    """
    data, inputs = fitted.data, fitted.inputs
    points = np.concatenate([np.unique(data.sample[data.exact]), data.sample[~data.exact]])
    mean, variance = fitted.process.latent(inputs)
    arrays: dict[str, Any] = {
        "rows": data.rows[points],
        "inputs.distance": inputs.distance,
        "inputs.level": inputs.level,
        "inputs.effects": inputs.effects,
        "inputs.reference": inputs.reference,
        **{f"readings.{name}": getattr(fitted.readings, name) for name in _READINGS},
        "theta": fitted.theta,
        "scale": [fitted.scale.shift, fitted.scale.width],
        "known": [fitted.known],
        "mean_variance": [fitted.model.mean_variance],
        "component_priors": [[density.location, density.scale] for density in component_priors(fitted)],
        "check.mean": mean,
        "check.variance": variance,
    }
    kinds = {name: np.int64 if whole else np.float64 for name, (whole, _) in _SHAPES.items()}
    # safetensors writes memory as it lies, whatever the order of its axes.
    return save({name: np.ascontiguousarray(array, dtype=kinds[name]) for name, array in arrays.items()})


def from_bytes(content: bytes, blueprint: Blueprint) -> KeptSurrogate:
    """Rebuild a surrogate, without fitting anything.

    Args:
        content: What ``to_bytes`` wrote.
        blueprint: What else is known of it.

    Returns:
        The surrogate; its predictions are those of the one that was written.

    Raises:
        InputError: If the content is not that of such a surrogate; the sentence names no file.
    """
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f"this is no safetensors file ({str(error)[:80]})") from None
    encoding = Encoding(blueprint.space)
    _check_shapes(arrays, _sizes(arrays, blueprint, encoding))
    model = _model(arrays, blueprint, encoding)
    _check_values(arrays, model)
    inputs = Inputs(
        arrays["inputs.distance"], arrays["inputs.level"], arrays["inputs.effects"], arrays["inputs.reference"]
    )
    readings = Readings(len(inputs), *(arrays[f"readings.{name}"] for name in _READINGS))
    if not _encodes(encoding, arrays["rows"], inputs):
        raise InputError("this version of coatopt encodes settings otherwise than the one that wrote it")
    try:
        process = Process(model, inputs, readings, model.unpack(arrays["theta"]))
        mean, variance = process.latent(inputs)
    except np.linalg.LinAlgError as error:
        raise InputError(f"its numbers do not make a Gaussian process ({error})") from None
    expected = (arrays["check.mean"], arrays["check.variance"])
    if not all(np.allclose(a, b, rtol=1e-5, atol=1e-5) for a, b in zip((mean, variance), expected, strict=True)):
        raise InputError("this version of coatopt predicts otherwise than the one that wrote it")
    shift, width = arrays["scale"]
    scale = Scale(blueprint.metric, float(shift), float(width))
    kept = KeptSurrogate(scale, encoding, blueprint.effects, float(arrays["known"][0]), process)
    kept.rows, kept.readings = arrays["rows"], readings
    return kept


def _model(arrays: Arrays, blueprint: Blueprint, encoding: Encoding) -> Model:
    densities = [LogNormal(float(location), float(scale)) for location, scale in arrays["component_priors"]]
    bent = tuple(encoding.bendable) if blueprint.warped else ()
    kernel = Kernel(blueprint.prior, tuple(encoding.groups), len(encoding.level_columns), bent)
    return Model(kernel, tuple(densities[:-1]), densities[-1], mean_variance=float(arrays["mean_variance"][0]))


def _sizes(arrays: Arrays, blueprint: Blueprint, encoding: Encoding) -> dict[str, int]:
    """Sizes that are known beforehand; those of the data are taken from the arrays."""

    def length(name: str) -> int:
        return int(arrays[name].shape[0]) if name in arrays and arrays[name].ndim else -1

    return {
        "points": length("inputs.reference"),
        "exact": length("readings.point"),
        "bounds": length("readings.bound_point"),
        "hyperparameters": length("theta"),
        "parameters": len(blueprint.space.names),
        "distance": len(encoding.distance_columns),
        "level": len(encoding.level_columns),
        "effects": len(blueprint.effects),
        "components": len(blueprint.effects) + 1,
        "one": 1,
        "two": 2,
    }


def _check_shapes(arrays: Arrays, sizes: Mapping[str, int]) -> None:
    if missing := sorted(_SHAPES.keys() - arrays.keys()):
        raise InputError(f"the array '{missing[0]}' is missing")
    for name, (whole, sides) in _SHAPES.items():
        array, wanted = arrays[name], tuple(sizes[side] for side in sides)
        kind = np.dtype(np.int64 if whole else np.float64)
        if array.dtype != kind or array.shape != wanted:
            raise InputError(
                f"the array '{name}' is {array.dtype} of shape {array.shape}; its card asks for {kind} of {wanted}"
            )
    if not 0 < sizes["points"] <= _MOST_POINTS or sizes["exact"] > 10 * _MOST_POINTS:
        raise InputError(f"it holds {sizes['points']} points; a kept model has 1 to {_MOST_POINTS}")


def _check_values(arrays: Arrays, model: Model) -> None:
    for name, (whole, _) in _SHAPES.items():
        array = arrays[name]
        if not whole and name not in _MAY_BE_OPEN and not np.isfinite(array).all():
            raise InputError(f"the array '{name}' holds a number that is not finite")
        if name in _NOT_NEGATIVE and (array < 0).any():
            raise InputError(f"the array '{name}' holds a variance below 0")
    theta, bounds = arrays["theta"], model.bounds()
    if len(theta) != len(bounds):
        raise InputError(f"the array 'theta' has {len(theta)} numbers; its card asks for {len(bounds)}")
    if ((theta < bounds[:, 0] - 1e-9) | (theta > bounds[:, 1] + 1e-9)).any():
        raise InputError("the array 'theta' holds a hyperparameter outside its bounds")
    if arrays["scale"][1] <= 0 or arrays["mean_variance"][0] <= 0 or (arrays["component_priors"][:, 1] <= 0).any():
        raise InputError("a width is not above 0")
    points = len(arrays["inputs.reference"])
    read, bounded = np.unique(arrays["readings.point"]), arrays["readings.bound_point"]
    # Every point is read, or bounded once: the layout that a fit leaves.
    if sorted([*read.tolist(), *bounded.tolist()]) != list(range(points)):
        raise InputError("its readings and its points do not belong together")
    if not (arrays["readings.low"] < arrays["readings.high"]).all():
        raise InputError("a bound has its lower end above its upper one")


def _encodes(encoding: Encoding, rows: Rows, inputs: Inputs) -> bool:
    try:
        with np.errstate(all="ignore"):
            now = inputs_of(encoding, rows)
    except (IndexError, ValueError):
        return False
    return bool(np.allclose(now.distance, inputs.distance, atol=1e-9) and np.array_equal(now.level, inputs.level))
