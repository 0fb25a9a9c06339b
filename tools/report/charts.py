# SPDX-License-Identifier: BSD-2-Clause
"""Charts as SVG text. Colours are classes of page.css, so that a page's light
and dark styles hold for them as well."""
import math
from html import escape

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 84, 20, 18, 52


def number(v):
    """A tick's or a tip's text."""
    if v == 0:
        return "0"
    for limit, div, suffix in ((1e12, 1e12, " T"), (1e9, 1e9, " G"), (1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if abs(v) >= limit:
            return f"{v / div:.3g}{suffix}"
    return f"{v:.3g}" if abs(v) < 1000 else f"{v:.0f}"


def binary(v):
    """The same for bytes."""
    for power, suffix in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if v >= 1 << power:
            return f"{v / (1 << power):.3g} {suffix}"
    return f"{v:.0f} B"


class Scale:
    """From values to places."""

    def __init__(self, low, high, start, end, log=None):
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log

    def __call__(self, v):
        if self.log:
            part = math.log(v / self.low) / math.log(self.high / self.low)
        else:
            part = (v - self.low) / ((self.high - self.low) or 1)
        return self.start + part * (self.end - self.start)

    def ticks(self):
        if self.log:
            n = round(math.log(self.high / self.low, self.log))
            step = max(1, round(n / 8))
            return [self.low * self.log**i for i in range(0, n + 1, step)]
        step = nice((self.high - self.low) / 5)
        first = math.ceil(self.low / step - 1e-9)
        return [i * step for i in range(first, int(self.high / step + 1e-9) + 1)]


def nice(v):
    """A round number near it."""
    if v <= 0:
        return 1
    unit = 10 ** math.floor(math.log10(v))
    return next(m * unit for m in (1, 2, 5, 10) if m * unit >= v * 0.999)


def line(x1, y1, x2, y2, cls):
    return f'<line class="{cls}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x, y, s, cls="", anchor="middle", extra=""):
    return f'<text class="{cls}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(s)}</text>'


def svg(body, label, height=HEIGHT):
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}" '
            f'xmlns="http://www.w3.org/2000/svg">' + "".join(body) + "</svg>")


def legend(names):
    """(name, class, dashed) as HTML above the chart."""
    items = "".join(f'<li><svg viewBox="0 0 24 10" class="key"><line class="{cls}{" dashed" if dashed else ""}" '
                    f'x1="1" y1="5" x2="23" y2="5"/></svg>{escape(name)}</li>' for name, cls, dashed in names)
    return f'<ul class="legend">{items}</ul>'


def axes(x, y, x_title, y_title, x_label=number, y_label=number, x_ticks=None):
    out = []
    for v in y.ticks():
        out += [line(LEFT, y(v), WIDTH - RIGHT, y(v), "grid"), text(LEFT - 8, y(v) + 4, y_label(v), "tick", "end")]
    for v, label in x_ticks or [(v, x_label(v)) for v in x.ticks()]:
        out += [line(x(v), HEIGHT - BOTTOM, x(v), HEIGHT - BOTTOM + 5, "axis"),
                text(x(v), HEIGHT - BOTTOM + 19, label, "tick")]
    out += [line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"),
            text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_title, "title"),
            text(18, (TOP + HEIGHT - BOTTOM) / 2, y_title, "title", extra=f' transform="rotate(-90 18 {(TOP + HEIGHT - BOTTOM) / 2})"')]
    return out


def path(points, cls, dashed=False):
    d = "M" + "L".join(f"{px:.1f},{py:.1f}" for px, py in points)
    return f'<path class="{cls}{" dashed" if dashed else ""}" d="{d}"/>'


def lines(series, x_title, y_title, label, *, log_x=None, log_y=None, x_label=number, y_label=number, x_ticks=None, dots=True):
    """series: (name, class, dashed, [(x, y)...])."""
    xs = [p[0] for s in series for p in s[3]]
    ys = [p[1] for s in series for p in s[3]]
    low = min(ys) if log_y else 0
    high = max(ys) or 1
    if log_y:
        low, high = log_y ** math.floor(math.log(low, log_y)), log_y ** math.ceil(math.log(high, log_y) - 1e-9)
    else:
        step = nice(high / 5)
        high = math.ceil(high / step) * step
    x = Scale(min(xs), max(xs), LEFT + 12, WIDTH - RIGHT - 12, log_x)
    y = Scale(low, high, HEIGHT - BOTTOM, TOP, log_y)
    body = axes(x, y, x_title, y_title, x_label, y_label, x_ticks)
    for name, cls, dashed, points in series:
        body.append(path([(x(a), y(b)) for a, b in points], cls, dashed))
        if dots:
            body += [f'<circle class="{cls}" cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5"><title>{escape(name)}: '
                     f"{y_label(b)} at {x_label(a)}</title></circle>" for a, b in points]
    if len(series) == 2:
        # So that the chart can do without its legend.
        body += [text(x(points[-1][0]) - 4, y(points[-1][1]) - 12, name, "title", "end") for name, _, _, points in series]
    return legend([s[:3] for s in series]) + svg(body, label)


def areas(series, x_title, y_title, label):
    """Stacked, from below: (name, class, [(x, y)...]) of the same x."""
    xs = [p[0] for p in series[0][2]]
    sums = [0.0] * len(xs)
    layers = []
    for name, cls, points in series:
        below, sums = sums, [s + p[1] for s, p in zip(sums, points)]
        layers.append((name, cls, below, sums))
    step = nice(max(sums) / 5)
    x = Scale(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    y = Scale(0, math.ceil(max(sums) / step) * step or 1, HEIGHT - BOTTOM, TOP)
    body = axes(x, y, x_title, y_title)
    for name, cls, below, above in layers:
        points = [(x(a), y(b)) for a, b in zip(xs, above)] + [(x(a), y(b)) for a, b in reversed(list(zip(xs, below)))]
        d = "M" + "L".join(f"{px:.1f},{py:.1f}" for px, py in points) + "Z"
        body.append(f'<path class="{cls} area" d="{d}"><title>{escape(name)}</title></path>')
    return legend([(n, c + " thick", False) for n, c, _, _ in reversed(layers)]) + svg(body, label)


def ratios(rows, label):
    """Rows (name, low, ratio, high) as marks with their spread, 1 as a line."""
    step, left, top = 24, 190, 30
    height = top + step * len(rows) + 46
    most = max(2.0, max(r[3] for r in rows))
    x = Scale(0, math.ceil(most * 2) / 2, left, WIDTH - 70)
    bottom = top + step * len(rows)
    body = []
    for v in x.ticks():
        body += [line(x(v), top - 8, x(v), bottom, "grid"), text(x(v), bottom + 18, number(v), "tick")]
    body += [line(x(1), top - 14, x(1), bottom, "one"), text(x(1), top - 18, "the peer", "tick")]
    body.append(text((left + WIDTH - 70) / 2, bottom + 38, "time a buffer, as a part of the peer's (lower is better)", "title"))
    for i, (name, low, ratio, high) in enumerate(rows):
        at = top + step * i + step / 2
        cls = "ours" if ratio <= 1 else "peer"
        body += [text(left - 10, at + 4, name, "name", "end"), line(x(low), at, x(high), at, cls + " spread"),
                 f'<circle class="{cls}" cx="{x(ratio):.1f}" cy="{at:.1f}" r="5"><title>{escape(name)}: {ratio:.2f}, '
                 f"a tenth of the rounds below {low:.2f}, a tenth above {high:.2f}</title></circle>",
                 text(WIDTH - 62, at + 4, f"{ratio:.2f}", "value", "start")]
    return svg(body, label, height)
