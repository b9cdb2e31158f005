"""Compares what keyhull reads of .gguf files with the Python package gguf, bit by bit:

    pip install -r bench/requirements-checkpoints.txt
    python bench/gguf_check.py FILE.gguf…

Every tensor of the files given, and of a file with 4,096 random blocks of each
type that it writes to a folder of its own. Prints how many tensors and numbers of
each type agree; exits 1 if one does not. Needs Go.
"""

import collections
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np

BLOCKS = 4096
# Where blocks of each type have scales of 16 bits, which must be finite.
SCALES = {
    "F32": None, "F16": [0], "BF16": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}


def random_file(path):
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "random")
    for name, scales in SCALES.items():
        kind = gguf.GGMLQuantizationType[name]
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        if scales is None:
            writer.add_tensor(name, rng.standard_normal((64, 64)).astype(np.float32))
            continue
        blocks = rng.integers(0, 256, (BLOCKS, size), np.uint8)
        for at in scales:
            blocks[:, at + 1] &= 0xBF if name == "BF16" else 0xFB  # below the exponent of infinity
        writer.add_tensor(name, blocks.reshape(64, -1), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def sums(path):
    """The lines that keyhull must give for a file."""
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype("<f4")
        shape = "×".join(str(n) for n in reversed(tensor.shape.tolist()))
        digest = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
        yield (path.name, tensor.name, tensor.tensor_type.name, shape, digest), values.size


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        random_file(folder / "random.gguf")
        for path in sys.argv[1:]:
            (folder / pathlib.Path(path).name).symlink_to(pathlib.Path(path).resolve())
        subprocess.run(["go", "test", "-count=1", "-run", "^TestDequantizedSums$", "./weights"], cwd=root, check=True,
                       stdout=subprocess.DEVNULL, env=os.environ | {"KEYHULL_GGUF": name})
        got = {tuple(line.split("\t")) for line in (folder / "sums.tsv").read_text().splitlines()}
        tensors, numbers, wrong = collections.Counter(), collections.Counter(), 0
        for path in sorted(folder.glob("*.gguf")):
            for line, size in sums(path):
                if line not in got:
                    print("differs:", *line)
                    wrong += 1
                    continue
                got.discard(line)
                tensors[path.name, line[2]] += 1
                numbers[path.name, line[2]] += size
    for key in tensors:
        print(f"{key[0]}: {key[1]}: {tensors[key]} tensors, {numbers[key]} numbers, equal bit by bit")
    sys.exit(wrong + len(got) != 0)


main()
