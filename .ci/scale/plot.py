"""A line through measurements, and their plot as SVG."""

from typing import NamedTuple

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 34, 44
STEPS = 4


class Line(NamedTuple):
    begin: float
    slope: float
    r2: float


def fit(points):
    """The line of least squares."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    across = sum((x - mean_x) ** 2 for x, _ in points)
    together = sum((x - mean_x) * (y - mean_y) for x, y in points)
    slope = together / across
    begin = mean_y - slope * mean_x
    wrong = sum((y - begin - slope * x) ** 2 for x, y in points)
    spread = sum((y - mean_y) ** 2 for _, y in points)
    return Line(begin, slope, 1 - wrong / spread if spread else 1)


def figure(rows):
    """For each row of measurements, a panel of processor time and one of memory."""
    panels = []
    for row, (what, costs) in enumerate(rows):
        time = [(cost.number, cost.processor) for cost in costs]
        memory = [(cost.number, cost.memory) for cost in costs]
        panels.append(panel(time, f"processor time, s, by {what}: R² = {fit(time).r2:.4f}", 0, row * HEIGHT))
        panels.append(panel(memory, f"memory at the peak, MiB, by {what}", WIDTH, row * HEIGHT))
    size = f'width="{2 * WIDTH}" height="{len(rows) * HEIGHT}"'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        *panels,
        "</svg>\n",
    ])


def panel(points, title, x, y):
    most_x, most_y = max(p[0] for p in points), 1.1 * max(p[1] for p in points)
    line = fit(points)

    def at(px, py):
        inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + inner[0] * px / most_x, HEIGHT - BOTTOM - inner[1] * py / most_y

    parts = [f'<g transform="translate({x} {y})">', text(LEFT, 20, title, "start")]
    for step in range(STEPS + 1):
        (left, height), (right, _) = at(0, most_y * step / STEPS), at(most_x, 0)
        parts.append(f'<path d="M{left:.1f} {height:.1f}H{right:.1f}" stroke="#ddd"/>')
        parts.append(text(left - 6, height + 4, shown(most_y * step / STEPS), "end"))
        across, bottom = at(most_x * step / STEPS, 0)
        parts.append(text(across, bottom + 18, shown(most_x * step / STEPS), "middle"))
    (x1, y1), (x2, y2) = at(0, max(line.begin, 0)), at(most_x, line.begin + line.slope * most_x)
    parts.append(f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#c50"/>')
    parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="#06c"/>' for px, py in (at(*point) for point in points)]
    return "\n".join([*parts, "</g>"])


def text(x, y, words, anchor):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{words}</text>'


def shown(number):
    return f"{number:,.0f}" if number >= 10 else f"{number:.3g}"
