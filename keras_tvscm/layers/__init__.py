"""The Keras layers: two-valued symmetric circulant products, and their training form."""
