"""YAML text to plain values and back: maps, lists, text, numbers and truth values, with the line of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from coatopt.errors import CampaignError, Problem

Path = tuple[str | int, ...]

MAX_BYTES = 1_000_000
_MAX_DEPTH = 12
_PLAIN_TEXT = re.compile(r"[A-Za-z](?:[A-Za-z0-9_ .%/^-]*[A-Za-z0-9_%])?")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")}


@dataclass
class Located:
    """Plain values and where each stands."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int | None:
        """Find the line of a value, or of the nearest block around it.

        Args:
            path: Keys and positions that lead to it.

        Returns:
            Line number from 1, or None when the values come from no file.
        """
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_yaml(text: str, file: str) -> Located:
    """Read YAML without ever building an object that the text asks for.

    Args:
        text: The YAML document.
        file: Name for messages.

    Returns:
        Plain values, their lines, and duplicate keys as problems.

    Raises:
        CampaignError: If the text is no plain YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    def refuse(line: int | None, what: str, fix: str) -> CampaignError:
        return CampaignError([Problem(file, line, "", what, fix)])

    try:
        _refuse_tricks(YAML(typ="safe", pure=True).parse(StringIO(text)), refuse)
        node = YAML(typ="safe", pure=True).compose(StringIO(text))
        located = Located()
        located.value = _build(node, (), located, file)
    except MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        what = f"this is not YAML: {' '.join(str(error.problem or error.context).split())[:200]}"
        raise refuse(line, what, "check the indentation, the brackets and the quotes") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise refuse(
            None, f"this is not YAML: {str(error).splitlines()[0][:200]}", "see coatopt new for an example"
        ) from error
    return located


def write_yaml(tree: Mapping[str, Any]) -> str:
    """Write plain values as YAML that reads back to the same values.

    Args:
        tree: Maps, lists, text and numbers only.

    Returns:
        YAML text.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Quoting(SafeRepresenter):
        """Quotes every text that is more than plain words."""

    def text(representer: SafeRepresenter, value: str) -> Any:
        plain = _PLAIN_TEXT.fullmatch(value) is not None
        return representer.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')

    Quoting.add_representer(str, text)
    stream = StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = Quoting
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 110
    yaml.dump(tree, stream)
    return stream.getvalue()


def _refuse_tricks(events: Iterator[Any], refuse: Any) -> None:
    depth = 0
    for event in events:
        line = event.start_mark.line + 1
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") and not kind.startswith(("Stream", "Document"))
        depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        if depth > _MAX_DEPTH:
            raise refuse(line, "blocks are nested too deeply", f"a campaign needs at most {_MAX_DEPTH} levels")
        if getattr(event, "anchor", None) is not None:
            raise refuse(line, "anchors (&) and aliases (*) are not read", "write the value out where it is needed")
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in ("!", ""):
            raise refuse(line, f"the tag {tag} is not read", "a campaign holds plain text and numbers only")


def _build(node: Any, path: Path, located: Located, file: str) -> Any:
    if node is None:
        return None
    located.lines[path] = node.start_mark.line + 1
    tag = str(node.tag)
    if tag not in _PLAIN_TAGS:
        if tag.endswith(("timestamp", "merge")):
            return str(node.value)
        raise ValueError(f"line {node.start_mark.line + 1}: {tag} is not plain text or a number")
    if tag.endswith("map"):
        return _build_map(node, path, located, file)
    if tag.endswith("seq"):
        return [_build(child, (*path, i), located, file) for i, child in enumerate(node.value)]
    return _scalar(tag.rsplit(":", 1)[1], str(node.value))


def _build_map(node: Any, path: Path, located: Located, file: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(_scalar("str", key_node.value)) if isinstance(key_node.value, str) else "?"
        line = key_node.start_mark.line + 1
        if key in result:
            located.problems.append(Problem(file, line, key, "this key stands twice", "keep one of the two"))
        result[key] = _build(value_node, (*path, key), located, file)
        located.lines[(*path, key)] = line
    return result


def _scalar(kind: str, text: str) -> Any:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("a text holds half of a character (a lone surrogate)")
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and len(text) < 40:
        plain = text.replace("_", "").lower()
        return int(plain, 0) if plain.lstrip("+-")[:2] in ("0x", "0o", "0b") else int(plain)
    if kind in ("int", "float"):
        plain = text.replace("_", "").lower()
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    return text
