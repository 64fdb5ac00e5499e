"""The small grammar of constraints and conditions; text in, frozen comparisons out, and never ``eval``.

constraint  := comparison [ "if" condition ]
condition   := comparison { "and" comparison }
comparison  := sum ("<=" | ">=" | "==" | "<" | ">") sum          linear in numeric parameters
             | name ("==" | "!=") "level"                        ordinal and categorical parameters
             | name "in" "[" "level" { "," "level" } "]"
sum         := ["-"] term { ("+" | "-") term }
term        := factor { "*" factor | "/" number }
factor      := number | name | "(" sum ")"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coatopt.campaign.expression import Comparison, Condition, Constraint, LevelComparison, LinearComparison
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError

_MAX_LENGTH = 500
_MAX_DEPTH = 20
_LARGEST = 1e15
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)
        |(?P<string>"[^"]*"|'[^']*')|(?P<symbol><=|>=|==|!=|[-+*/()<>\[\],]))""",
    re.VERBOSE,
)


def parse_constraint(text: str, numeric: frozenset[str], levels: Mapping[str, tuple[str, ...]]) -> Constraint:
    """Read one constraint.

    Args:
        text: For example ``annealing_temperature <= 600 if atmosphere == "oxygen"``.
        numeric: Names of the numeric parameters.
        levels: Levels of each ordinal and categorical parameter.

    Returns:
        The constraint.

    Raises:
        InputError: If the text is not of the grammar or names something unknown.
    """
    parser = _Parser(text, numeric, levels)
    body = parser.comparison()
    condition = None
    if parser.accept("if"):
        start = parser.place
        condition = Condition(text[start:].strip(), parser.conjunction())
    parser.finish()
    return Constraint(text.strip(), body, condition)


def parse_condition(text: str, numeric: frozenset[str], levels: Mapping[str, tuple[str, ...]]) -> Condition:
    """Read one condition, as in ``when: ald_cycles > 0``.

    Args:
        text: Comparisons joined by ``and``.
        numeric: Names of the numeric parameters.
        levels: Levels of each ordinal and categorical parameter.

    Returns:
        The condition.

    Raises:
        InputError: If the text is not of the grammar or names something unknown.
    """
    parser = _Parser(text, numeric, levels)
    comparisons = parser.conjunction()
    parser.finish()
    return Condition(text.strip(), comparisons)


@dataclass(frozen=True)
class _Sum:
    """A linear expression while it is being read."""

    parts: Mapping[str, float]
    constant: float

    def scaled(self, factor: float) -> _Sum:
        return _Sum({n: c * factor for n, c in self.parts.items()}, self.constant * factor)

    def plus(self, other: _Sum) -> _Sum:
        names = dict.fromkeys([*self.parts, *other.parts])
        return _Sum(
            {n: self.parts.get(n, 0.0) + other.parts.get(n, 0.0) for n in names}, self.constant + other.constant
        )


class _Parser:
    """Recursive descent over the tokens of one line."""

    def __init__(self, text: str, numeric: frozenset[str], levels: Mapping[str, tuple[str, ...]]) -> None:
        if len(text) > _MAX_LENGTH:
            raise InputError(f"the expression has {len(text)} characters; at most {_MAX_LENGTH} are read")
        self._text, self._numeric, self._levels = text, numeric, levels
        self._tokens = self._tokenise(text)
        self._next = 0
        self._depth = 0

    @staticmethod
    def _tokenise(text: str) -> list[tuple[str, str, int]]:
        tokens: list[tuple[str, str, int]] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise InputError(
                    f"'{text[place:].strip()[0]}' cannot be read in '{text}'; use numbers, parameter names, quoted "
                    "levels, + - * /, <= >= == < >, if, and, in"
                )
            tokens.append((match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
            place = match.end()
        return tokens

    @property
    def place(self) -> int:
        """Position in the text of the next token."""
        return self._tokens[self._next][2] if self._next < len(self._tokens) else len(self._text)

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self, expected: str) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise InputError(f"'{self._text}' ends where {expected} should follow")
        kind, value, _ = self._tokens[self._next]
        self._next += 1
        return kind, value

    def accept(self, value: str) -> bool:
        """Step over a token if it is the given one."""
        if self._peek() == value:
            self._next += 1
            return True
        return False

    def finish(self) -> None:
        """Refuse anything after the end."""
        if self._next < len(self._tokens):
            raise InputError(
                f"'{self._peek()}' is not understood after '{self._text[: self.place].strip()}'; a constraint is one "
                "comparison, perhaps followed by: if comparison and comparison"
            )

    def conjunction(self) -> tuple[Comparison, ...]:
        """Read comparisons joined by ``and``."""
        comparisons = [self.comparison()]
        while self.accept("and"):
            comparisons.append(self.comparison())
        return tuple(comparisons)

    def comparison(self) -> Comparison:
        """Read one comparison of numbers or of levels."""
        if self._peek() in self._levels:
            return self._level_comparison()
        left = self._sum()
        _, operator = self._take("a comparison such as <=")
        if operator not in ("<=", ">=", "==", "<", ">"):
            raise InputError(f"'{operator}' stands where one of <= >= == < > should be in '{self._text}'")
        right = self._sum()
        total = left.plus(right.scaled(-1.0))
        parts = tuple((name, value) for name, value in total.parts.items() if value != 0.0)
        if not parts:
            raise InputError(f"'{self._text}' compares no parameter")
        return LinearComparison(parts, total.constant, operator)  # type: ignore[arg-type]

    def _level_comparison(self) -> LevelComparison:
        _, name = self._take("a parameter")
        _, operator = self._take("== or !=")
        if operator == "in":
            if not self.accept("["):
                raise InputError(f"after 'in' write a list of levels in brackets in '{self._text}'")
            chosen = [self._level(name)]
            while self.accept(","):
                chosen.append(self._level(name))
            if not self.accept("]"):
                raise InputError(f"the list of levels is not closed by ] in '{self._text}'")
            return LevelComparison(name, tuple(chosen))
        if operator not in ("==", "!="):
            raise InputError(f"'{name}' has levels, so compare it with ==, != or in, not '{operator}'")
        return LevelComparison(name, (self._level(name),), negated=operator == "!=")

    def _level(self, name: str) -> str:
        kind, value = self._take(f"a level of {name} in quotes")
        known = ", ".join(f'"{level}"' for level in self._levels[name])
        if kind != "string":
            raise InputError(f"the level after {name} must stand in quotes; one of {known}")
        if value[1:-1] not in self._levels[name]:
            raise InputError(f"{value} is not a level of {name}; its levels are {known}")
        return value[1:-1]

    def _sum(self) -> _Sum:
        total = self._term().scaled(-1.0) if self.accept("-") else self._term()
        while self._peek() in ("+", "-"):
            sign = 1.0 if self.accept("+") else -1.0
            if sign < 0:
                self.accept("-")
            total = total.plus(self._term().scaled(sign))
        return total

    def _term(self) -> _Sum:
        product = self._factor()
        while self._peek() in ("*", "/"):
            divide = self.accept("/")
            if not divide:
                self.accept("*")
            other = self._factor()
            if (product.parts and other.parts) or (divide and other.parts):
                raise InputError(
                    f"'{self._text}' multiplies or divides two parameters; only linear sums are understood"
                )
            if divide:
                if other.constant == 0.0:
                    raise InputError(f"'{self._text}' divides by zero")
                product = product.scaled(self._reasonable(1.0 / other.constant))
            else:
                product = other.scaled(product.constant) if other.parts else product.scaled(other.constant)
        return product

    def _reasonable(self, number: float) -> float:
        if not abs(number) <= _LARGEST:
            raise InputError(f"'{self._text[:80]}' holds a number beyond {_LARGEST:g}; write a smaller one")
        return number

    def _factor(self) -> _Sum:
        kind, value = self._take("a number or a parameter")
        if kind == "number":
            return _Sum({}, self._reasonable(float(value)))
        if value == "-":
            return self._factor().scaled(-1.0)
        if value == "(":
            self._depth += 1
            if self._depth > _MAX_DEPTH:
                raise InputError(f"'{self._text[:40]}...' nests parentheses too deeply")
            inner = self._sum()
            self._depth -= 1
            if not self.accept(")"):
                raise InputError(f"a parenthesis is not closed in '{self._text}'")
            return inner
        if kind == "name" and value in self._numeric:
            return _Sum({value: 1.0}, 0.0)
        if kind == "name":
            raise InputError(f"'{value}' is not a parameter{nearest(value, [*self._numeric, *self._levels])}")
        raise InputError(f"'{value}' stands where a number or a parameter should be in '{self._text}'")
