"""Which lowering is taken: from tables of measured costs."""
