"""Counts with what a test says, and zero for the rest."""

from dataclasses import fields

import pytest

from keras_tvscm.eval.cortex_m.counts import Counts
from keras_tvscm.eval.cortex_m.instructions import CLASSES


@pytest.fixture(scope="session")
def counts():
    def made(core="cortex-m4", by_class=None, **given):
        by_class = dict.fromkeys(CLASSES, 0) | (by_class or {})
        zero = dict.fromkeys((field.name for field in fields(Counts)), 0)
        known = {"core": core, "by_class": by_class, "by_function": {}}
        return Counts(**(zero | {"instructions": sum(by_class.values())} | known | given))

    return made
