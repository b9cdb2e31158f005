"""Makes the files in the folder torch, and torch/expected.json with what is in them.

Run it here with torch installed. The files were made by torch.save, so they are
the tests' independent witnesses.
"""
import collections
import json
import os

import torch

os.makedirs("torch", exist_ok=True)
expected = {}


def save(file, value, state, **options):
    torch.save(value, f"torch/{file}", **options)
    expected[file] = {
        name: {"shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch."), "values": [repr(v) for v in t.double().flatten().tolist()]}
        for name, t in state.items() if isinstance(t, torch.Tensor)
    }


torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.LayerNorm(3), torch.nn.Embedding(7, 2))
state = model.state_dict()
save("module.bin", state, state)
save("module-legacy.bin", state, state, _use_new_zipfile_serialization=False)
save("module-protocol4.pt", state, state, pickle_protocol=4)
save("wrapped.pt", {"epoch": 3, "loss": 0.25, "big": 2**70, "state_dict": state, "args": ["a", (1, -2, True, None)]}, state)
save("parameters.pt", dict(model.named_parameters()), {k: v.detach() for k, v in model.named_parameters()})

base = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5)
views = collections.OrderedDict(
    whole=base, transposed=base.transpose(0, 2), row=base[1], column=base[:, :, 2], steps=base[::2, 1:3, ::3], one=base[2, 3, 4],
    empty=base[:, 2:2], diagonal=base[0, :, :4].diagonal(),
)
types = collections.OrderedDict(
    (str(t).removeprefix("torch."), torch.tensor([[0, 1], [2, 100]]).to(t))
    for t in [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
)
for name, tensors in {"views": views, "types": types}.items():
    save(f"{name}.bin", tensors, tensors)
    save(f"{name}-legacy.bin", tensors, tensors, _use_new_zipfile_serialization=False)

with open("torch/expected.json", "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
