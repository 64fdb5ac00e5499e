"""Capacities and CAM utilisation: observations come in, correlations, static and kinetic losses go out."""
