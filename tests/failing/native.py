"""Random networks: the C for vectors gives what TFLite-Micro gives, byte by byte.

    python tests/failing/native.py --networks 2000

Each is drawn from a seed (`tests/convert/native/drawn.py`), compiled for one of the instruction
sets that this machine has, and run on 20 rows. Ends with exit code 1 if one differs.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "convert" / "native"))
from drawn import drawn

from keras_tvscm.convert.c_source import native as c
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.runtimes import in_child

ROWS = 20
FLAGS = ("-std=gnu11", "-O0")
LAYERS = {"filters": "F(filters_", "means": "F(means_", "rows of weights": "F(fully_connected)("}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="of the first; the others follow")
    parser.add_argument("--most", type=int, default=2, help="the highest instruction set, as there")
    chosen = parser.parse_args()
    c.SECONDS = 600, 1  # a machine may be busy
    counted, layers, differing = Counter[str](), Counter[str](), []
    for seed in range(chosen.seed, chosen.seed + chosen.networks):
        content, most = drawn(seed), seed % (chosen.most + 1)
        source, rows = generate(content, "network"), c.drawn_rows(content, ROWS, seed)
        expected = c.stored_outputs(in_child("tflm", content), content, rows)
        found = c.run(source, rows, (*FLAGS, f"-DTVSCM_MOST={most}"))
        counted[f"TVSCM_MOST={most}"] += 1
        statements = source.source[source.source.rindex("F(predict)") :]
        layers.update({name: statements.count(called) for name, called in LAYERS.items()})
        if (found != expected).any():
            differing.append(seed)
            print(f"seed {seed} differs with TVSCM_MOST={most}", flush=True)
    print(f"{chosen.networks:,} networks, seeds from {chosen.seed}; {len(differing)} differ")
    print(f"instruction sets: {dict(counted)}; vector layers: {dict(layers)}")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
