"""campaign.yaml to a Campaign and back; every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from coatopt.campaign.assembly import Assembly
from coatopt.campaign.definition import Campaign
from coatopt.campaign.file_schema import (
    CampaignEntry,
    Entry,
    LabEntry,
    MetricEntry,
    MixtureEntry,
    ParameterEntry,
    PastEntry,
    PlannerEntry,
    SimulatorEntry,
    StageEntry,
    SurrogateEntry,
)
from coatopt.campaign.spelling import nearest
from coatopt.campaign.writing import campaign_to_dict
from coatopt.campaign.yaml_text import MAX_BYTES, Located, read_yaml, write_yaml
from coatopt.errors import CampaignError, InputError, Problem

FILE_NAME = "campaign.yaml"


def load_campaign(path: Path) -> Campaign:
    """Read a campaign from a file or from the folder that holds it.

    Args:
        path: A folder with a campaign.yaml, or a YAML file.

    Returns:
        The campaign.

    Raises:
        CampaignError: If anything in the file is wrong; all mistakes at once.
        InputError: If there is no such file.
    """
    file = path / FILE_NAME if path.is_dir() else path
    if not file.is_file():
        raise InputError(f"{path} has no {FILE_NAME}; 'coatopt new {path} --like artificial-cei' makes one")
    size = file.stat().st_size
    if size > MAX_BYTES:
        raise CampaignError(
            [
                Problem(
                    str(file),
                    None,
                    "",
                    f"the file has {size / 1e6:.0f} MB",
                    "a campaign is a page of text (1 MB at most)",
                )
            ]
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CampaignError(
            [Problem(str(file), None, "", "this is not a text file in UTF-8", "save it as plain text, UTF-8")]
        ) from error
    return parse_campaign(text, str(file))


def parse_campaign(text: str, file: str = FILE_NAME) -> Campaign:
    """Read a campaign from YAML text.

    Args:
        text: The YAML document.
        file: Name for messages.

    Returns:
        The campaign.

    Raises:
        CampaignError: If anything in the text is wrong; all mistakes at once.
    """
    if not text.strip():
        raise CampaignError([Problem(file, None, "", "the file is empty", "see coatopt new for an example")])
    return _campaign(read_yaml(text, file), file)


def campaign_from_dict(tree: Mapping[str, Any], file: str = "campaign") -> Campaign:
    """Read a campaign from a dictionary of the same shape as campaign.yaml.

    Args:
        tree: The dictionary; tuples and NumPy values are taken as lists and numbers.
        file: Name for messages.

    Returns:
        The campaign.

    Raises:
        CampaignError: If anything in it is wrong; all mistakes at once.
    """
    try:
        return _campaign(Located(value=_plain(tree)), file)
    except RecursionError as error:
        raise CampaignError(
            [Problem(file, None, "", "the dictionary contains itself", "write plain values")]
        ) from error


def dump_campaign(campaign: Campaign) -> str:
    """Write a campaign as YAML that reads back to the same campaign.

    Args:
        campaign: The campaign.

    Returns:
        YAML text.
    """
    return write_yaml(campaign_to_dict(campaign))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    tolist = getattr(value, "tolist", None)
    return tolist() if callable(tolist) else value


def _campaign(located: Located, file: str) -> Campaign:
    problems = list(located.problems)
    if not isinstance(located.value, dict):
        problems.append(Problem(file, 1, "", "a campaign starts with keys such as name:, stages:", "see coatopt new"))
        raise CampaignError(problems)
    try:
        entry = CampaignEntry.model_validate(located.value)
    except ValidationError as error:
        problems += _translate(error.errors(include_url=False), located, file)
        problems += _further_problems(located, error.errors(include_url=False), file)
        raise CampaignError(sorted(problems, key=lambda problem: problem.line or 0)) from None
    assembly = Assembly(entry, located.line, file)
    campaign = assembly.campaign()
    problems += assembly.problems
    if problems or campaign is None:
        raise CampaignError(sorted(problems, key=lambda problem: problem.line or 0))
    return campaign


def _further_problems(located: Located, errors: list[ErrorDetails], file: str) -> list[Problem]:
    """Cross-check what is left when the misshapen entries are taken out, so that all is reported at once."""
    broken = {tuple(e["loc"][:2]) for e in errors if len(e["loc"]) > 1 and e["loc"][0] in ("parameters", "metrics")}
    tree = {key: dict(value) if isinstance(value, dict) else value for key, value in located.value.items()}
    for block, name in broken:
        tree[str(block)].pop(name, None)
        # A block must not become empty, so something harmless stands in for what was taken out.
        tree[str(block)].setdefault("stand_in", {"stage": "stand_in", "unit": "1"} | _STAND_INS[str(block)])
    stages = tree.get("stages")
    if isinstance(stages, list):
        spoilt = {tuple(e["loc"][1:3]) for e in errors if len(e["loc"]) > 2 and e["loc"][0] == "stages"}
        tree["stages"] = [
            {key: value for key, value in stage.items() if (i, key) not in spoilt} if isinstance(stage, dict) else stage
            for i, stage in enumerate(stages)
        ]
    spoilt_blocks = {"surrogate", "past", "simulators", "planner", "lab"} & {e["loc"][0] for e in errors if e["loc"]}
    for key in [key for key in tree if key not in CampaignEntry.model_fields or key in spoilt_blocks]:
        del tree[key]
    try:
        assembly = Assembly(CampaignEntry.model_validate(tree), located.line, file)
    except ValidationError:
        return []
    assembly.campaign()
    names = [str(name) for _, name in broken]
    return [p for p in assembly.problems if not any(f"'{name}'" in p.what for name in [*names, "stand_in"])]


_STAND_INS: dict[str, dict[str, Any]] = {"parameters": {"range": [0, 1]}, "metrics": {}}


_BLOCKS: dict[str, type[Entry]] = {
    "stages": StageEntry,
    "parameters": ParameterEntry,
    "metrics": MetricEntry,
    "mixtures": MixtureEntry,
    "surrogate": SurrogateEntry,
    "past": PastEntry,
    "simulators": SimulatorEntry,
    "planner": PlannerEntry,
    "lab": LabEntry,
}
_WANTED = {
    "list_type": "a list is wanted, as in [a, b]",
    "dict_type": "a block of keys is wanted",
    "model_type": "a block of keys is wanted, as in {key: value, ...}",
    "string_type": "text is wanted; put it in quotes if it looks like a number",
    "float_type": "a number is wanted, with a decimal point",
    "int_type": "a whole number is wanted",
    "bool_type": "true or false is wanted",
    "past_type": "a campaign is wanted, as in mixing-ncm82 or {campaign: ../old/kept, metrics: {ice: ice}}",
    "finite_number": "a finite number is wanted",
}


def _translate(errors: list[ErrorDetails], located: Located, file: str) -> list[Problem]:
    problems: dict[tuple[object, ...], Problem] = {}
    for error in errors:
        path = tuple(part for part in error["loc"] if part != "[key]")
        if error["type"] in _WANTED and len(path) > 3 and path[2] in ("values", "value"):
            # pydantic reports each arm of the union; a person wants one sentence.
            path = path[:3]
            what, fix = (
                "these values are not understood",
                "numbers [5, 10], names [air, oxygen], or names with descriptors",
            )
        elif path[2:3] in (("values",), ("value",)) and len(path) > 3:
            path, what, fix = path[:3], "these values are not understood", "numbers [5, 10] or names [air, oxygen]"
        else:
            what, fix = _sentence(error, path)
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
        problems.setdefault((path, what), Problem(file, located.line(path), field, what, fix))
    return sorted(problems.values(), key=lambda problem: problem.line or 0)


def _sentence(error: ErrorDetails, path: tuple[str | int, ...]) -> tuple[str, str]:
    kind, given = error["type"], error.get("input")
    context = error.get("ctx", {})
    shown = repr(given) if isinstance(given, str | int | float | bool) or given is None else "this"
    if kind == "extra_forbidden":
        block = _BLOCKS.get(str(path[0]), CampaignEntry) if len(path) > 1 else CampaignEntry
        return f"'{path[-1]}' is not a key here", nearest(str(path[-1]), block.model_fields).lstrip("; ")
    if kind == "missing":
        return f"'{path[-1]}' is missing", "add it"
    if kind == "literal_error":
        return f"{shown} is not possible", f"it is one of {context.get('expected', '')}"
    if kind == "string_pattern_mismatch":
        return f"{shown} cannot be a name", "use lower-case letters, digits and _, starting with a letter"
    if kind in ("too_short", "too_long"):
        word = "at least" if kind == "too_short" else "at most"
        count = context.get("min_length", context.get("max_length"))
        return f"{context.get('actual_length')} entries stand here", f"{word} {count} are wanted"
    if kind.startswith("string_too"):
        return (
            "the text is too short or too long",
            f"it has {context.get('min_length', 0)} to {context.get('max_length', 500)} characters",
        )
    limits = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
    if kind in limits:
        word = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}[limits[kind]]
        return f"{shown} is not possible", f"it is {word} {context[limits[kind]]}"
    if kind == "int_from_float":
        return f"{shown} is not a whole number", "a whole number is wanted"
    return f"{shown} is not understood here", _WANTED.get(kind, error["msg"].lower())
