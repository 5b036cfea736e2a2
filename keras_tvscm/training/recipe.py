"""All that decides a training, and the project's own recipe for each network."""

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from keras_tvscm.datasets import Dataset
from keras_tvscm.datasets.recordings import is_recordings
from keras_tvscm.errors import InputError
from keras_tvscm.models import networks, small_cnn

from .balancing import parse_offsets

# Chosen on the validation parts of mnist and heartbeat; see docs/results/README.md.
EPOCHS = {"dense": 40, "tvscm": 20, "softmax": 20, "dense-small": 20, "circulant": 20}
EPOCHS |= {"low-rank": 20, "dense-pruned": 40, "dense-clustered": 40}
STACK_EPOCHS = {"mnist": 14, "mnist-excerpt": 12}
# Budgets settle slowly: on the heartbeats 72 epochs give half a point more than 36.
BUDGET_EPOCHS = {"mnist": 14, "mnist-excerpt": 24}
# Of these networks the last epochs take weights away (`few_weights`): the share that they are.
FEW_WEIGHTS = {"dense-pruned": 0.75, "dense-clustered": 0.1}
CNN_EPOCHS = {"mnist": 14, "mnist-excerpt": 24}
RHYTHM_EPOCHS = 4
# Of the scores N, S, V, F: chosen on held-out records of DS1, as `tvscm study rhythm` does.
OFFSETS = {"rhythm": "0,0.5,0,-2", "rhythm-numbers": "0,0.5,0.5,-2"}
LEARNING_RATE = 3e-3
STACK_LEARNING_RATE = 5e-3
# The best fixed patterns with two nonzero offsets, as `tvscm study reproduce` found them.
PATTERNS = {"mnist": "random:k=1,seed=15", "heartbeat": "random:k=1,seed=15"}
PATTERNS |= {"mnist-excerpt": PATTERNS["mnist"]}
PATTERNS |= dict.fromkeys(("heartbeat-interpatient", "heartbeat-excerpt"), PATTERNS["heartbeat"])


@dataclass(frozen=True)
class Recipe:
    """All that decides a training run.

    Attributes:
        dataset: a name in `datasets.NAMES`, or the path of an `.npz` file.
        network: a name in `networks.NAMES`, or a stack written out.
        pattern: of the TVSCM layer; None for networks without one.
        seed: of the initial weights and of the order of the batches.
        epochs: passes over the training part.
        learning_rate: at the start; it falls to zero along a cosine.
        balanced: whether rows of rare classes, and of records with few beats, are drawn more
            often (`balancing`).
        offsets: numbers with commas between them, which are added to the scores of the
            classes at the end; None for none.
    """

    dataset: str
    network: str
    pattern: str | None = None
    seed: int = 0
    epochs: int = 20
    learning_rate: float = LEARNING_RATE
    balanced: bool = False
    offsets: str | None = None

    def __post_init__(self) -> None:
        if self.network == "tvscm" and self.pattern is None:
            raise InputError("The network tvscm needs a pattern, such as banded")
        if self.network != "tvscm" and self.pattern is not None:
            raise InputError(f"The network {self.network} has no pattern; leave it out")
        if self.epochs < 1:
            raise InputError(f"Training takes at least 1 epoch. Received: {self.epochs}")
        if not 0 < self.learning_rate < 10:
            raise InputError(
                f"The learning rate is between 0 and 10. Received: {self.learning_rate}"
            )
        if not 0 <= self.seed < 2**31:
            raise InputError(f"The seed is 0 to 2147483647. Received: {self.seed}")
        if self.offsets is not None:
            parse_offsets(self.offsets)


def recipe_for(dataset: str, network: str, **changes: Any) -> Recipe:
    """The project's own recipe for a network, with what is not None in `changes` replaced."""
    networks.check_name(network)
    changes = {name: value for name, value in changes.items() if value is not None}
    rhythm = dataset == "heartbeat-rhythm" or is_recordings(Path(dataset))
    if rhythm:
        changes = {"balanced": True} | changes
    if dataset == "heartbeat-rhythm" and network in OFFSETS:
        changes.setdefault("offsets", OFFSETS[network])
    if network == "tvscm":
        changes.setdefault("pattern", PATTERNS.get(dataset, "banded"))
    if rhythm:
        changes.setdefault("epochs", RHYTHM_EPOCHS)
        changes.setdefault("learning_rate", STACK_LEARNING_RATE)
    elif network not in EPOCHS:
        epochs = STACK_EPOCHS.get(dataset, 36)
        if network in small_cnn.NAMES:
            epochs = CNN_EPOCHS.get(dataset, 36)
        elif networks.has_budget(network):
            epochs = BUDGET_EPOCHS.get(dataset, 72)
        changes.setdefault("epochs", epochs)
        changes.setdefault("learning_rate", STACK_LEARNING_RATE)
    else:
        changes.setdefault("epochs", EPOCHS[network])
    return Recipe(dataset, network, **changes)


def tuning_epochs(recipe: Recipe) -> int:
    """How many of its epochs, at the end, take weights away."""
    share = FEW_WEIGHTS.get(recipe.network)
    return 0 if share is None else max(1, int(share * recipe.epochs))


def task_for(dataset: Dataset) -> networks.Task:
    """The task that a data set poses; the user's own arrays get a square hidden layer."""
    own = networks.Task(dataset.features, len(dataset.classes), dataset.features)
    return networks.TASKS.get(dataset.name, own)


def run_name(recipe: Recipe) -> str:
    """A folder name for a run, as in `mnist-tvscm-banded-seed0`."""
    words = [Path(recipe.dataset).stem, recipe.network, recipe.pattern or "", f"seed{recipe.seed}"]
    return re.sub(r"[^A-Za-z0-9+=.-]+", "-", "-".join(word for word in words if word))


def check_same(saved: dict[str, Any], recipe: Recipe, data: Dataset, folder: Path) -> None:
    """Refuse a folder whose record is of a run by another recipe, or on other rows.

    A network may be spelled in two ways.

    Raises:
        InputError: it is, or it is no such record.
    """
    try:
        held = replace(recipe, **saved["recipe"])
        if networks.canonical(held.network) == networks.canonical(recipe.network):
            held = replace(held, network=recipe.network)
        asked, before = asdict(recipe), asdict(held)
        fingerprint = saved.get("data", {}).get("fingerprint")
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds a run that this version cannot read") from error
    advice = "choose another folder or remove that one"
    for name in asked:
        if asked[name] != before[name]:
            raise InputError(
                f"{folder} holds a run with {name}={before[name]!r}, not {asked[name]!r}; {advice}"
            )
    # Runs recorded before fingerprints were have none.
    if fingerprint not in (None, data.fingerprint):
        raise InputError(f"{folder} holds a run on other rows of {data.name}; {advice}")
