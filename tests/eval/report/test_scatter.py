"""The plot of accuracy over a cost."""

import re

from keras_tvscm.eval.report.kinds import kind
from keras_tvscm.eval.report.scatter import Point, front, scatter

SIZE = (600, 400)


def points(*values):
    return [Point(name, kind("stack"), False, cost, accuracy) for name, cost, accuracy in values]


def test_front_leaves_out_what_is_beaten():
    given = points(("a", 1.0, 50.0), ("b", 2.0, 40.0), ("c", 3.0, 90.0), ("d", 3.0, 95.0))
    assert front(given) == [(1.0, 50.0), (3.0, 95.0)]


def test_points_stand_where_their_figures_are():
    drawn = scatter(
        points(("a", 10.0, 80.0), ("b", 1000.0, 90.0), ("c", 100.0, 85.0)), "c", "t", SIZE
    )
    spots = [tuple(map(float, xy)) for xy in re.findall(r"translate\(([\d.]+) ([\d.]+)\)", drawn)]
    (ax, ay), (bx, by), (cx, cy) = spots
    # Logarithmic across, upwards for more: c is half way between the two others.
    assert ax < cx < bx and abs((ax + bx) / 2 - cx) < 0.2
    assert ay > cy > by and abs((ay + by) / 2 - cy) < 0.2
    assert ">10<" in drawn and ">100<" in drawn and ">1k<" in drawn and ">84<" in drawn


def test_float32_is_hollow_and_one_point_is_enough():
    solid, hollow = (
        scatter([Point("a", kind("dense"), float32, 5.0, 90.0)], "bytes", "t", SIZE)
        for float32 in (False, True)
    )
    assert 'fill="#0072B2"' in solid and 'fill="var(--card)"' in hollow
    assert "<title>a: 90.00 %, 5</title>" in solid


def test_names_do_not_cover_one_another():
    given = points(*((f"model {i}", 100.0 + i, 90 + i / 100) for i in range(12)))
    drawn = scatter(given, "bytes", "t", SIZE)
    boxes = []
    for x, y, end, name in re.findall(
        r'class="name" x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]+)', drawn
    ):
        width = 6.6 * len(name)
        left = float(x) - {"start": 0, "middle": width / 2, "end": width}[end]
        boxes.append((left, left + width, float(y) - 11, float(y) + 3))
    # Not all find a place; a pointer on a point says the name of any.
    assert 4 <= len(boxes) <= 12 and drawn.count("<title>") == 12
    for i, (left, right, top, bottom) in enumerate(boxes):
        assert left >= 0 and right <= SIZE[0]
        for other in boxes[:i]:
            apart = right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top
            assert apart


def test_markup_in_a_name_is_text():
    drawn = scatter(points(("<script>", 1.0, 90.0)), "<b>", '"', SIZE)
    assert "<script" not in drawn and "&lt;script&gt;" in drawn and "<b>" not in drawn
    assert 'aria-label="&#34;"' in drawn
