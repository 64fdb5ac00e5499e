"""Instrument files to ``TimeSeries`` and ``Spectrum``. May import: metric.measured_data, version, errors."""
