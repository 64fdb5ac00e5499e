"""A straight line over the square root of time, with its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import uncertainties
from uncertainties import UFloat

from coatopt.errors import InputError
from coatopt.metric.measured_data import FloatArray

FEWEST = 3
_CLEARLY = 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class SquareRootLine:
    """Resistance = intercept + slope * sqrt(t).

    Attributes:
        slope: In the unit of the resistance per h^0.5.
        intercept: In the unit of the resistance; correlated with the slope.
        chi2: Sum of squares of the residuals over their standard errors; of the plain residuals without errors.
        reduced_chi2: The same over the degrees of freedom.
        chi2_of_time: The sum of squares of a line over t itself.
        curved: True where a line over t describes the data clearly better, by 4 times the scatter around it.
    """

    slope: UFloat
    intercept: UFloat
    chi2: float
    reduced_chi2: float
    chi2_of_time: float
    curved: bool


def square_root_line(hours: FloatArray, resistance: FloatArray, error: FloatArray | None = None) -> SquareRootLine:
    """Fit resistance against the square root of time.

    Growth of an interphase that is limited by diffusion is linear in the square root of time (Zuo et al. and
    Witt et al., as cited in J. Electrochem. Soc. 2026, 173, 070501, figure 6c and table S1). Weights are 1/error
    and errors are taken at their word, until the scatter is larger than they say: then the errors of slope and
    intercept grow with sqrt(reduced chi^2). Without errors the scatter alone sets them.

    Args:
        hours: Time since the start of the hold in h, shape (n,), not negative.
        resistance: In ohm or ohm cm^2, shape (n,).
        error: Standard errors of the resistances, shape (n,), or None.

    Returns:
        Slope and intercept, and how good the line is.

    Raises:
        InputError: If there are fewer than three different times, a time is negative, or an error not positive.
    """
    from lmfit.models import LinearModel

    if len(set(hours.tolist())) < FEWEST:
        raise InputError(
            f"{len(set(hours.tolist()))} different times do not show a growth; at least {FEWEST} are needed"
        )
    if not (hours >= 0).all():
        raise InputError("a time lies before the start of the hold")
    if error is not None and not ((error > 0) & np.isfinite(error)).all():
        raise InputError("a resistance has no standard error; give errors for all of them, or for none")
    weights = None if error is None else 1 / error
    scale = error is None
    model = LinearModel()
    by_root, by_time = (
        model.fit(resistance, x=x, weights=weights, scale_covar=scale, slope=0.0, intercept=float(resistance[0]))
        for x in (np.sqrt(hours), hours)
    )
    inflation = 1.0 if scale else max(1.0, float(by_root.redchi))
    scatter = float(by_time.redchi) if scale else max(1.0, float(by_time.redchi))
    best = [by_root.best_values[name] for name in by_root.var_names]
    quantities = dict(
        zip(by_root.var_names, uncertainties.correlated_values(best, by_root.covar * inflation), strict=True)
    )
    return SquareRootLine(
        slope=quantities["slope"],
        intercept=quantities["intercept"],
        chi2=float(by_root.chisqr),
        reduced_chi2=float(by_root.redchi),
        chi2_of_time=float(by_time.chisqr),
        curved=bool(by_root.chisqr - by_time.chisqr > _CLEARLY * scatter),
    )
