"""Which is best: a posterior comes in, ranks with chances, ties and what more cells would change go out."""
