"""Makes a transformers model folder of a file of raw float32 tensors:

    python bench/checkpoints.py bert-base|bge-small TABLE FILE FOLDER

TABLE has a line for each tensor of FILE: name, dtype, shape, …, offset, bytes.
Writes model.safetensors, with transformers' names and linear weights as
[out, in], and config.json to FOLDER. Called by checkpoints.sh.
"""

import csv
import json
import re
import sys

import numpy as np
from safetensors.numpy import save_file

SHARED = {
    "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
    "initializer_range": 0.02, "layer_norm_eps": 1e-12, "max_position_embeddings": 512,
    "model_type": "bert", "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 0,
    "position_embedding_type": "absolute", "torch_dtype": "float32", "type_vocab_size": 2, "vocab_size": 30522,
}
CONFIGS = {
    "bert-base": SHARED | {"architectures": ["BertForMaskedLM"], "hidden_size": 768, "intermediate_size": 3072},
    "bge-small": SHARED | {"architectures": ["BertModel"], "hidden_size": 384, "intermediate_size": 1536},
}


def torch_name(name):
    """The name that transformers has for a variable of TensorFlow's BERT."""
    if not name.startswith("module/"):
        return name
    name = name.removeprefix("module/").replace("/", ".")
    name = re.sub(r"layer_(\d+)", r"layer.\1", name)
    name = re.sub(r"_embeddings$", r"_embeddings.weight", name)
    name = re.sub(r"(kernel|gamma)$", "weight", name)
    name = re.sub(r"beta$", "bias", name)
    return name.replace("predictions.output_bias", "predictions.bias")


def read(table, path):
    """All tensors of the table, linear weights as [out, in]."""
    file = np.memmap(path, np.uint8, "r")
    tensors = {}
    with open(table, newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            begin, size = int(row["offset"]), int(row["bytes"])
            shape = [int(n) for n in row["shape"].split("x")]
            if row["dtype"] != "F32" or size != 4 * np.prod(shape) or begin + size > len(file):
                raise SystemExit(f"error: {table}: {row['name']} does not fit {path}")
            array = np.frombuffer(file[begin:begin + size].tobytes(), "<f4").reshape(shape)
            if row.get("layout") == "in,out" or row["name"].endswith("kernel"):
                array = np.ascontiguousarray(array.T)
            tensors[torch_name(row["name"])] = array
    return tensors


def main():
    model, table, path, folder = sys.argv[1:]
    tensors = read(table, path)
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
    with open(f"{folder}/config.json", "w") as file:
        json.dump(CONFIGS[model], file, indent=2, sort_keys=True)
        file.write("\n")
    print(f"{folder}: {len(tensors)} tensors, {sum(t.size for t in tensors.values())} numbers")


main()
