"""Which operator of a conversion loses the agreement with the trained model."""

from collections.abc import Mapping

from .built import build
from .options import Options
from .prepared import Prepared
from .verify.explain import ROWS, Explanation, explain_error


def explain(prepared: Prepared, lowerings: Mapping[str, str], options: Options) -> Explanation:
    """Build a model in one way, and compare every tensor of it with the Keras model's.

    Args:
        prepared: the model and its data.
        lowerings: by layer, as of a plan or a record.
        options: as for `build`.

    Raises:
        InputError, CheckError: as `build` and `explain_error`.

    Examples:

        >>> from keras_tvscm.convert import explain
        >>> print(explain(prepared, plan.lowerings, options))
        operator ...
    """
    built = build(prepared, lowerings, options)
    x = prepared.held_out.x[:ROWS]
    return explain_error(prepared.bounded.model, built.as_float, built.content, x)
