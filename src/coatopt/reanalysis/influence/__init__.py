"""What matters: a posterior comes in, Sobol indices and main effects with intervals go out."""
