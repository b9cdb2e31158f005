"""The tools that peers.py times. Each takes keys, float32 of shape (n, d)."""

import json
import multiprocessing
import resource
import statistics
import subprocess
import time

import gurobipy as gp
import numpy as np
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, QhullError


class Absent(Exception):
    """No result was obtained; the message says why."""


# --- The published search: braid reflections, then one Chebyshev LP a key. ---
# Restated from its description: start at q = the key; while another key j
# scores higher, reflect q at the hyperplane where key and j tie, 100 times at
# most. If that does not end, maximize the radius r of a ball of queries in the
# box |q_c| <= 100 that all score the key highest; no r >= 1e-8 means
# unselectable. Here one Gurobi environment serves all keys, which is cheaper
# than the published one a key.

REFLECTIONS, BOX, RADIUS = 100, 100.0, 1e-8


def reflect(keys, i):
    """True if reflections find a query in the box that key i wins."""
    q = keys[i].astype(np.float64)
    for _ in range(REFLECTIONS + 1):
        top = int(np.argmax(keys @ q))
        if top == i:
            return bool(np.all(np.abs(q) <= BOX))
        normal = keys[i] - keys[top]
        square = normal @ normal
        if square == 0:
            return False
        q = q - 2 * (normal @ q) / square * normal
    return False


class Paper:
    """Decides one key at a time as the paper does, on one thread."""

    def __init__(self):
        self.env = gp.Env(empty=True)
        self.env.setParam("OutputFlag", 0)
        self.env.start()

    def selectable(self, keys, i):
        return reflect(keys, i) or self.chebyshev(keys, i)

    def chebyshev(self, keys, i):
        rivals = np.delete(keys, i, axis=0) - keys[i]
        norms = np.linalg.norm(rivals, axis=1)
        with gp.Model(env=self.env) as model:
            model.Params.Threads = 1
            model.Params.Method = 2
            model.Params.FeasibilityTol = RADIUS / 10
            q = model.addMVar(keys.shape[1], lb=-BOX, ub=BOX)
            r = model.addMVar(1, lb=RADIUS)
            model.addConstr(rivals @ q + norms.reshape(-1, 1) @ r <= 0)
            model.setObjective(r.sum(), gp.GRB.MAXIMIZE)
            try:
                model.optimize()
            except gp.GurobiError as error:
                raise Absent(f"Gurobi: {str(error).split(';')[0]}") from error
            return model.Status == gp.GRB.OPTIMAL


class Highs:
    """One feasibility LP a key with HiGHS' dual simplex: is the key a convex
    combination of the others? This way round (d+1 rows, n-1 columns) and
    without presolve is the fastest of those tried. Where it gives no verdict,
    presolve is tried; the answer is None if that gives none either."""

    def selectable(self, keys, i):
        others = np.delete(keys, i, axis=0)
        a = np.vstack([(others - keys[i]).T, np.ones(len(others))])
        b = np.zeros(len(a))
        b[-1] = 1
        for presolve in (False, True):
            found = linprog(np.zeros(len(others)), A_eq=a, b_eq=b, method="highs-ds", options={"presolve": presolve})
            if found.status in (0, 2):
                return found.status == 2
        return None


def one_by_one(tool, keys, budget, seed=1):
    """Decides keys in random order until all are done or the budget, in
    seconds, is spent. Returns seconds and {key: selectable, or None}."""
    keys = keys.astype(np.float64)
    answers = {}
    start = time.perf_counter()
    for i in np.random.default_rng(seed).permutation(len(keys)):
        answers[int(i)] = tool.selectable(keys, i)
        if time.perf_counter() - start > budget:
            break
    return time.perf_counter() - start, answers


# --- Qhull, in a process of its own: it may not end, or fill the memory. ---


def _qhull(keys, memory, queue):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        start = time.perf_counter()
        vertices = ConvexHull(keys).vertices
        queue.put((time.perf_counter() - start, [int(v) for v in vertices]))
    except (QhullError, MemoryError) as error:
        queue.put(str(error).strip().splitlines()[0] if str(error) else "out of memory")


def qhull(keys, limit, memory=8 << 30):
    """Returns seconds and {key: selectable}."""
    queue = multiprocessing.Queue()
    child = multiprocessing.Process(target=_qhull, args=(keys.astype(np.float64), memory, queue))
    child.start()
    try:
        answer = queue.get(timeout=limit)
    except Exception:
        answer = f"did not end in {limit:.0f} s"
        if not child.is_alive():
            answer = f"ended with code {child.exitcode}: memory over {memory >> 30} GiB?"
    finally:
        child.kill()
        child.join()
    if isinstance(answer, str):
        raise Absent(f"Qhull: {answer}")
    seconds, vertices = answer
    found = set(vertices)
    return seconds, {i: i in found for i in range(len(keys))}


# --- keyhull, as a command. ---


def keyhull(binary, path, workers, margins, fmt="json", repeats=5):
    """Runs `keyhull decide` and returns the medians of the seconds in the
    library and of the whole process, and the verdicts (None unless JSON)."""
    command = [binary, "decide", path, "--format", fmt, "--margins", margins, "--workers", str(workers)]
    inside, whole = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        whole.append(time.perf_counter() - start)
        if done.returncode != 0:
            raise Absent(f"keyhull: {done.stderr.strip()}")
        if fmt == "json":
            answer = json.loads(done.stdout)["sets"][0]
            inside.append(answer["seconds"])
    if fmt != "json":
        return None, statistics.median(whole), None
    verdicts = {k["index"]: k["verdict"] in ("selectable", "tied") for k in answer["keys"]}
    return statistics.median(inside), statistics.median(whole), verdicts
