"""Times transformers' forward pass, without the output layer, in float32:

    python bench/forward.py MODEL [TOKENS] [RUNS]

MODEL is a model folder or one with a .gguf file, which is dequantized. Prints the
wall-clock time of the fastest run, the processor time of the run that took
least, and the process's peak memory. bench/forward.sh times keyhull beside it.
"""

import glob
import os
import resource
import sys
import time

import torch
from transformers import AutoModel

folder, tokens, runs = sys.argv[1], int((sys.argv + ["1024"])[2]), int((sys.argv + ["1024", "5"])[3])
torch.set_num_threads(len(os.sched_getaffinity(0)))
gguf = glob.glob(os.path.join(folder, "*.gguf"))
start = time.perf_counter()
model = AutoModel.from_pretrained(folder, dtype=torch.float32, **({"gguf_file": os.path.basename(gguf[0])} if gguf else {})).eval()
tokens = min(tokens, model.config.max_position_embeddings)
ids = torch.randint(0, model.config.vocab_size, (1, tokens))
wall, cpu, first = [], [], 0
with torch.inference_mode():
    for _ in range(runs + 1):
        began, used = time.perf_counter(), time.process_time()
        model(input_ids=ids, use_cache=False) if "use_cache" in model.config.to_dict() else model(input_ids=ids)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
        first = first or time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"transformers {tokens} tokens, {torch.get_num_threads()} threads: {min(wall):.3f} s-fastest, {first:.3f} s-first, {min(cpu):.3f} cpu-s-least, {peak:.0f} MiB-peak")
