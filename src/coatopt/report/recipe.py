"""What to put on the balance: the masses of one sample's ingredients from its fractions and its batch."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coatopt.campaign.definition import Campaign
from coatopt.campaign.mixture import Mixture
from coatopt.campaign.parameter import Fixed, Numeric, Parameter, Value
from coatopt.campaign.stage import Stage
from coatopt.errors import InputError
from coatopt.quantity import conversion, read_quantity

_MASS_PERCENT = re.compile(r"^wt\s*\.?\s*-?%$")
_TAIL = re.compile(r"_(fraction|content|share|amount)$")
_SHORT = {"cam": "CAM", "se": "SE", "ald": "ALD", "xps": "XPS"}
_SLACK = 1e-6
_ROUNDED_MIXTURE = 0.005
_GRAMS_FROM = 100_000  # 10 g in steps of 0.1 mg


@dataclass(frozen=True)
class Ingredient:
    """One powder of a recipe.

    Attributes:
        name: What it is called on the sheet.
        parameter: The parameter that sets it; None for what makes up the rest.
        share: Its fraction of the batch by mass, 0 to 1.
        steps: Its mass in steps of 0.1 mg.
    """

    name: str
    parameter: str | None
    share: float
    steps: int


@dataclass(frozen=True)
class Recipe:
    """What one sample is weighed from; the ingredients sum to the batch, to 0.1 mg.

    Attributes:
        stage: Name of the stage in which it is weighed.
        steps: Mass of the batch in steps of 0.1 mg.
        ingredients: The powders, the balance last; empty where no parameter of the stage is a mass fraction.
        notes: What a person should know before weighing.
    """

    stage: str
    steps: int
    ingredients: tuple[Ingredient, ...]
    notes: tuple[str, ...] = ()

    def text(self, steps: int) -> str:
        """Write a mass in the unit that the whole recipe uses.

        Args:
            steps: The mass in steps of 0.1 mg.

        Returns:
            For example ``73.0 mg``, or ``15.0500 g`` where the batch is 10 g or more.
        """
        return f"{steps / 10_000:.4f} g" if self.steps >= _GRAMS_FROM else f"{steps / 10:.1f} mg"


def weighing_recipe(campaign: Campaign, stage: Stage, settings: Mapping[str, Value]) -> Recipe | None:
    """Work out what one sample is weighed from.

    A parameter counts as an ingredient when its unit is a mass fraction (``wt%``, ``mg/g``) or when it is part of a
    mixture; parts of a mixture are taken relative to its total, and in their own unit where a balance is named.

    Args:
        campaign: The campaign.
        stage: The stage in which the sample is weighed.
        settings: Value of every parameter for this sample.

    Returns:
        The recipe, or None when the stage states no ``batch_mass``.

    Raises:
        InputError: If the fractions are more than the whole, or a mixture with a balance leaves open what its numbers
            are of.
    """
    if stage.batch_mass is None:
        return None
    grams, _ = read_quantity(stage.batch_mass, "g", f"batch_mass of '{stage.name}'")
    steps = round(grams * 10_000)
    if steps < 1:
        raise InputError(f"batch_mass of '{stage.name}': {stage.batch_mass} is less than 0.1 mg, which is not weighed")
    parts = _mixture_parts(campaign, stage)
    shares: list[tuple[Parameter, float]] = []
    for parameter in campaign.stage_parameters(stage.name):
        share = _share(parameter, settings.get(parameter.name), parts.get(parameter.name), stage.balance is not None)
        if share is not None:
            shares.append((parameter, share))
    total = math.fsum(share for _, share in shares)
    only_mixtures = stage.balance is None and all(parameter.name in parts for parameter, _ in shares)
    if only_mixtures and shares and abs(total - 1) <= _ROUNDED_MIXTURE:
        # What a file rounds away is not a missing ingredient.
        shares = [(parameter, share / total) for parameter, share in shares]
        total = 1.0
    if total > 1 + _SLACK:
        named = ", ".join(parameter.name for parameter, _ in shares)
        raise InputError(
            f"the fractions of the stage '{stage.name}' ({named}) sum to {100 * total:.4g} % of the batch; their sum "
            "must not be above 100 %"
        )
    named_shares = [(_name(parameter, settings), parameter.name, share) for parameter, share in shares]
    ingredients = _to_steps(named_shares, steps, total, stage.balance)
    return Recipe(stage.name, steps, ingredients, _notes(ingredients, stage))


def is_mass_fraction(unit: str) -> bool:
    """Tell whether a unit is one of mass per mass.

    Args:
        unit: Unit text of a parameter.

    Returns:
        True for ``wt%``, ``mg/g`` and their like; False for ``%`` and ``1``, which may be of anything.
    """
    if _MASS_PERCENT.match(unit.strip()):
        return True
    top, slash, bottom = unit.partition("/")
    if not slash:
        return False
    try:
        conversion(top, "g"), conversion(bottom, "g")
    except InputError:
        return False
    return True


def has_fractions(campaign: Campaign, stage: Stage) -> bool:
    """Tell whether a stage has something to weigh: mass fractions or parts of a mixture.

    Args:
        campaign: The campaign.
        stage: The stage.

    Returns:
        True when one of its parameters is an ingredient.
    """
    parts = _mixture_parts(campaign, stage)
    return any(
        parameter.name in parts or (_is_number(parameter) and is_mass_fraction(parameter.unit))
        for parameter in campaign.stage_parameters(stage.name)
    )


def spoken(name: str) -> str:
    """Write the name of a parameter or a stage as a person says it.

    Args:
        name: Its name in campaign.yaml.

    Returns:
        For example ``annealing temperature`` or ``CAM fraction``.
    """
    return " ".join(_SHORT.get(word, word) for word in name.split("_"))


def _mixture_parts(campaign: Campaign, stage: Stage) -> dict[str, Mixture]:
    return {
        part: mixture
        for mixture in campaign.mixtures
        for part in mixture.parts
        if campaign.parameter(part).stage == stage.name
    }


def _is_number(parameter: Parameter) -> bool:
    return isinstance(parameter, Numeric) or (isinstance(parameter, Fixed) and not isinstance(parameter.value, str))


def _share(parameter: Parameter, value: Value, mixture: Mixture | None, balance: bool) -> float | None:
    """The fraction of the batch, or None where the parameter is no ingredient of this sample."""
    if value is None or isinstance(value, str) or not _is_number(parameter):
        return None
    if mixture is not None and not balance:
        return float(value) / mixture.total
    if is_mass_fraction(parameter.unit) or (mixture is not None and parameter.unit.strip() == "%"):
        return float(value) * conversion(parameter.unit, "1").factor
    if mixture is None:
        return None
    if mixture.total <= 1:
        return float(value)
    raise InputError(
        f"the mixture '{mixture.name}' sums to {mixture.total:g} without a unit, and its stage names a balance; give "
        "its parts the unit wt%, or remove the balance"
    )


def _name(parameter: Parameter, settings: Mapping[str, Value]) -> str:
    """What the powder is: the level of a parameter such as ``precursor`` beside ``precursor_fraction``."""
    stem = _TAIL.sub("", parameter.name)
    chosen = settings.get(stem) if stem != parameter.name else None
    return chosen if isinstance(chosen, str) else spoken(stem)


def _to_steps(
    shares: Sequence[tuple[str, str, float]], batch: int, total: float, balance: str | None
) -> tuple[Ingredient, ...]:
    exact = [share * batch for _, _, share in shares]
    complete = bool(shares) and balance is None and abs(total - 1) <= _SLACK
    if complete:
        steps = [math.floor(mass + _SLACK) for mass in exact]
        by_remainder = sorted(range(len(exact)), key=lambda i: (steps[i] - exact[i], i))
        for i in by_remainder[: batch - sum(steps)]:
            steps[i] += 1
    else:
        steps = [round(mass) for mass in exact]
    found = [
        Ingredient(name, parameter, share, mass) for (name, parameter, share), mass in zip(shares, steps, strict=True)
    ]
    if balance is not None or (shares and not complete):
        found.append(Ingredient(balance or "the rest", None, max(0.0, 1 - total), batch - sum(steps)))
    return tuple(found)


def _notes(ingredients: Sequence[Ingredient], stage: Stage) -> tuple[str, ...]:
    notes = []
    if any(ingredient.name == "the rest" and ingredient.parameter is None for ingredient in ingredients):
        notes.append(f"Add balance to the stage '{stage.name}' in campaign.yaml to name what makes up the rest.")
    small = [i.name for i in ingredients if i.share > 0 and i.steps == 0]
    if small:
        notes.append(
            f"Less than 0.1 mg of {', '.join(small)}: take a larger batch_mass in the stage '{stage.name}', or weigh "
            "it in another way."
        )
    return tuple(notes)
