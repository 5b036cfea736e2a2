"""The study's plots, read back from the SVG."""

from xml.etree import ElementTree

import numpy as np
import pytest

from keras_tvscm.eval.studies.frontier import AXES, draw

ROWS = [
    ("dense", "dense", 100, 500, 0),
    ("softmax regression (head alone)", "softmax", 10, 20, 0),
    ("tvscm, banded", "tvscm", 12, 30, 2),
    ("stack, frontier", "stack", 11, 80, 9),
]
GREY, BLUE, RED = "#737373", "#1f77b4", "#d62728"


@pytest.fixture
def plots(tmp_path):
    """Per plot, what is written in it and in which colour; Matplotlib writes text as a comment."""
    table = [
        {
            "label": label,
            "network": network,
            "parameters": parameters,
            "operations": operations,
            "nonzeros": nonzeros,
            "mean": 90.0 + parameters,
            "deviation": None if network == "dense" else 0.5,
        }
        for label, network, parameters, operations, nonzeros in ROWS
    ]
    path = tmp_path / "frontier.svg"
    draw({"table": table, "dataset": {"name": "tiny"}}, path)
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
    found = []
    for number in range(1, len(AXES) + 1):
        group = root.find(f".//*[@id='axes_{number}']")
        texts = [part for part in group.iter() if (part.get("id") or "").startswith("text_")]
        found.append({text_of(part): style_of(part) for part in texts})
    return found


def text_of(group):
    (comment,) = (part for part in group.iter() if part.tag is ElementTree.Comment)
    return comment.text.strip()


def style_of(group):
    return " ".join(part.get("style") or "" for part in group.iter())


def test_every_row_stands_in_each_plot_that_it_has_a_place_in(plots):
    short = ["dense", "softmax regression", "banded", "stack"]
    for plot, names in zip(plots, (short, short, short[2:]), strict=True):
        assert {text for text in plot if text in short} == set(names)


def test_the_axes_say_what_they_show(plots):
    labels = ("parameters", "operations per inference", "nonzero offsets")
    for plot, label in zip(plots, labels, strict=True):
        assert label in plot
    assert "test accuracy %, tiny" in plots[0]


def test_one_colour_a_kind(plots):
    colours = {"dense": GREY, "softmax regression": GREY, "banded": BLUE, "stack": RED}
    for name, colour in colours.items():
        assert colour in plots[0][name]


def test_names_of_equal_points_stand_apart(tmp_path):
    """Three networks at the same place: their names are a line apart."""
    rows = [
        {"label": name, "network": "tvscm", "parameters": 10, "operations": 10, "nonzeros": 3}
        | {"mean": 90.0, "deviation": None}
        for name in ("one", "two", "three")
    ]
    draw({"table": rows, "dataset": {"name": "tiny"}}, tmp_path / "plot.svg")
    builder = ElementTree.TreeBuilder(insert_comments=True)
    parser = ElementTree.XMLParser(target=builder)
    root = ElementTree.parse(tmp_path / "plot.svg", parser).getroot()
    names, heights = ("one", "two", "three"), []
    for group in root.find(".//*[@id='axes_1']").iter():
        if (group.get("id") or "").startswith("text_") and text_of(group) in names:
            (moved,) = (part.get("transform") for part in group if part.get("transform"))
            heights.append(float(moved.partition("(")[2].partition(")")[0].split()[1]))
    assert len(heights) == 3
    # Points of 1/72 inch; the letters are seven high.
    assert np.diff(sorted(heights)).min() > 7
