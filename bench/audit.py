"""Audits model folders on the first texts of a file and prints docs/audit.md's
table; each model's tables go to docs/results/audit:

    bench/checkpoints.sh MODELS TABLES        # see there
    python bench/audit.py MODELS TEXT [--samples 20]

Takes minutes. Needs a keyhull on PATH, or KEYHULL=path.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def percent(x):
    return f"{100 * x:.1f} %" if x >= 0.0005 or x == 0 else "< 0.1 %"


def mean(heads, name):
    return statistics.mean(h[name]["mean"] for h in heads)


def row(name, s, seconds):
    heads = s["heads"]
    sink = statistics.mean(h["sink_attention"]["mean"] for h in heads)
    first = statistics.mean(h["sink_first"] for h in heads)
    least = min(heads, key=lambda h: h["winners"]["mean"])
    margins = sorted(h["relative_margin"]["mean"] for h in heads)
    return [
        name, f"{s['texts']} × {s['tokens'] // s['texts']}", str(len(heads)),
        percent(s["guarantee"]["layers"]["unselectable"]), percent(mean(heads, "unselectable")), percent(mean(heads, "hidden")),
        f"{margins[len(margins) // 2]:.2f} ({margins[0]:.2f} to {margins[-1]:.2f})",
        percent(mean(heads, "winners")), f"{percent(least['winners']['mean'])} (layer {least['layer']}, head {least['head']})",
        percent(mean(heads, "unreachable")), percent(mean(heads, "undecided")), f"{sink:.2f}, {percent(first)}", f"{seconds:.0f} s",
    ]


HEAD = ["model", "texts × tokens", "heads", "unselectable after the norm", "unselectable in heads", "pairs under the mask in which the key is", "median margin (over heads)",
        "keys that win", "in the head where fewest do", "vertices out of the model's reach", "not decided", "attention of the sink, and how often it is the first token", "time"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models")
    parser.add_argument("text")
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--only", nargs="*")
    args = parser.parse_args()
    keyhull = os.environ.get("KEYHULL", "keyhull")
    results = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs", "results", "audit")
    os.makedirs(results, exist_ok=True)
    print("| " + " | ".join(HEAD) + " |\n|---" + "|--:" * (len(HEAD) - 1) + "|")
    for name in args.only or ["minilm", "bge-small", "bert-base", "smollm2"]:
        with tempfile.TemporaryDirectory() as out:
            begin = time.time()
            subprocess.run([keyhull, "audit", os.path.join(args.models, name), "--text", args.text, "--samples", str(args.samples), "--reach", "--out", out],
                           check=True, stdout=sys.stderr)
            seconds = time.time() - begin
            summary = json.load(open(os.path.join(out, "summary.json")))
            for table in ("heads.csv", "stages.csv"):
                shutil.copyfile(os.path.join(out, table), os.path.join(results, f"{name}-{table}"))
        print("| " + " | ".join(row(name, summary, seconds)) + " |", flush=True)


main()
