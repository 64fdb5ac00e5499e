"""Every error that coatopt raises on purpose: one sentence for people, one exit code for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 60


@dataclass(frozen=True)
class Problem:
    """One mistake in what a person gave us: where it is, what is wrong, what would be right."""

    file: str
    line: int | None
    field: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        field = f": {self.field}" if self.field else ""
        fix = f"; {self.fix}" if self.fix else ""
        sentence = f"{place}{field}: {self.what}{fix}"
        return sentence if sentence.endswith(("?", ".")) else sentence + "."


class CoatoptError(Exception):
    """The work failed for a stated reason (exit code 1)."""

    exit_code = 1


class InputError(CoatoptError):
    """The call or the input is wrong (exit code 2)."""

    exit_code = 2


class ProblemsError(InputError):
    """All mistakes found in one input, reported at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [str(problem) for problem in self.problems[:_SHOWN]]
        if len(self.problems) > _SHOWN:
            shown.append(f"... and {len(self.problems) - _SHOWN} more mistakes.")
        super().__init__("\n".join(shown))


class CampaignError(ProblemsError):
    """A campaign file or dictionary that does not describe a campaign."""


class ResultsError(ProblemsError):
    """A table of results that was refused whole; nothing of it was recorded."""


class LedgerError(CoatoptError):
    """The ledger file cannot be opened or is not one of ours."""


class InfeasibleError(InputError):
    """No setting satisfies everything that the campaign asks for."""
