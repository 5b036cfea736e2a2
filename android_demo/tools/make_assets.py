"""What the app is built with: models, golden outputs and an ECG as assets, and the models' C.

    python android_demo/tools/make_assets.py

Networks of the zoo are converted as `tvscm convert zoo:NAME --target android` and `--target c` do;
the dense ones are kept converted in `android_demo/dense`. Written to `android_demo/build`:

- `assets/`: `models.json`, what is to be known of each model; its `.tflite`; rows of the test part
  (`*.rows`, one byte a sample, in 1/255; `*.labels`) with what TensorFlow Lite's built-in kernels
  (`*.litert`) and the C (`*.c-outputs`) make of them; `ecg.json`; `SHA256SUMS` of all these, which
  the app verifies at its start.
- `models/`: the C, and a table of it.
- `test/golden/`: more such rows, for tests alone.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_tvscm
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import locked
from keras_tvscm.quiet import import_keras

DEMO = Path(__file__).parents[1]
BUILD = DEMO / "build"
# On the whole test parts, by `make_accuracy.py`.
ACCURACY = DEMO / "accuracy.json"
DATASETS = ("mnist", "heartbeat")
NETWORKS = ("dense", "stack", "fast", "tvscm")
ROWS = {"assets": 100, "test/golden": 1000}
CHECKSUMS = "SHA256SUMS"
# In `build`, says what the files were made of.
STAMP = "made-of"


@dataclass(frozen=True)
class Packaged:
    """A model as the app has it.

    Attributes:
        name: the data set's and the network's, as the zoo names it.
        content: the `.tflite` file for TensorFlow Lite.
        c_content: the `.tflite` file that the C equals; another where C has another lowering.
        source: the C, a `keras_tvscm.convert.c_source.CSource`.
        parameters: trained values.
    """

    name: str
    content: bytes
    c_content: bytes
    source: Any
    parameters: int


def make(build: Path) -> None:
    """Write all folders, unless they were made of just these sources.

    Raises:
        InputError: a file cannot be read or written.
        CheckError: a network does not convert.
    """
    stamp = build / STAMP
    sources = fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == sources:
        return
    stamp.unlink(missing_ok=True)
    import_keras()
    models = list(packaged())
    for folder in ("assets", "models", "test/golden"):
        shutil.rmtree(build / folder, ignore_errors=True)
        (build / folder).mkdir(parents=True)
    for folder, rows in ROWS.items():
        write_golden(build / folder, models, rows)
    for model in models:
        (build / "assets" / f"{model.name}.tflite").write_bytes(model.content)
        model.source.write(build / "models")
    write_table(build / "models", models)
    shutil.copy(DEMO / "ecg" / "strip.json", build / "assets" / "ecg.json")
    described = json.dumps(description(models), indent=1) + "\n"
    (build / "assets" / "models.json").write_text(described, encoding="utf-8")
    (build / "assets" / CHECKSUMS).write_text(checksums(build / "assets"), encoding="utf-8")
    stamp.write_text(sources, encoding="utf-8")


def fingerprint() -> str:
    """A checksum of all that the files are made of, but for installed packages."""
    package = Path(keras_tvscm.__file__).parent
    folders = [package, package.parent / "convert", DEMO / "dense", DEMO / "ecg"]
    kinds = {".py", ".c", ".json", ".keras", ".xz", ".tflite"}
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    paths += [ACCURACY, Path(__file__)]
    digest = hashlib.sha256()
    for path in paths:
        if path.suffix in kinds:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def packaged() -> Iterator[Packaged]:
    """The models, converted and verified."""
    from keras_tvscm import datasets, zoo
    from keras_tvscm.convert import convert
    from keras_tvscm.convert.c_source import generate, native

    for dataset in DATASETS:
        data = datasets.load(f"{dataset}-excerpt")
        for network in NETWORKS:
            name = f"{dataset}-{network}"
            stem = name.replace("-", "_")
            if network == "dense":
                path = DEMO / "dense" / f"{name}.tflite"
                content = path.read_bytes()
                parameters = json.loads(path.with_name(f"{path.name}.json").read_text())[
                    "parameters"
                ]
                source = generate(content, stem, [f"{name}, trained on all of {dataset}"])
                native.check(source, content, native.drawn_rows(content))
                yield Packaged(name, content, content, source, parameters)
                continue
            called = f"{name} int8 (trained on all of {dataset})"
            model = zoo.load(name)
            file = convert(model, data, target="android", name=called)
            c = convert(model, data, target="c", name=called, stem=stem)
            yield Packaged(name, file.content, c.content, c.source, file.record.parameters)


def write_golden(folder: Path, models: list[Packaged], count: int) -> None:
    """Rows of the test parts and what the kernels and the C make of them, int8."""
    from keras_tvscm.convert import runtimes
    from keras_tvscm.convert.c_source.native import stored_outputs
    from keras_tvscm.convert.tflite.graph import input_and_output

    for dataset in DATASETS:
        rows, labels = test_rows(dataset, count)
        (folder / f"{dataset}.rows").write_bytes(rows.tobytes())
        (folder / f"{dataset}.labels").write_bytes(labels.tobytes())
        for model in models:
            if not model.name.startswith(f"{dataset}-"):
                continue
            for suffix, runtime, content in (
                ("litert", "litert-builtin", model.content),
                ("c-outputs", "tflm", model.c_content),
            ):
                source, _ = input_and_output(content)
                stored = source.quantize(real(rows))
                outputs = stored_outputs(runtimes.load(runtime, content), content, stored)
                (folder / f"{model.name}.{suffix}").write_bytes(outputs.tobytes())


def test_rows(dataset: str, count: int) -> tuple[Any, Any]:
    """The first rows of the excerpt's test part, uint8 in 1/255, and their classes, uint8."""
    import numpy as np

    from keras_tvscm import datasets
    from keras_tvscm.datasets.excerpt import as_bytes

    test = datasets.load(f"{dataset}-excerpt").test.select(np.arange(count))
    return as_bytes(test.x), test.y.astype(np.uint8)


def real(rows: Any) -> Any:
    """Rows in 1/255 as the models' real input, float32."""
    import numpy as np

    return rows / np.float32(255)


def write_table(folder: Path, models: list[Packaged]) -> None:
    """`models.h` and `models.c`: by its name, each model's function and sizes."""
    (folder / "models.h").write_text(
        """/* The models in C that the app holds. */
#ifndef MODELS_H_
#define MODELS_H_

#include <stdint.h>

struct model {
    const char *name;
    int input_bytes, output_bytes, scratch_bytes;
    void (*predict)(const int8_t *input, int8_t *output, void *scratch);
};

extern const struct model models[];
extern const int model_count;

#endif /* MODELS_H_ */
""",
        encoding="utf-8",
    )
    includes = "".join(f'#include "{model.source.name}.h"\n' for model in models)
    entries = ""
    for model in models:
        prefix = model.source.prefix
        sizes = ", ".join(
            f"{prefix}_{size}" for size in ("INPUT_SIZE", "OUTPUT_SIZE", "SCRATCH_BYTES")
        )
        entries += f'    {{"{model.name}", {sizes}, {model.source.function}}},\n'
    (folder / "models.c").write_text(
        f"""#include "models.h"

{includes}
const struct model models[] = {{
{entries}}};

const int model_count = (int)(sizeof models / sizeof models[0]);
""",
        encoding="utf-8",
    )


def description(models: list[Packaged]) -> dict[str, Any]:
    """What `models.json` says."""
    from keras_tvscm import datasets, zoo
    from keras_tvscm.convert.tflite.graph import input_and_output

    judged = json.loads(ACCURACY.read_text(encoding="utf-8"))
    tasks = []
    for dataset in DATASETS:
        data = datasets.load(f"{dataset}-excerpt")
        tasks.append(
            {
                "name": dataset,
                "features": data.features,
                "labels": list(data.classes),
                "source": data.source,
                "licence": zoo.card(f"{dataset}-tvscm").licence,
                "test_rows": judged[dataset]["rows"],
                "models": [
                    {
                        "name": model.name,
                        "network": model.name.removeprefix(f"{dataset}-"),
                        "parameters": model.parameters,
                        "bytes": len(model.content),
                        "accuracy": judged[dataset][model.name.removeprefix(f"{dataset}-")],
                        "litert": quantization(*input_and_output(model.content)),
                        "c": quantization(*input_and_output(model.c_content))
                        | {
                            "constant_bytes": model.source.constant_bytes,
                            "scratch_bytes": model.source.scratch_bytes,
                        },
                    }
                    for model in models
                    if model.name.startswith(f"{dataset}-")
                ],
            }
        )
    return {"version": keras_tvscm.__version__, "tasks": tasks}


def quantization(source: Any, target: Any) -> dict[str, Any]:
    """real = scale * (stored - zero_point), of input and output."""
    return {
        end: {"scale": tensor.scale, "zero_point": tensor.zero_point}
        for end, tensor in (("input", source), ("output", target))
    }


def checksums(folder: Path) -> str:
    """As sha256sum writes them."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=BUILD, help="folder; android_demo/build")
    options = parser.parse_args()
    try:
        with locked(options.out):
            make(options.out)
    except (InputError, CheckError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    main()
