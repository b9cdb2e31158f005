"""Makes reference curves: 200 Adam steps of the majority model in PyTorch, on one
batch of 64 sequences, for the test that holds keyhull's curve against them:

    pip install torch==2.15.0 safetensors
    python bench/curve.py FOLDER
    KEYHULL_PARITY=FOLDER go test -run Curve -v ./nn

The files hold the initial parameters (w.…), tokens X, labels y and the loss
before each step (curve).
"""

import math
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from majority_torch import CLASSES, DIM, LENGTH, Majority, sequences

STEPS, SEQUENCES, TOTAL = 200, 64, 140_000


class Small(nn.Module):
    """The norm of the published control: length 1/√d, no projection."""

    weight = bias = None

    def forward(self, x):
        return functional.normalize(x, dim=-1) / math.sqrt(x.shape[-1])


class Identity(nn.Identity):
    weight = bias = None


NORMS = {"WITH_PROJ": None, "WITHOUT_PROJ": Small, "NONE": Identity}
NAMES = {"layer.self_attn.in_proj_weight": "in_proj.weight"}


def name(parameter):
    return NAMES.get(parameter, parameter.removeprefix("layer.").removeprefix("self_attn."))


def main(folder, seed=7):
    os.makedirs(folder, exist_ok=True)
    for variant, norm in NORMS.items():
        torch.manual_seed(seed)
        model = Majority()
        if norm:
            model.layer.norm1 = norm()
        tokens, labels = (t[: SEQUENCES * n] for t, n in zip(sequences(torch.Generator().manual_seed(seed)), (1, LENGTH)))
        file = {"w." + name(k): v.detach().clone() for k, v in model.named_parameters()}
        file |= {"X": tokens[:SEQUENCES].to(torch.int32).contiguous(), "y": labels[::LENGTH].to(torch.int32).contiguous()}
        adam = torch.optim.Adam(model.parameters(), lr=1e-3)
        rate = torch.optim.lr_scheduler.LambdaLR(adam, lambda s: (TOTAL - s) / TOTAL)
        losses = []
        for _ in range(STEPS):
            loss = functional.cross_entropy(model(file["X"].long()).reshape(-1, CLASSES), labels)
            losses.append(loss.item())
            loss.backward()
            adam.step()
            adam.zero_grad()
            rate.step()
        file["curve"] = torch.tensor(losses, dtype=torch.float64)
        save_file(file, os.path.join(folder, f"curve_majority_{variant}_seed{seed}.safetensors"))
        print(variant, losses[0], losses[-1])


if __name__ == "__main__":
    assert DIM == 8
    main(*sys.argv[1:])
