"""Hypothesis builds campaigns as the dictionaries that people would write."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from coatopt.campaign.surrogate_choice import PRIORS

names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True).filter(
    lambda n: (
        not n.endswith(("_sd", "_mean", "_run", "_low", "_high"))
        and n not in {"sample", "cell", "cells", "week", "reason", "failed", "correction", "reference", "note"}
        and n not in {"source", "by", "and", "if", "in"}
    )
)
numbers = st.floats(-1e4, 1e4, allow_nan=False).map(lambda x: round(x, 4))
levels = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\x85﻿"),
    min_size=1,
    max_size=12,
).filter(lambda s: s.strip() == s)
units = st.sampled_from(["1", "%", "wt%", "degC", "h", "rpm", "mAh/g", "ohm cm^2 h^-0.5"])
counts = st.integers(1, 20)


@st.composite
def parameters(draw: st.DrawFn, stages: list[str]) -> dict[str, Any]:
    """One entry of the parameters block."""
    entry: dict[str, Any] = {"stage": draw(st.sampled_from(stages)), "unit": draw(units)}
    kind = draw(st.sampled_from(["range", "step", "log", "integer", "numbers", "names", "ordered", "described"]))
    low = draw(st.floats(0.1, 100).map(lambda x: round(x, 3)))
    if kind == "range":
        entry["range"] = [low, round(low + draw(st.integers(1, 50)), 6)]
    elif kind == "step":
        step = draw(st.sampled_from([0.1, 0.25, 5, 25]))
        entry |= {"range": [low, round(low + step * draw(st.integers(1, 40)), 6)], "step": step}
    elif kind == "log":
        entry |= {"range": [low, round(low * draw(st.integers(2, 1000)), 6)], "scale": "log"}
    elif kind == "integer":
        start = draw(st.integers(-5, 5))
        entry |= {"range": [start, start + draw(st.integers(1, 30))], "integer": True}
    elif kind == "numbers":
        entry["values"] = draw(st.lists(numbers, min_size=2, max_size=6, unique=True))
    elif kind == "names":
        entry["values"] = draw(st.lists(levels, min_size=2, max_size=5, unique=True))
    elif kind == "ordered":
        entry |= {"values": draw(st.lists(levels, min_size=2, max_size=5, unique=True)), "ordered": True}
    else:
        described = draw(st.lists(names, min_size=1, max_size=2, unique=True))
        entry["values"] = {
            level: {name: draw(numbers) for name in described}
            for level in draw(st.lists(levels, min_size=2, max_size=4, unique=True))
        }
    return entry


@st.composite
def metrics(draw: st.DrawFn, stages: list[str]) -> dict[str, Any]:
    """One entry of the metrics block."""
    entry: dict[str, Any] = {"stage": draw(st.sampled_from(stages)), "unit": draw(units)}
    if draw(st.booleans()):
        entry["range"] = [0, 100]
    if draw(st.booleans()):
        entry["scale"] = "log"
    want = draw(st.sampled_from(["goal", "at_least", "between", "nothing"]))
    if want == "goal":
        entry |= {"goal": draw(st.sampled_from(["maximize", "minimize"])), "worst": draw(st.integers(1, 99))}
    elif want == "at_least":
        entry["at_least"] = draw(st.integers(1, 99))
    elif want == "between":
        entry |= {"at_least": 10, "at_most": 90.5}
    return entry


surrogates = st.fixed_dictionaries(
    {}, optional={"prior": st.sampled_from(PRIORS), "warp": st.booleans(), "drift": st.booleans()}
)


@st.composite
def pasts(draw: st.DrawFn, own: list[str]) -> list[Any]:
    """The past block: names of campaigns, some with metrics that are called otherwise there."""
    renamed = st.dictionaries(st.sampled_from(own), names, max_size=2)
    return [
        {"campaign": name, "metrics": draw(renamed)} if draw(st.booleans()) else name
        for name in draw(st.lists(levels, max_size=3, unique_by=lambda name: name.rstrip("/")))
    ]


@st.composite
def campaigns(draw: st.DrawFn) -> dict[str, Any]:
    """A whole campaign, with a mixture, a conditional parameter, a constraint and a network now and then."""
    stages = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    every = draw(st.lists(names, min_size=4, max_size=9, unique=True))
    split = draw(st.integers(1, len(every) - 2))
    tree: dict[str, Any] = {
        "name": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)),
        "about": draw(levels),
        "stages": [{"name": name} for name in stages],
        "parameters": {name: draw(parameters(stages)) for name in every[:split]},
        "metrics": {name: draw(metrics(stages)) for name in every[split:]},
    }
    tree["stages"][0] |= {"runs_per_week": draw(counts), "samples_per_run": draw(counts), "days": 0.5}
    tree["stages"][-1] |= {"channels": 40, "cells_per_sample": draw(st.integers(1, 4))}
    if draw(st.booleans()):
        tree["stages"][0] |= {"at_once": draw(counts), "cost_per_run": 2.5, "batch_mass": "2.0 g", "balance": "NCM"}
        tree["stages"][-1] |= {"gated": len(stages) > 1, "cost_per_cell": 1, "work_hours": 0.5}
        tree["planner"] = {"exploration": 0.25, "acquisition": draw(st.sampled_from(["analytic", "reference"]))}
        tree["lab"] = {"working_days": ["mon", "sat"], "holidays": ["2026-12-25"], "people_hours": 12}
    first = every[0]
    if draw(st.booleans()):
        tree["parameters"] |= {f"part{i}": {"stage": stages[0], "unit": "%", "range": [0, 60]} for i in range(3)}
        tree["mixtures"] = {"blend": {"parts": ["part0", "part1", "part2"], "total": 100, "at_most": 2}}
        tree["constraints"] = ["part0 + 2 * part1 <= 150"]
    if draw(st.booleans()) and "range" in tree["parameters"][first]:
        low, high = tree["parameters"][first]["range"]
        tree["parameters"]["extra"] = {"stage": stages[0], "range": [1, 2], "when": f"{first} > {(low + high) / 2:.6f}"}
    if draw(st.booleans()):
        parent, child = sorted(every[-2:], key=lambda name: stages.index(tree["metrics"][name]["stage"]))
        tree["network"] = {child: [parent]}
    if draw(st.booleans()):
        tree["surrogate"] = draw(surrogates)
    if draw(st.booleans()):
        tree["past"] = draw(pasts(every[split:]))
    return tree
