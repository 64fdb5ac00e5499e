"""What was tested: the distinct settings, by name."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from coatopt.campaign.parameter import Levelled
from coatopt.ledger.record import Observation
from coatopt.surrogate.contract import Array
from coatopt.surrogate.fitting import Posterior

_REFERENCE = re.compile(r"uncoated|(?<![a-z])ref(erence)?(?![a-z])", re.IGNORECASE)
_NAMED = 3


@dataclass(frozen=True)
class MadeSetting:
    """One setting that was made: its name, its samples, and whether it is the untreated reference.

    ``learned`` is whether a model saw it.
    """

    name: str
    samples: tuple[str, ...]
    reference: bool
    learned: bool = True


def kind_of_setting(posterior: Posterior) -> str:
    """Say what the settings of a campaign are called.

    Args:
        posterior: The posterior.

    Returns:
        The name of the only parameter with levels (``coating``) where that tells all settings apart and nothing else
        differs between them, else ``setting``.
    """
    column = _naming_column(posterior)
    return "setting" if column is None else posterior.space.parameters[column].name


def _naming_column(posterior: Posterior) -> int | None:
    """Find the one parameter whose level tells a setting from all others, where it alone was varied."""
    levelled = [i for i, parameter in enumerate(posterior.space.parameters) if isinstance(parameter, Levelled)]
    if len(levelled) != 1:
        return None
    distinct = np.unique(np.nan_to_num(posterior.rows, nan=np.inf), axis=0)
    levels = distinct[:, levelled[0]]
    # A conditional parameter that is only there or not, with the level, does not count as varied.
    varied = [len(np.unique(column[np.isfinite(column)])) > 1 for column in np.delete(distinct, levelled[0], axis=1).T]
    alone = np.isfinite(levels).all() and len(np.unique(levels)) == len(levels) and not any(varied)
    return levelled[0] if alone else None


def made_settings(posterior: Posterior, unseen: Sequence[Observation] = ()) -> tuple[MadeSetting, ...]:
    """List the distinct settings that were made, references of the ledger included where a model saw them.

    A setting is named by its samples, or by its level where that says which it is. It is a reference where the ledger
    says so, or where a level or a sample is named ``uncoated``, ``ref`` or ``reference``.

    Args:
        posterior: The posterior.
        unseen: Readings of references that no model saw; each material is one more setting, named as in the ledger.

    Returns:
        The settings, in the order of their first sample; those that no model saw last.
    """
    found: dict[Hashable, list[str]] = {}
    for sample, key in _settings_of_samples(posterior).items():
        found.setdefault(key, []).append(sample)
    rows = dict(zip(posterior.samples, posterior.rows, strict=True))
    naming = _naming_column(posterior)
    settings = [_setting(posterior, samples, rows.get(samples[0]), naming) for samples in found.values()]
    materials: dict[str, dict[str, None]] = {}
    for o in unseen:
        materials.setdefault(o.reference or "", {})[o.sample] = None
    taken = {setting.name for setting in settings}
    for material, samples in materials.items():
        name = f"{material} (reference)" if material in taken else material
        settings.append(MadeSetting(name, tuple(samples), True, learned=False))
    return tuple(settings)


def _setting(posterior: Posterior, samples: list[str], row: Array | None, naming: int | None) -> MadeSetting:
    # No comma and no "and": sentences list several settings.
    listed = "/".join(samples) if len(samples) <= _NAMED else f"{samples[0]} (+{len(samples) - 1})"
    if row is None:
        return MadeSetting(listed, tuple(samples), True)
    levels = {
        i: parameter.levels[int(row[i])]
        for i, parameter in enumerate(posterior.space.parameters)
        if isinstance(parameter, Levelled) and not np.isnan(row[i])
    }
    reference = any(_REFERENCE.search(text) for text in (*levels.values(), *samples))
    return MadeSetting(listed if naming is None else levels[naming], tuple(samples), reference)


def _settings_of_samples(posterior: Posterior) -> dict[str, Hashable]:
    """Tell by a key which samples share a setting; a reference has none but its own."""
    rows = np.nan_to_num(posterior.rows, nan=np.inf)
    keys: dict[str, Hashable] = {name: tuple(row) for name, row in zip(posterior.samples, rows, strict=True)}
    for fit in posterior.fits.values():
        data = fit.direct.data
        for number in np.unique(data.reference[data.reference >= 0]):
            mine = [data.samples[i] for i in np.flatnonzero(data.reference == number)]
            key = next((keys[name] for name in mine if name in keys), ("reference", mine[0]))
            keys |= dict.fromkeys(mine, key)
    return keys
