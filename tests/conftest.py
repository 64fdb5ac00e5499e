"""Shared fixtures. Warnings are errors; torch keeps to one thread, since two cores run all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

CAMPAIGNS = Path(__file__).parents[1] / "campaigns"


@pytest.fixture
def annealing() -> dict:
    """A small furnace campaign as a dictionary: four runs of three samples, two goals, one threshold."""
    return {
        "name": "annealing",
        "stages": [
            {"name": "coating"},
            {"name": "annealing", "runs_per_week": 3, "samples_per_run": 3, "days": 1},
            {"name": "xps", "samples_per_week": 7},
            {"name": "cycling", "channels": 16, "cells_per_sample": 2, "days": 7},
        ],
        "parameters": {
            "precursor_fraction": {"stage": "coating", "unit": "wt%", "range": [0.5, 5]},
            "temperature": {"stage": "annealing", "unit": "degC", "range": [100, 700], "step": 25},
            "time": {"stage": "annealing", "unit": "h", "range": [0.25, 10], "scale": "log"},
            "atmosphere": {"stage": "annealing", "values": ["synthetic air", "oxygen"]},
        },
        "metrics": {
            "coverage": {"stage": "xps", "unit": "1", "range": [0, 1]},
            "ice": {"stage": "cycling", "unit": "%", "range": [0, 100], "goal": "maximize", "worst": 80},
            "growth": {
                "stage": "cycling",
                "unit": "ohm cm^2 h^-0.5",
                "goal": "minimize",
                "worst": 20,
                "scale": "log",
            },
            "utilization": {"stage": "cycling", "unit": "%", "range": [0, 100], "at_least": 90},
        },
        "constraints": ['temperature <= 600 if atmosphere == "oxygen"'],
    }
