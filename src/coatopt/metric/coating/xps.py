"""Coverage and degree of oxidation of a coating from the intensities of photoelectron regions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.checked_number import Column, checked, column, nominal, same_length, spread, uncertain
from coatopt.metric.estimate import Estimate, Uncertain

ESTIMATED_SHARE = 0.05
SATURATED = 0.97
SULFATE_ABOVE_EV = 165.0

_REGION = re.compile(r"^([A-Z][a-z]?)\s*(\d[spdf])\s*(?:[(@,]?\s*(\d+(?:\.\d+)?)\s*eV\s*\)?)?$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """Which regions stand for the coating and which for the active material.

    Attributes:
        name: What to call it.
        coating: Regions of the coating, such as ``S 2p``.
        cam: Regions of the active material, such as ``Ni 2p``.
        corrected: True where the intensities are relative ones (at.%), which hold the sensitivity factors
            already; False for raw intensities (counts per second).
        source: Where it is used.
    """

    name: str
    coating: tuple[str, ...]
    cam: tuple[str, ...]
    corrected: bool
    source: str


SULFIDE = Scheme(
    name="sulfide",
    coating=("S 2p", "P 2p"),
    cam=("Ni 2p",),
    corrected=True,
    source="Chem. Mater. 2025, 37, 2192, equation 1 and Figure 2",
)
HALIDE = Scheme(
    name="halide",
    coating=("Cl 2p", "In 3d"),
    cam=("Ni 2p", "Mn 2p"),
    corrected=False,
    source="Nat. Commun. 2026, 17, 3215, equation 11",
)
SCHEMES = {scheme.name: scheme for scheme in (SULFIDE, HALIDE)}


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the regions of one sample say.

    Attributes:
        coverage: Share of the coating in the signal, unit 1, within 0 and 1.
        oxidation: Degree of oxidation of the sulfur, unit 1; None where S 2p was not given in two parts.
        counted: Regions that went into the coverage.
        notes: What to know before the numbers are used.
    """

    coverage: Estimate
    oxidation: Estimate | None
    counted: tuple[str, ...]
    notes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Make the JSON document.

        Returns:
            ``coverage``, ``oxidation`` (or None), ``counted`` and ``notes``.
        """
        return {
            "coverage": self.coverage.document(),
            "oxidation": self.oxidation.document() if self.oxidation else None,
            "counted": list(self.counted),
            "notes": list(self.notes),
        }


def coverage(
    coating: Mapping[str, Uncertain],
    cam: Mapping[str, Uncertain],
    sensitivity: Mapping[str, float] | None = None,
    estimated: float = ESTIMATED_SHARE,
) -> Estimate:
    """Find how strongly a coating shields the active material: gamma = I_coating / (I_coating + I_CAM).

    Equation 2 of J. Electrochem. Soc. 2026, 173, 070501 (10.1149/1945-7111/ae55d2), equation 1 of Chem. Mater.
    2025, 37, 2192 (10.1021/acs.chemmater.4c03086) and equation 11 of Nat. Commun. 2026, 17, 3215
    (10.1038/s41467-026-71305-2). The first two use relative intensities (at.%), the third raw counts per second
    with no sensitivity factors; numbers from the two ways cannot be compared. Errors are propagated linearly and
    then cut off where they would leave 0 to 1, so that they are one-sided at the ends.

    Args:
        coating: Intensity of every region of the coating, after background subtraction, all in one unit.
        cam: Intensity of every region of the active material, in the same unit.
        sensitivity: Relative sensitivity factor by which the intensity of a region is divided; 1 where not named.
        estimated: Relative standard deviation of the coverage where no region has an error: 5 %, the estimated
            uncertainty of Figure 2d in J. Electrochem. Soc. 2026, 173, 070501.

    Returns:
        The coverage, unit 1.

    Raises:
        InputError: If an intensity is negative, all are zero, a side is empty, some regions have an error and
            others none, or C 1s is counted.
    """
    for name in (*coating, *cam):
        if _region(name)[0] == "C 1s":
            raise InputError(
                "C 1s cannot be counted: adventitious carbon gives signal there too (Nat. Commun. 2026, 17, 3215, "
                "below equation 11); leave the region out"
            )
    for side, regions in (("coating", coating), ("active material", cam)):
        if not regions:
            raise InputError(f"no region of the {side} was given; name at least one")
    if both := set(coating) & set(cam):
        raise InputError(f"region '{min(both)}' stands for the coating and for the active material; choose one")
    factors = sensitivity or {}
    return _share(_corrected(coating, factors), _corrected(cam, factors), estimated, "coverage", both_ways=False)


def degree_of_oxidation(sulfide: Uncertain, sulfate: Uncertain, estimated: float = ESTIMATED_SHARE) -> Estimate:
    """Find which share of the coating's sulfur is oxidised, from the two separate regions of S 2p.

    Section S1 of the supporting information of Chem. Mater. 2025, 37, 2192: the intensity around 170 eV
    (sulfate-like; the peak is at 169.4 eV) against the sum of both regions; Li3PS4 is at 161.2 eV.

    Args:
        sulfide: Intensity around 161 eV.
        sulfate: Intensity around 170 eV, in the same unit.
        estimated: Relative standard deviation of the larger of the two shares where neither region has an error
            (the source gives none), so that neither 0 nor 1 is taken as exact.

    Returns:
        The degree of oxidation, unit 1, from 0 (pristine) to 1 (all sulfate).
    """
    oxidised = _corrected({"S 2p around 170 eV": sulfate}, {})
    pristine = _corrected({"S 2p around 161 eV": sulfide}, {})
    return _share(oxidised, pristine, estimated, "degree of oxidation", both_ways=True)


def coverage_from_columns(
    region: Sequence[str],
    intensity: Column,
    error: Column | None = None,
    *,
    scheme: str | Scheme = SULFIDE,
    sensitivity: Mapping[str, float] | None = None,
) -> Coverage:
    """Evaluate the table of regions of one sample.

    S 2p may come in several rows with their energy, such as ``S 2p 161 eV`` and ``S 2p 170 eV``: their sum is
    S 2p, and those above 165 eV are the oxidised part. C 1s is never counted.

    Args:
        region: Name of the region in each row, such as ``Ni 2p``.
        intensity: Its intensity: at.% for the sulfide scheme, counts per second for the halide one.
        error: Standard deviation of each intensity, in the same unit; None where none is known.
        scheme: ``sulfide``, ``halide`` or a scheme of your own.
        sensitivity: Relative sensitivity factors by region; 1 where not named.

    Returns:
        Coverage, degree of oxidation where S 2p has two parts, and notes.

    Raises:
        InputError: If a region of the scheme is missing or there twice, or a number cannot be used.
    """
    plan = _scheme(scheme)
    same_length({"region": region, "intensity": intensity, "error": error})
    values = column(intensity, "intensity")
    errors = column(error, "error of the intensity", least=0.0) if error is not None else [0.0] * len(values)
    rows = [(*_region(name), uncertain(value, sd)) for name, value, sd in zip(region, values, errors, strict=True)]
    table = _summed(rows)
    if missing := [name for name in (*plan.coating, *plan.cam) if name not in table]:
        raise InputError(f"region '{missing[0]}' is missing; the table holds {', '.join(table) or 'none'}")
    gamma = coverage(
        {name: table[name] for name in plan.coating}, {name: table[name] for name in plan.cam}, sensitivity
    )
    sulfur = [(energy, value) for name, energy, value in rows if name == "S 2p" and energy is not None]
    below = [value for energy, value in sulfur if energy < SULFATE_ABOVE_EV]
    above = [value for energy, value in sulfur if energy >= SULFATE_ABOVE_EV]
    oxidation = degree_of_oxidation(sum(below), sum(above)) if below and above else None
    without_error = all(spread(value) == 0 for value in table.values())
    return Coverage(
        coverage=gamma,
        oxidation=oxidation,
        counted=(*plan.coating, *plan.cam),
        notes=_notes(plan, gamma, set(table), bool(sensitivity), without_error),
    )


def _scheme(scheme: str | Scheme) -> Scheme:
    if isinstance(scheme, Scheme):
        return scheme
    if scheme not in SCHEMES:
        raise InputError(f"'{scheme}' is no scheme of regions; choose {' or '.join(SCHEMES)}")
    return SCHEMES[scheme]


def _region(name: str) -> tuple[str, float | None]:
    found = _REGION.match(str(name).strip())
    if not found:
        return str(name).strip(), None
    energy = float(found[3]) if found[3] else None
    return f"{found[1].capitalize()} {found[2].lower()}", energy


def _summed(rows: Sequence[tuple[str, float | None, Uncertain]]) -> dict[str, Uncertain]:
    table: dict[str, Uncertain] = {}
    energies: dict[str, list[float | None]] = {}
    for name, energy, value in rows:
        earlier = energies.setdefault(name, [])
        if earlier and (energy is None or None in earlier or energy in earlier):
            raise InputError(f"region '{name}' is there twice; give it once, or each part with its energy in eV")
        earlier.append(energy)
        checked(value, f"intensity of {name}" + (f" at {energy:g} eV" if energy else ""), least=0.0)
        table[name] = table[name] + value if name in table else value
    return table


def _corrected(regions: Mapping[str, Uncertain], factors: Mapping[str, float]) -> dict[str, Uncertain]:
    known = {_region(name)[0]: checked(value, f"sensitivity of {name}", above=0.0) for name, value in factors.items()}
    found = {}
    for name, value in regions.items():
        checked(value, f"intensity of {name}, which is 0 where background subtraction leaves no signal,", least=0.0)
        found[name] = value / known.get(_region(name)[0], 1.0)
    return found


def _share(
    part: Mapping[str, Uncertain], rest: Mapping[str, Uncertain], estimated: float, what: str, *, both_ways: bool
) -> Estimate:
    regions = [*part.values(), *rest.values()]
    with_error = [name for name, value in (*part.items(), *rest.items()) if spread(value) > 0]
    if with_error and len(with_error) < len(regions):
        raise InputError(f"{with_error[0]} has an error and another region has none; give all errors, or none")
    total = sum(regions)
    if nominal(total) <= 0:
        raise InputError(f"every intensity is zero, so the {what} cannot be found; check the regions' boundaries")
    value = sum(part.values()) / total
    middle = min(max(nominal(value), 0.0), 1.0)
    whole = max(middle, 1.0 - middle) if both_ways else middle
    sd = spread(value) if with_error else nominal(checked(estimated, "estimated uncertainty", least=0.0)) * whole
    return Estimate(value=middle, unit="1", plus=min(sd, 1.0 - middle), minus=min(sd, middle))


def _notes(plan: Scheme, gamma: Estimate, held: set[str], factors: bool, without_error: bool) -> tuple[str, ...]:
    kind = "relative intensities (at.%)" if plan.corrected else "raw intensities (counts per second)"
    notes = [f"{plan.name} scheme ({plan.source}): the intensities are taken as {kind}"]
    if factors and plan.corrected:
        notes.append("relative intensities hold sensitivity factors already; they were applied once more")
    if without_error:
        notes.append("no region has an error: 5 % of the value is assumed (J. Electrochem. Soc. 2026, 173, 070501)")
    if gamma.value >= SATURATED:
        notes.append("a coverage this close to 1 means a layer of at least 5 to 10 nm: thicker ones look the same")
    else:
        notes.append("a thin closed layer and a thick patchy one can give the same coverage; compare samples only")
    if gamma.plus < gamma.minus or gamma.minus < gamma.plus:
        notes.append("the error is cut off where the coverage would leave 0 to 1")
    if "C 1s" in held:
        notes.append("C 1s is not counted: adventitious carbon gives signal there too")
    if others := sorted(held - {*plan.coating, *plan.cam, "C 1s"}):
        notes.append(f"not counted: {', '.join(others)}")
    return tuple(notes)
