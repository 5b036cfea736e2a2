"""Which offsets of a symmetric circulant matrix carry which value, and its algebra."""
