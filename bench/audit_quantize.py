"""Rounds the weights of a model to another type, for keyhull audit --compare:

    python bench/audit_quantize.py MODEL TYPE OUT

MODEL is a folder with model.safetensors, or one .gguf file; TYPE is one of Python's
gguf (F16, BF16, Q8_0, Q5_0, Q4_1, Q4_0, …). Of a folder OUT gets a copy whose matrices
went to TYPE and back, as float32; those whose rows do not fill its blocks stay as they are. Of a
GGUF file OUT gets one whose quantized matrices were requantized to TYPE. Needs gguf and
safetensors (bench/requirements-checkpoints.txt).
"""

import os
import shutil
import sys

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize, quantize
from safetensors.numpy import load_file, save_file


def rounded(x, kind):
    """x after a round trip, or as it is."""
    if x.ndim != 2 or x.shape[1] % GGML_QUANT_SIZES[kind][0]:
        return x
    return np.ascontiguousarray(dequantize(quantize(x.astype(np.float32), kind), kind).reshape(x.shape), dtype=np.float32)


def folder(model, kind, out):
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(model):
        if not name.endswith(".safetensors"):
            shutil.copy(os.path.join(model, name), out)
    tensors = load_file(os.path.join(model, "model.safetensors"))
    new = {name: rounded(x, kind) for name, x in tensors.items()}
    save_file(new, os.path.join(out, "model.safetensors"), metadata={"format": "pt"})
    print(f"{out}: {sum(x is not new[n] for n, x in tensors.items())} of {len(tensors)} tensors through {kind.name}")


def gguf(model, kind, out):
    read = GGUFReader(model)
    write = GGUFWriter(out, str(read.fields["general.architecture"].contents()))
    for field in read.fields.values():
        if field.name == "general.architecture" or field.name.startswith("GGUF."):
            continue
        sub = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        write.add_key_value(field.name, field.contents(), field.types[0], sub_type=sub)
    changed = 0
    for t in read.tensors:
        data, old = t.data, t.tensor_type
        if old not in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
            data, old = quantize(np.ascontiguousarray(dequantize(data, old), dtype=np.float32), kind), kind
            changed += 1
        write.add_tensor(t.name, data, raw_dtype=old)
    write.write_header_to_file()
    write.write_kv_data_to_file()
    write.write_tensors_to_file()
    write.close()
    print(f"{out}: {changed} of {len(read.tensors)} tensors to {kind.name}")


def main():
    model, kind, out = sys.argv[1:]
    (gguf if model.endswith(".gguf") else folder)(model, GGMLQuantizationType[kind], out)


main()
