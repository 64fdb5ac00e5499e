"""The guard: other knowledge is used only while it improves the prediction of held-out real results.

It has to predict them better in sum, also without the one sample that speaks for it most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.surrogate.held_out import HeldOut

_MOST = 5.0


@dataclass(frozen=True)
class Verdict:
    """What the guard found: mean log densities of held-out samples with and without, and whether it is used."""

    name: str
    with_it: float
    without_it: float
    samples: int
    used: bool

    def text(self) -> str:
        """Say it in words.

        Returns:
            One sentence.
        """
        found = "are predicted better with it" if self.with_it > self.without_it else "are not predicted better with it"
        lone = ", but only because of one of them" if self.with_it > self.without_it and not self.used else ""
        return (
            f"{self.name}: {'used' if self.used else 'not used'}; {self.samples} left-out samples {found}{lone} "
            f"(log density {self.with_it:.2f} per sample, {self.without_it:.2f} without)"
        )


def compare(name: str, with_it: HeldOut, without_it: HeldOut) -> Verdict:
    """Decide whether to use a model that knows more.

    Args:
        name: What it knows.
        with_it: Its predictions of left-out samples.
        without_it: Those of the plain model, of the same samples.

    Returns:
        The verdict.
    """
    ours, plain = with_it.log_density(), without_it.log_density()
    # One surprise must not outweigh everything else: differences count up to five nats.
    gain = np.clip(ours - plain, -_MOST, _MOST)
    used = bool(gain.sum() > gain.max(initial=-np.inf) and ours.mean() > plain.mean())
    return Verdict(name, float(ours.mean()), float(plain.mean()), len(gain), used)
