"""What a coating and a cathode mean for the whole cell: specific energy, and cost per area and per kWh.

Every module holds pure functions on numbers and arrays; a frozen result with ``document()`` goes out.

May import: metric, quantity, version, errors.
"""
