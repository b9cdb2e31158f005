"""Times llama.cpp's forward pass over 1,024 tokens, as bench/forward.py does transformers':

    python bench/audit_llama.py FILE.gguf [TOKENS] [RUNS] [THREADS]

All tokens in one batch, the output layer for the last alone. Needs llama-cpp-python,
which pip builds with CMake and a C++ compiler, in a quarter of an hour.
"""

import os
import random
import resource
import sys
import time

from llama_cpp import Llama

file, tokens, runs = sys.argv[1], int((sys.argv + ["1024"])[2]), int((sys.argv + ["1024", "5"])[3])
threads = int(sys.argv[4]) if len(sys.argv) > 4 else len(os.sched_getaffinity(0))
model = Llama(file, n_ctx=tokens, n_batch=tokens, n_ubatch=tokens, n_threads=threads, n_threads_batch=threads, verbose=False)
random.seed(1)
ids = [random.randrange(model.n_vocab()) for _ in range(tokens)]
wall, cpu = [], []
for _ in range(runs + 1):
    model.reset()
    began, used = time.perf_counter(), time.process_time()
    model.eval(ids)
    wall.append(time.perf_counter() - began)
    cpu.append(time.process_time() - used)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"llama.cpp {tokens} tokens, {threads} threads: {min(wall):.3f} s-fastest, {min(cpu):.3f} cpu-s-least, {peak:.0f} MiB-peak")
