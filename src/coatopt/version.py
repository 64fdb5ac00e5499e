"""The version of coatopt that is installed; a plan states it."""

from importlib.metadata import version

VERSION = version("coatopt")
