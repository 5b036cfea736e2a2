"""The Keras layers: two-valued symmetric circulant products, and their training form.

Importing the package registers each of them with Keras.
"""

from . import symmetric_circulant, tvscm, tvscm_conv

__all__ = ["symmetric_circulant", "tvscm", "tvscm_conv"]
