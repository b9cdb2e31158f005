"""Makes reference curves: 200 training steps of a small GPT-2 as transformers'
Trainer takes them (AdamW with weight decay, clipping, warm-up), for the test that
holds keyhull's curve against them:

    pip install -r bench/requirements-transformers.txt
    python bench/curve_gpt2.py FOLDER
    KEYHULL_PARITY=FOLDER go test -count=1 -run CurveOfGPT2 -v ./nn

The files hold the initial parameters (w.…), input_ids (steps,batch,length), the
loss before each step (curve), the gradients' norms (norms) and the settings: learning
rate, steps of warm-up, weight decay, and the norm at which gradients are clipped.
"""

import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, get_linear_schedule_with_warmup
from transformers.trainer_pt_utils import get_parameter_names

STEPS, BATCH, LENGTH, VOCAB = 200, 4, 64, 257
LR, WARMUP, DECAY, CLIP = 2e-3, 20, 0.1, 0.5


class Project(nn.Module):
    def forward(self, x):
        return x - x.mean(-1, keepdim=True)


def model(variant, seed):
    torch.manual_seed(seed)
    m = GPT2LMHeadModel(GPT2Config(vocab_size=VOCAB, n_positions=LENGTH, n_embd=8, n_layer=4, n_head=4, use_cache=False,
                                   resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0))
    if variant != "LN":
        for block in m.transformer.h:
            for p in (block.ln_1.weight, block.ln_1.bias, block.attn.c_attn.bias):
                p.requires_grad_(False)
            if variant == "PROJECT_ONLY":
                block.ln_1 = Project()
    return m


def curve(m, batches, lr, warmup, decay, clip):
    """Trains m as Trainer does, a step a batch of arguments; returns tensors for the file."""
    decays = [n for n in get_parameter_names(m, [nn.LayerNorm]) if "bias" not in n]
    named = [(n, p) for n, p in m.named_parameters() if p.requires_grad]
    groups = [{"params": [p for n, p in named if n in decays], "weight_decay": decay},
              {"params": [p for n, p in named if n not in decays], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=lr)
    rate = get_linear_schedule_with_warmup(adam, warmup, len(batches))
    losses, norms = [], []
    for batch in batches:
        loss = m(**batch).loss
        losses.append(loss.item())
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(m.parameters(), clip).item())
        adam.step()
        adam.zero_grad()
        rate.step()
    print(losses[0], losses[-1], "norms", min(norms), "to", max(norms))
    return {name: torch.tensor(x, dtype=torch.float64)
            for name, x in {"curve": losses, "norms": norms, "settings": [lr, warmup, decay, clip]}.items()}


def main(folder, seed=7):
    os.makedirs(folder, exist_ok=True)
    for variant in ("LN", "FROZEN_LN1", "PROJECT_ONLY"):
        m = model(variant, seed)
        words = torch.randn(VOCAB, generator=torch.Generator().manual_seed(1)).mul(2).exp()  # some are frequent
        ids = torch.multinomial(words, STEPS * BATCH * LENGTH, replacement=True, generator=torch.Generator().manual_seed(seed))
        ids = ids.reshape(STEPS, BATCH, LENGTH)
        ids[..., 1::2] = (ids[..., 0::2] * 7 + 3) % VOCAB  # and every second word follows from the one before
        file = {"w." + k: v.detach().clone() for k, v in m.named_parameters()} | {"input_ids": ids.to(torch.int32)}
        file |= curve(m, [{"input_ids": x, "labels": x} for x in ids], LR, WARMUP, DECAY, CLIP)
        save_file(file, os.path.join(folder, f"curve_gpt2_d8_{variant}_seed{seed}.safetensors"))


if __name__ == "__main__":
    main(*sys.argv[1:])
