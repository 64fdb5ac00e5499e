"""Four virtual labs whose truth is known, and the policies that plan their weeks."""

from virtual_lab.ald import BLUEPRINT as ALD
from virtual_lab.annealing import BLUEPRINT as ANNEALING
from virtual_lab.lab import Powder, Rule, VirtualLab
from virtual_lab.mechanofusion import BLUEPRINT as MECHANOFUSION
from virtual_lab.mixing import BLUEPRINT as MIXING
from virtual_lab.process import Blueprint, Week

BLUEPRINTS = {blueprint.name: blueprint for blueprint in (ANNEALING, MECHANOFUSION, MIXING, ALD)}

__all__ = ["BLUEPRINTS", "Blueprint", "Powder", "Rule", "VirtualLab", "Week"]
