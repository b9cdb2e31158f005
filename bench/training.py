"""The tables of docs/performance.md about training steps, for table.py, from Go
benchmarks whose lines may come several times: their medians.
"""

import os
import re
import statistics

LINE = re.compile(r"Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)")


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6)):
        if ns >= size:
            return f"{ns / size:,.3g} {unit}" if ns < 1000 * size else f"{ns / size:,.0f} {unit}"
    return f"{ns / 1e3:.3g} µs"


def medians(path):
    """Returns {name: {unit: median}} of a file of Go benchmarks."""
    found = {}
    for line in open(path):
        if m := LINE.match(line):
            words = m[2].split()
            for unit, value in zip(words[1::2], words[::2]):
                found.setdefault(m[1], {}).setdefault(unit, []).append(float(value))
    return {name: {unit: statistics.median(v) for unit, v in units.items()} for name, units in found.items()}


MAJORITY_TARGETS = {"avx512": (1.5e6, 200), "avx2": (3.5e6, 90), "generic": (30e6, 9)}  # on all cores: ns, PyTorch / this


def majority(results_folder, _):
    """The table of training steps: medians, with the ratio to PyTorch on as many cores."""
    found = medians(os.path.join(results_folder, "majority.txt"))
    steps = {tuple(re.split("/workers=|/threads=", k.split("/", 1)[1])): v for k, v in found.items()}
    torch, cores = next((v["ns/op"], k[1]) for k, v in steps.items() if k[0] == "pytorch")
    yield "| | cores | step | target | PyTorch / this | target | GFLOP/s in matrix products | share of the FMA peak |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for (level, workers), v in steps.items():
        rate, peak = (f"{v[u]:.3g}" if u in v else "" for u in ("GFLOP/s", "%peak"))
        times = goal = least = ""
        if workers == cores and level in MAJORITY_TARGETS:
            goal, least = duration(MAJORITY_TARGETS[level][0]), MAJORITY_TARGETS[level][1]
            times = f"{torch / v['ns/op']:,.0f}"
        yield f"| {level} | {workers} | {duration(v['ns/op'])} | {goal} | {times} | {least} | {rate} | {peak + ' %' if peak else ''} |"


LANGUAGE_TARGETS = {"dropout=0.1": (0.65e9, 35), "dropout=0": (0.55e9, 40)}  # on all cores with AVX-512: ns, PyTorch / this
HEAD_PIECES = 16384 / 96  # of BenchmarkHead in a pass; a step takes two


def language(results_folder, _):
    """The tables of the language model: whole steps, the head, a text."""
    found = medians(os.path.join(results_folder, "language.txt"))
    yield from language_steps({k.split("/", 1)[1]: v for k, v in found.items() if k.startswith("GPT2Step/")})
    yield ""
    yield from language_heads(found)
    yield ""
    yield "| measurement of a text, 4 layers of 1,024 keys | time | target |"
    yield "|---|--:|--:|"
    for name, v in found.items():
        if name.startswith("Text/"):
            yield f"| {name.split('/')[1]} | {duration(v['ns/op'])} | 250 ms |"


def language_steps(steps):
    torch = {k.split("/")[1]: (v["ns/op"], k.split("=")[-1]) for k, v in steps.items() if k.startswith("pytorch")}
    yield "| step | dropout | cores | time | target | PyTorch / this | target | tokens/s | share of the FMA peak | largest memory |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for name, v in sorted(steps.items(), key=lambda s: (s[0].split("/")[1], -s[1]["ns/op"])):
        level, dropout, cores = name.split("/")
        cores, (slow, all_cores) = cores.split("=")[1], torch[dropout]
        times = f"{slow / v['ns/op']:.3g}" if cores == all_cores and level != "pytorch" else ""
        goal, least = LANGUAGE_TARGETS[dropout] if times and level == "avx512" else ("", "")
        rate = v.get("tokens/s", 16 * 1024 / v["ns/op"] * 1e9)
        peak = f"{v['%peak']:.3g} %" if "%peak" in v else ""
        yield (f"| {level} | {dropout.split('=')[1]} | {cores} | {duration(v['ns/op'])} | {duration(goal) if goal else ''} | {times} | {least} "
               f"| {rate:,.0f} | {peak} | {v['peak-MiB']:,.0f} MiB |")


def language_heads(found):
    torch = {k.split("/")[2]: (v, int(k.split("=")[-1])) for k, v in found.items() if k.startswith("GPT2Head/pytorch")}
    cores = torch["whole"][1]
    yield "| the head alone | cores | time | whole / this | chunks / this | share of the FMA peak | target | largest memory |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"

    def line(title, ns, about, end):
        ratios = [f"{about}{torch[k][0]['ns/op'] / ns:.3g}" for k in ("whole", "chunks=512")]
        return f"| {title} | {cores} | {about}{duration(ns)} | {ratios[0]} | {ratios[1]} | {end} |"

    for title, (v, _) in torch.items():
        yield line(f"pytorch, {title}", v["ns/op"], "", f" | | {v['peak-MiB']:,.0f} MiB")
    for name, v in found.items():
        if name.startswith("Head/"):
            level = name.split("/")[2]
            yield line(level, v["µs-fastest"] * 1e3 * 2 * HEAD_PIECES / cores, "≈ ", f"{v['%FMA']:.3g} % | {'75 %' if level == 'avx512' else ''} | ")
