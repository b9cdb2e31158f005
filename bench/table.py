"""Turns the files of bench/results into the tables of docs/performance.md,
which stand between markers, and into docs/performance-growth.svg and .png:

    python bench/table.py RESULTS_FOLDER DOCS
"""

import os
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from training import duration, language, majority

ONE, TWO = "keyhull/margins=none/workers=1", "keyhull/margins=none/workers=2"
WHOLE = "keyhull-process/margins=bound/workers=2"
MAIN = {
    "gaussian-d8-n1024": "Gaussian, d=8, n=1024",
    "gaussian-d7-n1024": "Gaussian, d=7, n=1024",
    "projected32-d8-n1024": "projected in float32, d=8, n=1024",
    "sphere-d8-n1024": "sphere, d=8, n=1024",
    "gaussian-d64-n1024": "Gaussian, d=64, n=1024",
    "gaussian-d3-n60": "Gaussian, d=3, n=60",
    "gaussian-d15-n60": "Gaussian, d=15, n=60",
    "gaussian-d768-n1024": "Gaussian, d=768, n=1024",
}
LINE = re.compile(r"BenchmarkDecide/([^/]+)/tool=(\S+) 1 (.*)")
ABSENT = re.compile(r"# ([^/]+)/tool=(\S+) absent: (.*)")


def read(path):
    """Returns {(row, tool): {unit: value}}, {(row, tool): reason}, {name: value}."""
    results, reasons, setup = {}, {}, {}
    for line in open(path):
        if m := LINE.match(line):
            words = m[3].split()
            results[m[1], m[2]] = {unit: float(value) for value, unit in zip(words[::2], words[1::2])}
        elif m := ABSENT.match(line):
            reasons[m[1], m[2]] = m[3]
        elif m := re.match(r"([a-z]+): (.*)", line):
            setup[m[1]] = m[2]
    return results, reasons, setup


class Table:
    def __init__(self, results, reasons):
        self.results, self.reasons, self.notes = results, reasons, []

    def cell(self, row, tool):
        found = self.results.get((row, tool))
        if found is None:
            return self.note(self.reasons.get((row, tool), "not run"), "–")
        text = duration(found["ns/op"])
        if "sampled-keys" in found:
            text = f"≈ {text} ({found['sampled-keys']:.0f} keys)"
        if wrong := found.get("disagreements"):
            text += f", **{wrong:.0f} wrong**"
        if none := found.get("without-verdict"):
            text += f", **{none:.0f} without verdict**"
        return text

    def note(self, reason, mark):
        """Footnotes what was not obtained."""
        if reason not in self.notes:
            self.notes.append(reason)
        return f"{mark}<sup>{self.notes.index(reason) + 1}</sup>"

    def ratio(self, row, tool, own):
        a, b = self.results.get((row, tool)), self.results.get((row, own))
        return f"{a['ns/op'] / b['ns/op']:,.0f}" if a and b else ""

    def line(self, row, title):
        own = self.results[row, ONE]
        cells = [title, f"{own['unselectable']:.0f}"]
        cells += [self.cell(row, t) for t in ("gurobi-paper", "highs", "qhull", ONE, TWO, WHOLE)]
        cells += [self.ratio(row, t, ONE) for t in ("gurobi-paper", "highs", "qhull")]
        return "| " + " | ".join(cells) + " |"

    def lines(self, rows):
        yield "| keys | unselectable | paper's search | HiGHS | Qhull | keyhull, 1 thread | 2 threads | whole command, 2 threads | paper / keyhull | HiGHS / keyhull | Qhull / keyhull |"
        yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        for row, title in rows:
            if (row, ONE) in self.results:
                yield self.line(row, title)
        yield ""
        for i, reason in enumerate(self.notes):
            yield f"{i + 1}. {reason}"
        if self.notes:
            yield ""


def shape(row):
    m = re.match(r"gaussian-d(\d+)-n(\d+)$", row)
    return m and (int(m[2]), int(m[1]))


def curve(results, tool, fixed, value):
    """Points (n or d, seconds) of Gaussian rows where the other one is fixed."""
    points = []
    for (row, t), found in results.items():
        at = shape(row)
        if t == tool and at and at[1 - fixed] == value:
            points.append((at[fixed], found["ns/op"] / 1e9))
    return np.array(sorted(points))


def exponent(points):
    x, y = np.log(points).T
    return np.polyfit(x, y, 1)[0]


TOOLS = [("gurobi-paper", "paper's search (Gurobi), 1 thread", "C3", "s"), ("highs", "HiGHS, one LP a key, 1 thread", "C1", "^"),
         (ONE, "keyhull, 1 thread", "C0", "o"), (TWO, "keyhull, 2 threads", "C2", "v")]


def picture(results, folder):
    """Draws both growths; returns a sentence a curve."""
    plt.rcParams.update({"svg.hashsalt": "keyhull", "font.size": 9})
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, constrained_layout=True)
    sentences = []
    for axis, fixed, value, name, top in ((axes[0], 0, 8, "n", 1 << 20), (axes[1], 1, 1024, "d", 64)):
        for tool, label, colour, mark in TOOLS:
            points = curve(results, tool, fixed, value)
            points = points[points[:, 0] <= top] if len(points) else points
            if len(points) < 2:
                continue
            power = exponent(points)
            axis.loglog(*points.T, mark + "-", color=colour, ms=4, label=f"{label}: {name}^{power:.2f}")
            sentences.append(f"{label}: time grows like {name}^{power:.2f} ({name} = {points[0, 0]:.0f} … {points[-1, 0]:.0f})")
        ticks = (256, 1024, 4096, 16384) if name == "n" else (2, 4, 8, 16, 32, 64)
        axis.set_xticks(ticks, [f"{t:,}" for t in ticks])
        axis.minorticks_off()
        axis.set_xlabel("keys n (d = 8)" if name == "n" else "dimension d (n = 1024)")
        axis.grid(True, which="major", alpha=0.3)
        if axis.lines:
            axis.legend(fontsize=7)
    axes[0].set_ylabel("seconds for the whole set")
    figure.suptitle("Deciding Gaussian keys: which can never win?")
    for kind in ("svg", "png"):
        figure.savefig(os.path.join(folder, f"performance-growth.{kind}"), dpi=140, metadata={"Date": None} if kind == "svg" else None)
    return sentences


def growth_rows(results):
    found = {row for row, _ in results if shape(row) and row not in MAIN or row == "gaussian-d8-n1024"}
    by_n = sorted((r for r in found if shape(r)[1] == 8), key=shape)
    by_d = sorted((r for r in found if shape(r)[1] != 8), key=lambda r: shape(r)[1])
    return [(r, f"Gaussian, d={shape(r)[1]}, n={shape(r)[0]}") for r in by_n + by_d]


def peers(results_folder, docs):
    path = os.path.join(results_folder, "peers.txt")
    results, reasons, setup = read(path)
    text = [f"One run on {setup['cores']} cores of {setup['cpu']} with {setup['go']}, Python {setup['python']}, "
            + ", ".join(f"{p} {setup[p]}" for p in ("gurobipy", "highspy", "scipy", "numpy")) + "."]
    text += ["", *Table(results, reasons).lines(MAIN.items())]
    text += ["### Growth", "", "![Time against n and against d](performance-growth.svg)", ""]
    text += ["- " + s for s in picture(results, docs)]
    return text + ["", *Table(results, reasons).lines(growth_rows(results))]


GO = re.compile(r"Benchmark(\S+?)/workers=([12])(?:-\d+)?\s+\d+\s+(.*)")
TARGETS = {  # milliseconds on 1 and 2 threads
    "Decide/gaussian-d8-n1024": (2.5, 1.5), "Decide/gaussian-d7-n1024": (1.8, 1.1), "Decide/projected32-d8-n1024": (4, 2.5),
    "Decide/sphere-d8-n1024": (0.4, None), "Decide/gaussian-d64-n1024": (1.4, None), "Decide/gaussian-d768-n1024": (15, 9),
    "Decide/vocabulary-d64-n50257": (None, 500), "Decide/lattice-10x10x10": (100, None), "Figure1c": (700, 400),
}


def library(results_folder, _):
    """The table of Go benchmarks: the median of their runs beside the targets."""
    times, other = {}, {}
    for line in open(os.path.join(results_folder, "go.txt")):
        if m := GO.match(line):
            words = m[3].split()
            units = dict(zip(words[1::2], map(float, words[::2])))
            times.setdefault(m[1], {}).setdefault(int(m[2]), []).append(units.pop("ns/op"))
            other[m[1]] = units
    yield "| benchmark | 1 thread | target | 2 threads | target | unselectable | decided exactly |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, by in times.items():
        targets = [duration(t * 1e6) if t else "" for t in TARGETS.get(name, (None, None))]
        own = [duration(float(np.median(by[w]))) if w in by else "" for w in (1, 2)]
        counts = [f"{other[name][u]:.0f}" if u in other[name] else "" for u in ("unselectable", "exact")]
        yield "| " + " | ".join([name, own[0], targets[0], own[1], targets[1], *counts]) + " |"


def main(results_folder, docs):
    page = os.path.join(docs, "performance.md")
    for name, made in (("peers", peers), ("library", library), ("majority", majority), ("language", language)):
        begin, end = f"<!-- {name}:begin, by bench/table.py -->", f"<!-- {name}:end -->"
        text = open(page).read()
        before, after = text.split(begin)[0], text.split(end)[1]
        lines = "\n".join(made(results_folder, docs))
        with open(page, "w") as file:
            file.write(f"{before}{begin}\n{lines}\n{end}{after}")


if __name__ == "__main__":
    main(*sys.argv[1:])
