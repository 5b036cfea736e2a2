"""The picture of imports: no circle, no arrow that runs up, all declared and installed."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up: a module imports from its own layer and from those before it.
LAYERS = (
    ("errors",),
    ("extras", "files", "machine", "native", "progress", "quiet", "registration"),
    ("patterns",),
    ("layers",),
    ("models",),
    ("training", "datasets", "ecg", "zoo"),
    ("convert",),
    ("eval",),
    ("cli",),
)
# What each folder may import beside the core, by the extra that brings it.
EXTRAS = {
    "keras_tvscm/ecg": ("datasets",),
    "keras_tvscm/datasets": ("datasets",),
    "keras_tvscm/training": ("datasets", "ray"),
    "keras_tvscm/training/few_weights.py": ("tensorflow", "qat"),
    "keras_tvscm/training/model_optimization.py": ("tensorflow", "qat"),
    "keras_tvscm/cli": ("datasets",),
    "keras_tvscm/quiet.py": ("tensorflow",),
    "convert": ("tensorflow", "convert"),
    "convert/quantization_aware": ("tensorflow", "qat"),
    "eval": ("datasets", "tensorflow", "convert", "eval", "cortex-m", "board", "android", "peers"),
}


def module_name(path: Path) -> str:
    """The dotted name of a source file, which stands in `keras_tvscm`, `convert` or `eval`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] != "keras_tvscm":
        parts = ("keras_tvscm", *parts)
    return ".".join(parts).removesuffix(".__init__")


SOURCES = {
    module_name(path): path
    for folder in ("keras_tvscm", "convert", "eval")
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def imported(module: str) -> Iterator[str]:
    """Dotted names of what a module imports, at its top or in a function of it."""
    path = SOURCES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: package.count(".") + 2 - node.level]
            origin = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                name = f"{origin}.{alias.name}"
                yield name if name in SOURCES else origin


ARROWS = {
    (module, target)
    for module in SOURCES
    # The top of the package names what lies below it, and nothing imports the top.
    if module != "keras_tvscm"
    for target in imported(module)
    if target in SOURCES
}


def layer(module: str) -> int:
    name = module.split(".")[1]
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_every_arrow_runs_down():
    tops = {(module, target) for module, target in ARROWS if target == "keras_tvscm"}
    assert not tops, "import the name from the module that defines it"
    assert not {(a, b) for a, b in ARROWS if layer(a) < layer(b)}


def test_there_is_no_circle():
    below: dict[str, set[str]] = {}
    for module, target in ARROWS:
        below.setdefault(module, set()).add(target)
    try:
        TopologicalSorter(below).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


def test_a_stage_imports_relatively_inside_itself():
    """And with dots only there: `convert` and `eval` install under another name."""
    crossing = []
    for module, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                stage = ".".join(module.split(".")[:2])
                inside = f"{node.module}.".startswith(f"{stage}.")
                if stage in ("keras_tvscm.convert", "keras_tvscm.eval") and inside:
                    crossing.append((module, node.module))
    assert crossing == []


def test_few_modules_lie_loose():
    loose = list((ROOT / "keras_tvscm").glob("*.py"))
    assert 1 < len(loose) <= 12


PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_and_its_data_are_installed():
    """An installation that is not editable copies what pyproject.toml lists, and no more."""
    setuptools = PYPROJECT["tool"]["setuptools"]
    folders = {module_name(path.parent / "__init__.py"): path.parent for path in SOURCES.values()}
    assert sorted(folders) == sorted(setuptools["packages"])
    installed = {
        path
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in folders[package].glob(pattern)
    }
    data = {
        path
        for folder in ("keras_tvscm", "convert", "eval")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert len(data) > 20
    assert data == installed


def declared(extra: str | None) -> set[str]:
    """Distributions of an extra, or of the core: normalised names, as in pyproject.toml."""
    project = PYPROJECT["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    names = {re.split(r"[\[<>=;! ]", line)[0] for line in lines}
    return {name.lower().replace("_", "-") for name in names}


def test_every_import_is_declared():
    distributions = packages_distributions()
    # It shares no environment with TensorFlow: `tvscm setup-tflite-runtime` makes one.
    ours = {"keras_tvscm", "tflite_runtime", *sys.stdlib_module_names}
    missing = []
    for module, path in SOURCES.items():
        folder = path.relative_to(ROOT).as_posix()
        extras = max((place for place in EXTRAS if folder.startswith(place)), key=len, default=None)
        allowed = declared(None).union(*(declared(extra) for extra in EXTRAS.get(extras, ())))
        for name in {target.split(".")[0] for target in imported(module)} - ours:
            if not {dist.lower().replace("_", "-") for dist in distributions[name]} & allowed:
                missing.append((folder, name))
    assert missing == []
