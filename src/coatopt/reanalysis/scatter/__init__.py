"""Where the scatter comes from: fits and published statistics come in, variance components with intervals go out."""
