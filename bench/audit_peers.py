"""Times keyhull and one LP a key on heads of real models; see audit_peers.sh.

For each model and each of a few heads drawn at random: the seconds in which
keyhull decides and proves all keys of the head, in one process, and those that
a few keys, drawn at random too, take with

  gurobi-lp     the paper's LP (Chebyshev radius in the box, at least 1e-8), by Gurobi
  highs-lp      the same LP by HiGHS, through scipy.optimize.linprog
  gurobi-paper  the paper's search: reflections, and the LP where they fail

Prints docs/audit.md's table. Answers are compared key by key.
"""

import argparse
import os
import statistics
import subprocess
import time

import numpy as np
from safetensors.numpy import load_file
from scipy.optimize import linprog

import tools

MODELS = {"smollm2": 1024, "bert-base": 512}  # tokens


def highs_lp(keys, i):
    """The paper's LP by HiGHS; None where it gives no verdict."""
    rivals = np.delete(keys, i, axis=0) - keys[i]
    dim = keys.shape[1]
    rows = np.hstack([rivals, np.linalg.norm(rivals, axis=1, keepdims=True)])
    bounds = [(-tools.BOX, tools.BOX)] * dim + [(tools.RADIUS, None)]
    found = linprog(np.append(np.zeros(dim), -1), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=bounds, method="highs")
    return {0: True, 2: False}.get(found.status)


def drawn(rng, folder):
    """The keys of all heads of a file, in random order, as (layer, head, keys)."""
    tensors = load_file(os.path.join(folder, "1.safetensors"))
    heads = [(int(name.split(".")[1]), head, keys) for name, all in sorted(tensors.items()) if name.endswith(".keys") for head, keys in enumerate(all)]
    return [heads[at] for at in rng.permutation(len(heads))]


def measure(model, layer, head, keys, options, rng, peers):
    """One head: keyhull on all keys, each peer on a sample; returns seconds a key."""
    path = os.path.join(options.work, "head.npy")
    np.save(path, keys)
    inside, whole, verdicts = tools.keyhull(options.keyhull, path, 1, "none")
    sample = rng.choice(len(keys), options.keys, replace=False)
    wide = keys.astype(np.float64)
    seconds = {"keyhull": inside / len(keys), "keyhull-process": whole / len(keys)}
    wrong = []
    for name, decide in peers.items():
        start = time.perf_counter()
        answers = [decide(wide, int(i)) for i in sample]
        seconds[name] = (time.perf_counter() - start) / len(sample)
        wrong += [f"{name} on key {i}: {a}" for i, a in zip(sample, answers) if a is not verdicts[int(i)]]
    cells = [model, f"{layer}, {head}", f"{len(keys)} × {keys.shape[1]}"] + [f"{1e6 * seconds['keyhull']:.1f} µs"]
    cells += [f"{1e3 * seconds[p]:.3g} ms, {seconds[p] / seconds['keyhull']:,.0f}×" for p in peers]
    print("| " + " | ".join(cells + [str(len(wrong))]) + " |", flush=True)
    for line in wrong:
        print(f"<!-- layer {layer}, head {head}: {line} -->")
    return seconds


def main():
    parser = argparse.ArgumentParser()
    for name in ("models", "text"):
        parser.add_argument(name)
    parser.add_argument("--keyhull", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--heads", type=int, default=3)
    parser.add_argument("--keys", type=int, default=10)
    options = parser.parse_args()
    paper = tools.Paper()
    peers = {"gurobi-lp": paper.chebyshev, "highs-lp": highs_lp, "gurobi-paper": paper.selectable}
    head = ["model", "layer, head", "keys", "keyhull, a key", *peers, "other answers"]
    print("| " + " | ".join(head) + " |\n|---|---|" + "--:|" * (len(head) - 2))
    all = []
    for model, tokens in MODELS.items():
        rng = np.random.default_rng(1)
        folder = os.path.join(options.work, model)
        subprocess.run([options.keyhull, "audit", os.path.join(options.models, model), "--text", options.text, "--tokens", str(tokens),
                        "--stage", "after-norm", "--keys", folder], check=True, capture_output=True)
        for layer, number, keys in drawn(rng, folder)[:options.heads]:
            all.append(measure(model, layer, number, keys, options, rng, peers))
    for name in peers:
        ratios = [s[name] / s["keyhull"] for s in all]
        print(f"\n{name}: {min(ratios):,.0f}× to {max(ratios):,.0f}×, median {statistics.median(ratios):,.0f}×; "
              f"of keyhull's whole process, JSON written, {statistics.median(s[name] / s['keyhull-process'] for s in all):,.1f}×")


main()
