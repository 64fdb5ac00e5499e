"""The guard: other knowledge is used only while it improves the prediction of held-out real results.

It has to predict them better in sum, also without the one sample that speaks for it most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coatopt.surrogate.held_out import HeldOut

_MOST = 5.0
_LOSS = 1.0


@dataclass(frozen=True)
class Verdict:
    """What the guard found: mean log densities of held-out samples with and without, and whether it is used.

    ``beaten_by`` names what predicted even better, where that is the only reason against it.
    """

    name: str
    with_it: float
    without_it: float
    samples: int
    used: bool
    beaten_by: str = ""

    def text(self) -> str:
        """Say it in words.

        Returns:
            One sentence.
        """
        better = self.with_it > self.without_it
        found = "are predicted better with it" if better else "are not predicted better with it"
        if self.beaten_by:
            found += f", but better still with {self.beaten_by}"
        elif better and not self.used:
            found += ", but not reliably"
        return (
            f"{self.name}: {'used' if self.used else 'not used'}; {self.samples} left-out samples {found} "
            f"(log density {self.with_it:.3f} per sample, {self.without_it:.3f} without)"
        )


def compare(name: str, with_it: HeldOut, without_it: HeldOut, optimism: float = 0.0) -> Verdict:
    """Decide whether to use a model that knows more.

    Args:
        name: What it knows.
        with_it: Its predictions of left-out samples.
        without_it: Those of the plain model, of the same samples.
        optimism: By how many nats it looks better than it is, since it was calibrated on these very samples: about
            as many as parameters were learned (Akaike, IEEE Trans. Autom. Control 1974, 19, 716).

    Returns:
        The verdict.
    """
    ours, plain = with_it.log_density(), without_it.log_density()
    # One surprise must not outweigh everything else: differences count up to five nats.
    gain = np.clip(ours - plain, -_MOST, _MOST)
    used = bool(gain.sum() - optimism > max(gain.max(initial=-np.inf), 0.0) and ours.mean() > plain.mean())
    return Verdict(name, float(ours.mean()), float(plain.mean()), len(gain), used)


def harms(with_it: HeldOut, without_it: HeldOut) -> bool:
    """Tell whether held-out samples are predicted clearly worse.

    Args:
        with_it: Predictions of a model that knows more.
        without_it: Those of the plain model.

    Returns:
        True when the loss exceeds its standard error.
    """
    gain = np.clip(with_it.log_density() - without_it.log_density(), -_MOST, _MOST)
    doubt = float(gain.std(ddof=1)) * np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    return bool(gain.sum() < -_LOSS * doubt)
