"""What if: a posterior and settings come in, predictions, slices and maps with intervals go out."""
