"""Makes reference curves: 200 training steps of the paper's BERT classifier (8
dimensions, 4 layers of 4 heads, networks of 3,072), with LayerNorm and without, as
transformers' Trainer takes them, for the test that holds keyhull's curve against them:

    pip install -r bench/requirements-transformers.txt
    python bench/curve_bert.py FOLDER
    KEYHULL_PARITY=FOLDER go test -count=1 -run CurveOfBERT -v ./nn

The files hold the initial parameters (w.…), input_ids and attention_mask
(steps·batch,length), labels (steps·batch), and what those of curve_gpt2.py hold.
"""

import os
import sys

import torch
from curve_gpt2 import curve
from safetensors.torch import save_file
from torch import nn
from transformers import BertConfig, BertForSequenceClassification

STEPS, BATCH, LENGTH, VOCAB = 200, 32, 32, 257
WARMUP, DECAY, CLIP = 20, 0.01, 1.0
LR = {"LN": 2.5e-4, "NO_LN": 2e-3}  # others make training chaotic: a start that differs by rounding ends elsewhere


def model(variant, seed):
    torch.manual_seed(seed)
    m = BertForSequenceClassification(BertConfig(
        vocab_size=VOCAB, hidden_size=8, num_hidden_layers=4, num_attention_heads=4, intermediate_size=3072,
        max_position_embeddings=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=2))
    if variant == "NO_LN":
        m.bert.embeddings.LayerNorm = nn.Identity()
        for layer in m.bert.encoder.layer:
            layer.attention.output.LayerNorm = layer.output.LayerNorm = nn.Identity()
    return m


def sentences(seed):
    """Some words are frequent; those of a sentence are odd where its label is 1, else even. Lengths differ."""
    g = torch.Generator().manual_seed(seed)
    words = torch.randn(VOCAB, generator=g).exp()
    words[[0, 1, VOCAB - 1]] = 0  # 0 is padding
    ids = torch.multinomial(words, STEPS * BATCH * LENGTH, replacement=True, generator=g).reshape(-1, LENGTH)
    labels = torch.randint(2, (len(ids), 1), generator=g)
    ids = ids // 2 * 2 + labels
    mask = (torch.arange(LENGTH) < torch.randint(4, LENGTH + 1, labels.shape, generator=g)).long()
    return ids * mask, mask, labels[:, 0]


def main(folder, seed=7):
    torch.set_num_threads(1)  # the tensors are small
    os.makedirs(folder, exist_ok=True)
    ids, mask, labels = sentences(seed)
    batches = [{"input_ids": i, "attention_mask": m, "labels": y}
               for i, m, y in zip(ids.split(BATCH), mask.split(BATCH), labels.split(BATCH))]
    for variant in ("LN", "NO_LN"):
        m = model(variant, seed)
        file = {"w." + k: v.detach().clone() for k, v in m.named_parameters()}
        file |= {"input_ids": ids.to(torch.int32), "attention_mask": mask.to(torch.int32), "labels": labels.to(torch.int32)}
        file |= curve(m, batches, LR[variant], WARMUP, DECAY, CLIP)
        save_file(file, os.path.join(folder, f"curve_bert_d8_{variant}_seed{seed}.safetensors"))


if __name__ == "__main__":
    main(*sys.argv[1:])
