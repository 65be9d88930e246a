# SPDX-License-Identifier: BSD-2-Clause
"""Rate against connections as a plain SVG: one line a filter, the connections' axis
logarithmic. What is drawn is {filter: {connections: messages a second}}."""
import math

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 120, 40, 50
COLOURS = ("#888888", "#c05020", "#2060c0", "#108040")
GRID_LINES = 5


def step_of(highest):
    """A round distance of grid lines."""
    rough = highest / GRID_LINES
    power = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


class Axes:
    """Where a value stands."""

    def __init__(self, curves):
        self.connections = sorted({number for curve in curves.values() for number in curve})
        highest = max(rate for curve in curves.values() for rate in curve.values())
        self.step = step_of(highest)
        self.top = self.step * math.ceil(highest / self.step)

    def x(self, connections):
        share = math.log(connections) / math.log(max(self.connections[-1], 2))
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, rate):
        return HEIGHT - BOTTOM - rate / self.top * (HEIGHT - TOP - BOTTOM)


def text(x, y, words, anchor="middle", colour="#333333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def grid(axes):
    end = WIDTH - RIGHT
    rate = 0
    while rate <= axes.top:
        y = axes.y(rate)
        yield f'<path d="M{LEFT} {y:.1f}H{end}" stroke="#dddddd"/>'
        yield text(LEFT - 8, y + 4, f"{rate:,.0f}", "end")
        rate += axes.step
    for number in axes.connections:
        yield text(axes.x(number), HEIGHT - BOTTOM + 18, f"{number}")
    yield text((LEFT + end) / 2, HEIGHT - 10, "connections at a time")
    yield text(LEFT, 22, "messages a second, 4 KiB legitimate", "start")


def lines(axes, curves):
    for colour, (name, curve) in zip(COLOURS, curves.items()):
        points = [(axes.x(number), axes.y(rate)) for number, rate in sorted(curve.items())]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
        yield text(points[-1][0] + 8, points[-1][1] + 4, name, "start", colour)


def write_svg(file, curves):
    axes = Axes(curves)
    file.write_text("\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *grid(axes), *lines(axes, curves), "</svg>"]) + "\n", encoding="ascii")
