"""Loads model folders that keyhull wrote with transformers, and compares logits:

    pip install -r bench/requirements-transformers.txt
    KEYHULL_TRANSFORMERS=FOLDER go test -run WriteForTransformers ./nn
    python bench/transformers_check.py FOLDER/*

Each folder has a check.safetensors with input_ids, and the logits and loss that
keyhull computes for them. Prints the largest differences; exits 1 if they are
more than rounding explains, or if transformers misses or does not know a tensor.
"""

import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoConfig

TOLERANCE = 1e-5  # of the largest logit


def check(folder):
    config = AutoConfig.from_pretrained(folder)
    causal = "LMHead" in config.architectures[0]
    auto = AutoModelForCausalLM if causal else AutoModelForSequenceClassification
    model, report = auto.from_pretrained(folder, output_loading_info=True)
    names = {kind: sorted(report[kind]) for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") if report[kind]}
    file = load_file(folder + "/check.safetensors")
    inputs = {k: v for k, v in file.items() if k not in ("logits", "loss")}
    if causal:
        inputs["labels"] = inputs["input_ids"]
    with torch.no_grad():
        out = model.eval()(**inputs)
    difference = (out.logits - file["logits"]).abs().max().item()
    largest = file["logits"].abs().max().item()
    loss = abs(out.loss.item() - file["loss"].item())
    print(f"{folder}: {type(model).__name__}, logits within {difference:.2g} (largest {largest:.3g}), loss within {loss:.2g}", *names.items())
    return difference <= TOLERANCE * largest and not names


if __name__ == "__main__":
    sys.exit(0 if all([check(folder.rstrip("/")) for folder in sys.argv[1:]]) else 1)
