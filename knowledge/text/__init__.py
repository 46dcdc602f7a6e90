"""Vietnamese text: folding, normalisation, tokens."""
