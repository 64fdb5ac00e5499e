"""The trade-off: a posterior comes in; chances of being on the front, attainment, expected front, weeks go out."""
