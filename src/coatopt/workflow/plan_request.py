"""What a person asks of a plan, and what of it decides over single samples."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coatopt.campaign.definition import Campaign
from coatopt.campaign.spelling import nearest
from coatopt.errors import InputError
from coatopt.planning.calendar_task import takes_time
from coatopt.workflow.week import monday_of


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What people decide over a week; texts as on the command line, ``because`` is their reason.

    ``pin`` and ``add`` are settings, whole or in part, as in ``annealing_temperature=500, atmosphere=oxygen``;
    ``forbid`` is the id of a sample or a comparison; ``swap`` is ``SAMPLE`` or ``SAMPLE: settings``.
    """

    pin: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    swap: str | None = None
    add: str | None = None
    because: str = ""

    def __bool__(self) -> bool:
        return bool(self.pin or self.forbid or self.swap or self.add)

    def records(self, by: str) -> list[dict[str, Any]]:
        """Lay out what was decided, for the plan and the audit trail.

        Args:
            by: Who decided.

        Returns:
            One entry per decision: ``what``, ``text``, ``because`` and ``by``.
        """
        said = [
            *(("pin", text) for text in self.pin),
            *(("forbid", text) for text in self.forbid),
            *(("swap", text) for text in (self.swap,) if text),
            *(("add", text) for text in (self.add,) if text),
        ]
        return [{"what": what, "text": text, "because": self.because, "by": by} for what, text in said]


@dataclass(frozen=True, kw_only=True)
class PlanRequest:
    """What a person asks for.

    ``replan`` withdraws what was planned for that week and not measured yet; ``start`` keeps what was begun before
    that day and plans the rest anew, with the stages in ``closed`` out of order from one day to another.
    """

    week: str
    seed: int = 0
    runs: int | None = None
    samples: int | None = None
    record: bool = True
    replan: bool = False
    start: datetime.date | None = None
    closed: Mapping[str, tuple[datetime.date, datetime.date]] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=Overrides)

    @property
    def changes(self) -> bool:
        """Whether it asks for a week that is planned already to be changed in part."""
        return bool(self.start or self.overrides.swap or self.overrides.add)


def plan_request(campaign: Campaign, numbers: Mapping[str, Any], changes: Mapping[str, Any]) -> PlanRequest:
    """Read what a person asks for.

    Args:
        campaign: The campaign.
        numbers: Fields of ``PlanRequest`` that need no reading.
        changes: ``start``, ``closed``, ``pin``, ``forbid``, ``swap``, ``add`` and ``because``, as people write them;
            None stands for nothing.

    Returns:
        The request.

    Raises:
        InputError: If a date, a stage or a name is not possible.
    """
    said = {key: value for key, value in changes.items() if value}
    unknown = said.keys() - {"start", "closed", "pin", "forbid", "swap", "add", "because"}
    if unknown:
        raise InputError(f"'{min(unknown)}' is nothing that a plan can be asked for")
    for key in ("swap", "add", "because"):
        if not isinstance(said.get(key, ""), str):
            raise InputError(f"{key} is a text, not {said[key]!r}")
    start = _date(said.get("start"), "--from")
    overrides = Overrides(
        pin=_texts(said.get("pin")), forbid=_texts(said.get("forbid")), swap=said.get("swap"), add=said.get("add"),
        because=said.get("because", ""),
    )  # fmt: skip
    if sum(map(bool, (start, overrides.swap, overrides.add))) > 1:
        raise InputError("--from, --swap and --add each change a week in their own way; give one at a time")
    if (overrides.swap or overrides.add) and any(numbers.get(key) for key in ("runs", "samples", "replan")):
        raise InputError("--swap and --add change one sample of a week; leave --runs, --samples and --replan out")
    if start is not None and not 0 <= (start - monday_of(str(numbers["week"]))).days < 7:
        raise InputError(f"--from {start.isoformat()} does not lie in {numbers['week']}; plan the week of that day")
    shut = [_closed(campaign, text, start, str(numbers["week"])) for text in _texts(said.get("closed"))]
    closed = dict(shut)
    if len(closed) < len(shut):
        raise InputError("--closed names a stage twice; give its first and last day once, as in annealing=DAY..DAY")
    return PlanRequest(**numbers, start=start, closed=closed, overrides=overrides)


def _texts(value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value or ())
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f"{text!r} is not a text; write it as on the command line")
    return texts


def _date(value: Any, option: str) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise InputError(f"{option} '{value}' is not a date; write it as 2026-11-25") from None


def _closed(
    campaign: Campaign, text: str, start: datetime.date | None, week: str
) -> tuple[str, tuple[datetime.date, datetime.date]]:
    """A stage that is out of order; without days, from the start of the plan to the end of the week."""
    name, _, days = (part.strip() for part in text.partition("="))
    stages = [stage.name for stage in campaign.stages]
    if name not in stages:
        raise InputError(f"--closed '{text}': '{name}' is not a stage{nearest(name, stages)}")
    if not takes_time(campaign.stage(name)):
        raise InputError(f"--closed '{text}': {name} has no days, runs or places in campaign.yaml, so nothing waits")
    monday = monday_of(week)
    first, _, last = days.partition("..")
    begin = _date(first or None, "--closed") or start or monday
    end = _date(last or None, "--closed") or monday + datetime.timedelta(days=6)
    if end < begin:
        raise InputError(f"--closed '{text}': {end.isoformat()} is before {begin.isoformat()}; exchange the two")
    return name, (begin, end)
