"""A compressed classifier trained on its teacher's answers, or on labels."""

import keras
import numpy as np
import pytest
from keras import layers

from keras_tvscm import TVSCM, compress, distil, fine_tune
from keras_tvscm.errors import InputError
from keras_tvscm.models.freezing import trained_pattern_layers

QUICK = {"epochs": 8, "learning_rate": 0.03, "batch_size": 32}


def classifier(activation=None, n=8):
    return keras.Sequential(
        [keras.Input((n,)), layers.Dense(n, "relu"), layers.Dense(3, activation)]
    )


@pytest.fixture(scope="module")
def teacher(tiny, eagerly):
    keras.utils.set_random_seed(0)
    model = classifier("softmax")
    model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
    with eagerly():
        model.fit(tiny.train.x, tiny.train.y, epochs=10, verbose=0)
    return model


def agreement(model, teacher, x):
    tops = [np.array(one(x)).argmax(axis=1) for one in (model, teacher)]
    return np.mean(tops[0] == tops[1])


@pytest.mark.parametrize("pattern", ["half:seed=2", "learned", "learned:nonzeros=2"])
@pytest.mark.slow
def test_the_student_comes_to_agree_without_labels(teacher, tiny, pattern, eager):
    keras.utils.set_random_seed(1)
    student = compress(teacher, pattern, initial="new")
    student.layers[-1].kernel.assign(np.zeros((8, 3)))
    x = tiny.validation.x
    before = agreement(student, teacher, x)
    made = distil(student, teacher, tiny.train.x, **QUICK)
    assert agreement(made, teacher, x) > max(before, 0.75)
    assert trained_pattern_layers(made) == []
    assert made.layers[0].count_params() == 2 + 8
    if "nonzeros" in pattern:
        found = made.layers[0].pattern
        assert len(found.a) + len(found.b) == 2


@pytest.mark.slow
def test_logits_and_probabilities_are_the_same_teacher(teacher, tiny, eager):
    twin = classifier()
    twin.set_weights(teacher.get_weights())
    scores = []
    for one in (teacher, twin):
        keras.utils.set_random_seed(2)
        made = distil(compress(one, "banded", initial="new"), one, tiny.train.x, **QUICK)
        scores.append(np.array(made.layers[0].kernel))
    np.testing.assert_allclose(*scores, rtol=0.02)


@pytest.mark.slow
def test_on_labels(teacher, tiny, eager):
    keras.utils.set_random_seed(3)
    student = compress(teacher, "learned", initial="new")
    made = fine_tune(student, tiny.train.x, tiny.train.y, **QUICK)
    assert np.mean(np.array(made(tiny.validation.x)).argmax(axis=1) == tiny.validation.y) > 0.7
    assert trained_pattern_layers(made) == []


def test_one_epoch_freezes_too(teacher, tiny, eager):
    made = distil(compress(teacher, "learned"), teacher, tiny.train.x, epochs=1)
    assert isinstance(made.layers[0], TVSCM)
    assert trained_pattern_layers(made) == []


def test_callbacks_see_every_epoch_once(teacher, tiny, eager):
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
    student = compress(teacher, "learned")
    distil(student, teacher, tiny.train.x, epochs=5, callbacks=[callback])
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "options",
    [{"epochs": 0}, {"batch_size": 0}, {"temperature": 0}, {"learning_rate": float("nan")}],
)
def test_numbers_out_of_range(teacher, tiny, options):
    with pytest.raises(InputError, match="epochs and batch_size are at least 1, learning_rate"):
        distil(teacher, teacher, tiny.train.x, **options)


def test_outputs_and_labels_that_do_not_fit(teacher, tiny):
    other = keras.Sequential([keras.Input((8,)), layers.Dense(2)])
    with pytest.raises(InputError, match=r"output \(None, 2\) is not the teacher's \(None, 3\)"):
        distil(other, teacher, tiny.train.x)
    for labels in (tiny.train.y + 1, tiny.train.y.astype("float32"), tiny.train.y[:, None]):
        with pytest.raises(InputError, match="Labels are class numbers 0 to 2"):
            fine_tune(teacher, tiny.train.x, labels)
