"""A high-intensity mixer: rotor and drum to the stressing of the grains between them.

Level 0 is a closed form in the speed of the rotor's tip. The levels above it are coarse-grained DEM of a slice of the
mixer, computed by LAMMPS in a process of its own and handed over through files.
"""
