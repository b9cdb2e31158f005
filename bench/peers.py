"""Times keyhull and its peers on the same arrays; see peers.sh.

Results are in Go's benchmark format. A tool that decides one key at a time
has a budget a row; what it did in that is scaled to all keys and says so with
the unit "sampled-keys". What was not obtained stands in a comment.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version

import numpy as np

import tools


def gaussian(n, d, seed=1):
    return np.random.default_rng([seed, n, d]).standard_normal((n, d), dtype=np.float32)


def projected(n, d):
    x = gaussian(n, d)
    return x - x.mean(axis=1, keepdims=True, dtype=np.float32)


def sphere(n, d):
    x = gaussian(n, d)
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


MAIN = {  # seconds for each tool that decides key by key
    "gaussian-d8-n1024": (gaussian(1024, 8), 30),
    "gaussian-d7-n1024": (gaussian(1024, 7), 30),
    "projected32-d8-n1024": (projected(1024, 8), 30),
    "sphere-d8-n1024": (sphere(1024, 8), 20),
    "gaussian-d64-n1024": (gaussian(1024, 64), 20),
    "gaussian-d3-n60": (gaussian(60, 3), 20),
    "gaussian-d15-n60": (gaussian(60, 15), 20),
    "gaussian-d768-n1024": (gaussian(1024, 768), 25),
}
GROWTH = [(n, 8) for n in (256, 512, 2048, 4096, 8192, 16384)] + [(1024, d) for d in (2, 3, 4, 6, 12, 16, 24, 32, 48)]


def rows(quick):
    if quick:
        yield "gaussian-d3-n60", gaussian(60, 3), 2
        yield "gaussian-d8-n1024", gaussian(1024, 8), 2
        yield "gaussian-d8-n4096", gaussian(4096, 8), 2
        return
    for name, (keys, budget) in MAIN.items():
        yield name, keys, budget
    for n, d in GROWTH:
        yield f"gaussian-d{d}-n{n}", gaussian(n, d), 8


class Report:
    """Writes one line a measurement, to the file and to the terminal."""

    def __init__(self, path):
        self.file = open(path, "w")

    def line(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")
        self.file.flush()

    def result(self, row, tool, seconds, **units):
        extra = "".join(f" {value} {unit.replace('_', '-')}" for unit, value in units.items())
        self.line(f"BenchmarkDecide/{row}/tool={tool} 1 {round(seconds * 1e9)} ns/op{extra}")

    def absent(self, row, tool, why):
        self.line(f"# {row}/tool={tool} absent: {why}")


def cpu():
    with open("/proc/cpuinfo") as info:
        for text in info:
            if text.startswith("model name"):
                return text.split(":", 1)[1].strip()
    return platform.processor()


def header(report):
    report.line(f"goos: {platform.system().lower()}")
    report.line(f"goarch: {platform.machine().replace('x86_64', 'amd64')}")
    report.line("pkg: keyhull/bench")
    report.line(f"cpu: {cpu()}")
    report.line(f"cores: {len(os.sched_getaffinity(0))}")
    report.line(f"go: {subprocess.run(['go', 'env', 'GOVERSION'], capture_output=True, text=True).stdout.strip()}")
    report.line(f"python: {platform.python_version()}")
    for peer in ("gurobipy", "scipy", "highspy", "numpy"):
        report.line(f"{peer}: {version(peer)}")


def measure_keyhull(report, binary, work, row, keys):
    """All ways to run keyhull; returns its verdicts."""
    path = os.path.join(work, "keys.npy")
    np.save(path, keys)
    repeats = 9 if keys.size <= 1 << 17 else 5
    verdicts = None
    for workers in (1, 2):
        for margins in ("none", "bound", "exact"):
            if margins == "exact" and keys.size * len(keys) > 1 << 28:
                continue
            inside, whole, verdicts = tools.keyhull(binary, path, workers, margins, repeats=repeats)
            unselectable = sum(not s for s in verdicts.values())
            report.result(row, f"keyhull/margins={margins}/workers={workers}", inside, unselectable=unselectable)
            report.result(row, f"keyhull-process/margins={margins}/workers={workers}", whole, unselectable=unselectable)
    _, whole, _ = tools.keyhull(binary, path, 2, "none", fmt="csv", repeats=repeats)
    report.result(row, "keyhull-process/csv-only/workers=2", whole)
    return verdicts


def measure_peer(report, row, tool, run, keys, truth):
    """Runs a peer and compares its answers, key by key, with keyhull's."""
    try:
        seconds, answers = run()
    except tools.Absent as why:
        report.absent(row, tool, why)
        return
    wrong = sorted(i for i, s in answers.items() if s is not None and s != truth[i])
    units = {"unselectable": sum(s is False for s in answers.values()), "disagreements": len(wrong)}
    if None in answers.values():
        units["without_verdict"] = sum(s is None for s in answers.values())
    if len(answers) < len(keys):
        units["sampled_keys"] = len(answers)
    report.result(row, tool, seconds * len(keys) / len(answers), **units)
    if wrong:
        report.line(f"# {row}/tool={tool} disagrees on keys {wrong[:10]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keyhull", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    start = time.perf_counter()
    report = Report(options.out)
    header(report)
    paper, highs = tools.Paper(), tools.Highs()
    for row, keys, budget in rows(options.quick):
        truth = measure_keyhull(report, options.keyhull, options.work, row, keys)
        measure_peer(report, row, "gurobi-paper", lambda: tools.one_by_one(paper, keys, budget), keys, truth)
        measure_peer(report, row, "highs", lambda: tools.one_by_one(highs, keys, budget * 0.6), keys, truth)
        measure_peer(report, row, "qhull", lambda: tools.qhull(keys, budget), keys, truth)
    report.line(f"# {time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    sys.exit(main())
