"""Times a training step of the majority model in PyTorch; see majority.sh.

The model is PyTorch's own TransformerEncoderLayer as the paper uses it: one
head, pre-norm, ReLU, no dropout, eps 0, a first LayerNorm without gain and
bias, no biases of keys, queries and values, and the embedding as output matrix.
A step is forward, backward and Adam on 6,000 sequences of 50 tokens, 20
classes, dimension 8. Prints Go's benchmark format.
"""

import argparse
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

CLASSES, DIM, LENGTH, BATCH = 20, 8, 50, 6000


class Majority(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(CLASSES, DIM)
        self.layer = nn.TransformerEncoderLayer(
            DIM, nhead=1, dim_feedforward=DIM, dropout=0.0, layer_norm_eps=0.0, batch_first=True, norm_first=True)
        self.layer.norm1 = nn.LayerNorm(DIM, eps=0.0, elementwise_affine=False)
        self.layer.self_attn.register_parameter("in_proj_bias", None)

    def forward(self, tokens):
        return self.layer(self.emb(tokens)) @ self.emb.weight.T


def sequences(rng):
    """Half of a sequence is its majority class, the rest are random classes."""
    labels = torch.randint(CLASSES, (BATCH, 1), generator=rng)
    rest = torch.randint(CLASSES, (BATCH, LENGTH - LENGTH // 2), generator=rng)
    return torch.cat([labels.expand(-1, LENGTH // 2), rest], dim=1), labels.expand(-1, LENGTH).reshape(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = Majority()
    tokens, labels = sequences(torch.Generator().manual_seed(1))
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        start = time.perf_counter()
        loss = functional.cross_entropy(model(tokens).reshape(-1, CLASSES), labels)
        loss.backward()
        adam.step()
        adam.zero_grad()
        return time.perf_counter() - start

    step()
    step()
    times = sorted(step() for _ in range(args.steps))
    print(f"# PyTorch {torch.__version__}: median of {args.steps} steps after two; {times[0]:.3f} s to {times[-1]:.3f} s")
    print(f"BenchmarkMajorityStep/pytorch/threads={args.threads}\t{args.steps}\t{statistics.median(times) * 1e9:.0f} ns/op")


if __name__ == "__main__":
    main()
