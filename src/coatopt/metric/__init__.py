"""Raw file to metric: a quantity with its unit and an honest error bar.

``reader`` turns instrument files into ``TimeSeries`` and ``Spectrum``; every other module is pure functions on
arrays, whose docstring names the equation it follows. Units inside, unless a docstring says otherwise: second,
volt, ampere, mAh, mg, cm^2, ohm, hertz. An input that carries an error is an ``uncertainties.ufloat``.

May import: quantity, version, errors.
"""
