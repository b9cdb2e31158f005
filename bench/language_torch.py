"""Times a training step of the paper's language model in PyTorch, or the head of
it alone; see language.sh. One part a process, because of its memory:

    python bench/language_torch.py step-dropout=0.1    or =0
    python bench/language_torch.py head                or head-chunks=512

A step is that of transformers' GPT2LMHeadModel as the paper trains it: forward,
backward, clipping and AdamW on 16 sequences of 1,024 tokens, 50,257 words,
dimension 8, 4 layers of 4 heads. The head is logits and cross-entropy, forward
and backward, of 16,384 positions, or of so many rows at a time. Prints Go's
benchmark format; the peak is the process's largest memory.
"""

import argparse
import resource
import statistics
import time

import torch
import transformers
from torch.nn import functional

VOCAB, LENGTH, BATCH, DIM = 50257, 1024, 16, 8


def step(dropout):
    """Returns a function that takes a step of training."""
    config = transformers.GPT2Config(
        vocab_size=VOCAB, n_positions=LENGTH, n_embd=DIM, n_layer=4, n_head=4, use_cache=False,
        resid_pdrop=dropout, embd_pdrop=dropout, attn_pdrop=dropout)
    model = transformers.GPT2LMHeadModel(config).train()
    for block in model.transformer.h:
        for fixed in (block.ln_1.weight, block.ln_1.bias, block.attn.c_attn.bias):
            fixed.requires_grad_(False)
    tokens = torch.randint(VOCAB, (BATCH, LENGTH))
    adam = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=5e-5, weight_decay=0.0)

    def run():
        model(tokens, labels=tokens).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        adam.zero_grad()

    return run


def head(rows):
    """Returns a function that takes the head, so many rows at a time."""
    x, table = torch.randn(BATCH * LENGTH, DIM, requires_grad=True), torch.randn(VOCAB, DIM, requires_grad=True)
    labels = torch.randint(VOCAB, (BATCH * LENGTH,))

    def run():
        for part, words in zip(x.split(rows), labels.split(rows)):
            loss = functional.cross_entropy(part @ table.T, words, reduction="sum") / len(x)
            loss.backward()
        x.grad = table.grad = None

    return run


PARTS = {
    "step-dropout=0.1": ("GPT2Step/pytorch/dropout=0.1", lambda: step(0.1)),
    "step-dropout=0": ("GPT2Step/pytorch/dropout=0", lambda: step(0.0)),
    "head": ("GPT2Head/pytorch/whole", lambda: head(BATCH * LENGTH)),
    "head-chunks=512": ("GPT2Head/pytorch/chunks=512", lambda: head(512)),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    name, make = PARTS[args.part]
    run = make()

    def timed():
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    first = timed()
    times = sorted(timed() for _ in range(args.steps))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"# PyTorch {torch.__version__}, transformers {transformers.__version__}: median of {args.steps}, "
          f"{times[0]:.3f} s to {times[-1]:.3f} s, after a first of {first:.3f} s")
    print(f"Benchmark{name}/threads={args.threads}\t{args.steps}\t{statistics.median(times) * 1e9:.0f} ns/op\t{peak:.0f} peak-MiB")


if __name__ == "__main__":
    main()
