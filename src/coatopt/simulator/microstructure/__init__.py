"""Composite cathode made of spheres: who is connected to the collector, how well ions pass, how thick the coating is.

CAM particles are a relaxed packing of lognormal spheres. Electrons pass on a graph of particles and carbon-black
agglomerates that knows no voxels; ions pass through the voxels of the solid electrolyte, solved by TauFactor.

May import: simulator.contract, seeds, errors; scipy, and TauFactor inside a function, from level 1 on.
"""
