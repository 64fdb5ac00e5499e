"""From tables of a surface analysis to coverage, and to the degradation behind a coating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coatopt.errors import InputError
from coatopt.metric.coating.tof_sims import degradation_from_columns
from coatopt.metric.coating.xps import SCHEMES, Scheme, coverage_from_columns
from coatopt.metric.reader.contract import FileContent
from coatopt.metric.reader.named_columns import Wanted
from coatopt.workflow.stated import exact_number
from coatopt.workflow.table_columns import error_names, in_file, in_one_unit, read_beside_names

_INTENSITY = ("intensity", "relative intensity", "signal")
_TOTAL = ("total ion count", "total ion counts", "total ion current", "TIC", "total")


@dataclass(frozen=True, kw_only=True)
class XpsCall:
    """What ``coatopt metric xps`` is asked for: a shipped scheme of regions or one's own, and sensitivity factors."""

    file: Path
    scheme: str | None = None
    coating: Sequence[str] = ()
    cam: Sequence[str] = ()
    sensitivity: Sequence[str] = ()


def xps_coverage(call: XpsCall) -> dict[str, Any]:
    """Find the coverage, and the degree of oxidation where S 2p has two parts.

    Args:
        call: The table and which of its regions count.

    Returns:
        The document.

    Raises:
        InputError: If the table cannot be read, or the call contradicts itself.
    """
    plan = _plan(call)
    factors = _factors(call.sensitivity, plan)
    content = FileContent.of(call.file)
    wanted = {"intensity": Wanted(_INTENSITY, None), "error": Wanted(error_names(_INTENSITY), None, required=False)}
    numbers, unit = in_one_unit(content, wanted)
    values, texts = read_beside_names(content, numbers, {"region": Wanted(("region", "line", "peak"), None)})
    notes = []
    if unit is not None:
        relative = "%" in unit
        if relative != plan.corrected and plan.name in SCHEMES:
            kind = "relative ones (at.%)" if plan.corrected else "raw ones without sensitivity factors"
            notes.append(f"the intensities are in {unit}; {plan.source} takes {kind}, so do not compare with it")
        plan = replace(plan, corrected=relative)
    with in_file(content.name):
        found = coverage_from_columns(
            texts["region"],
            values["intensity"],
            values.get("error"),
            scheme=plan,
            sensitivity=factors,
        ).document()
    return {"file": content.name, "scheme": plan.name, **found, "notes": [*found["notes"], *notes]}


def sims_degradation(file: Path, reference: str, groups: Sequence[str]) -> dict[str, Any]:
    """Compare fragment signals of coated samples with those of the uncoated reference.

    Args:
        file: Long table with a row for each fragment in each region of each sample.
        reference: Name of the reference in it.
        groups: Texts such as ``oxygenated=SO3-,PO3-``.

    Returns:
        The document: a row for every sample and group, and for every sample and fragment.

    Raises:
        InputError: If the table cannot be read, or names what it does not hold.
    """
    members = _groups(groups)
    content = FileContent.of(file)
    wanted = {"intensity": Wanted((*_INTENSITY, "counts"), None), "total": Wanted(_TOTAL, None, required=False)}
    numbers, _ = in_one_unit(content, wanted)
    names = {key: Wanted((key,), None) for key in ("sample", "region")} | {
        "fragment": Wanted(("fragment", "ion"), None)
    }
    values, texts = read_beside_names(content, numbers, names)
    with in_file(content.name):
        found = degradation_from_columns(
            texts["sample"],
            texts["region"],
            texts["fragment"],
            values["intensity"],
            values.get("total"),
            members,
            reference,
        )
    if not found:
        raise InputError(f"{content.name}: there is no sample beside the reference '{reference}'; add the coated ones")
    rows = [part.document() for part in found]
    shared = [note for note in rows[0]["notes"] if all(note in row["notes"] for row in rows)]
    own = [
        note if row["sample"] in note else f"{row['sample']}: {note}"
        for row in rows
        for note in row["notes"]
        if note not in shared
    ]
    return {
        "file": content.name,
        "reference": reference,
        "groups": [
            {"sample": row["sample"], "group": group, "degradation": value, "regions": row["regions"]}
            for row in rows
            for group, value in row["groups"].items()
        ],
        "fragments": [
            {"sample": row["sample"], "fragment": fragment, "degradation": value}
            for row in rows
            for fragment, value in row["fragments"].items()
        ],
        "notes": [*shared, *own],
    }


def _plan(call: XpsCall) -> Scheme:
    if call.coating or call.cam:
        if call.scheme is not None:
            raise InputError(f"--scheme {call.scheme} names its regions itself; leave it out, or --coating and --cam")
        if not (call.coating and call.cam):
            raise InputError("--coating and --cam belong together; name at least one region of each, as in 'Ni 2p'")
        source = "regions as the call states them"
        return Scheme(
            name="own", coating=(*call.coating,), cam=(*call.cam,), corrected=not call.sensitivity, source=source
        )
    name = call.scheme or "sulfide"
    if name not in SCHEMES:
        raise InputError(f"--scheme: '{name}' is no scheme of regions; choose {' or '.join(SCHEMES)}")
    return SCHEMES[name]


def _factors(texts: Sequence[str], plan: Scheme) -> Mapping[str, float]:
    regions = {"".join(name.casefold().split()): name for name in (*plan.coating, *plan.cam)}
    found: dict[str, float] = {}
    for text in texts:
        name, _, number = (part.strip() for part in text.partition("="))
        region = regions.get("".join(name.casefold().split()))
        if not number:
            raise InputError(f"--sensitivity: '{text}' is not a region with its factor; write it as in 'Ni 2p=3.2'")
        if region is None:
            raise InputError(f"--sensitivity: '{name}' is none of the counted regions ({', '.join(regions.values())})")
        if region in found:
            raise InputError(f"--sensitivity: '{region}' is there twice; keep one of its factors")
        found[region] = exact_number(number, f"--sensitivity of {region}")
    return found


def _groups(texts: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        name, _, listed = (part.strip() for part in text.partition("="))
        members = [member.strip() for member in listed.split(",")]
        if not name or not all(members):
            raise InputError(f"--group: '{text}' is not a group; write it as in 'oxygenated=SO3-,PO3-'")
        if name in found or len(set(members)) < len(members):
            twice = f"the group '{name}'" if name in found else f"a fragment of '{name}'"
            raise InputError(f"--group: {twice} is there twice; keep it once")
        found[name] = members
    if not found:
        raise InputError("--group is missing; name at least one, as in --group 'oxygenated=SO3-,PO3-'")
    return found
