"""The Python in the documents runs, and prints what they say it prints."""

import doctest
import importlib
import re
import shutil
from contextlib import chdir
from pathlib import Path
from pkgutil import resolve_name

import keras
import pytest

ROOT = Path(__file__).parents[2]
# A block of Python with what it prints, if the page shows that; or a name of the reference, whose
# docstring holds the example.
RUNNABLE = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```)?"
    r"|^::: (?P<name>\S+)",
    re.DOTALL | re.MULTILINE,
)
MODEL = "digits.keras"
REFERENCE = {
    "keras_tvscm": "keras_tvscm",
    "keras_tvscm.convert": "convert",
    "keras_tvscm.datasets": "datasets",
}


def runnable(path):
    return list(RUNNABLE.finditer(path.read_text(encoding="utf-8")))


PAGES = [
    path for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))) if runnable(path)
]


@pytest.fixture(scope="session")
def tutorial_model(tmp_path_factory):
    """The network that the tutorial trains and saves, which other pages go on from."""
    folder = tmp_path_factory.mktemp("tutorial")
    namespace = {"__name__": "__main__"}
    keras.utils.set_random_seed(0)
    with chdir(folder):
        for part in runnable(ROOT / "docs" / "tutorial.md"):
            exec(part["code"], namespace)
            if Path(MODEL).exists():
                return folder / MODEL


def words(text):
    """Figures differ from machine to machine; what they are of does not."""
    return re.sub(r"\d+(\.\d+)?", "0", text).split()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_runs(page, tmp_path, monkeypatch, capsys, request):
    """All of one page in one namespace, from the top, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    text = page.read_text(encoding="utf-8")
    if f'load_model("{MODEL}")' in text:
        shutil.copy(request.getfixturevalue("tutorial_model"), tmp_path)
    if page.parent.name == "reference":
        # Its trainings have a few steps, which take less time than compiling them.
        request.getfixturevalue("eager")
    for part in runnable(page):
        if part["name"]:
            run_example(part["name"], namespace)
            continue
        # The block stands in errors where it stands in the page.
        above = "\n" * (text[: part.start("code")].count("\n"))
        capsys.readouterr()
        exec(compile(above + part["code"], page.name, "exec"), namespace)
        if part["printed"] is not None:
            assert words(capsys.readouterr().out) == words(part["printed"])


def run_example(name, namespace):
    """The example in the docstring of a name, with what the page has made before it."""
    value = resolve_name(name)
    if not callable(value):
        return
    example = doctest.DocTestParser().get_doctest(value.__doc__, namespace, name, None, None)
    assert example.examples, f"{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    failures = []
    assert runner.run(example, out=failures.append, clear_globs=False).failed == 0, "".join(
        failures
    )
    namespace.update(example.globs)


@pytest.mark.parametrize("module", REFERENCE)
def test_the_reference_has_every_public_name(module):
    page = ROOT / "docs" / "reference" / f"{REFERENCE[module]}.md"
    documented = set(re.findall(r"keras_tvscm[\w.]*", page.read_text(encoding="utf-8")))
    public = {f"{module}.{name}" for name in importlib.import_module(module).__all__}
    assert public - documented == set()
