"""Makes the files in this folder, and expected.json with what is in them.

Run it here with numpy, ml_dtypes and safetensors installed. The files were
made by other people's writers, so they are the tests' independent witnesses.
"""
import json
import ml_dtypes
import numpy as np
from numpy.lib import format as npf
from safetensors.numpy import save_file

expected = {}


def text(v):
    """Python's shortest decimals name a float64 exactly."""
    return repr(float(v))


def note(file, name, array):
    expected.setdefault(file, {})[name] = {
        "shape": list(array.shape),
        "dtype": str(array.dtype.newbyteorder("=")),
        "values": [text(v) for v in array.astype(np.float64).flatten(order="C")],
    }


def npy(file, array):
    np.save(file, array)
    note(file, "", array)


floats = [0.0, -0.0, 1.5, -2.25, np.inf, -np.inf, np.nan, 1 / 3]
for dtype in ["float16", "float32", "float64", "bfloat16"]:
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    info = ml_dtypes.finfo(kind)
    extremes = [info.max, info.min, info.tiny, info.smallest_subnormal]
    npy(f"{dtype}.npy", np.array(floats + [float(v) for v in extremes], np.float64).astype(kind).reshape(4, 3))
for dtype in ["int8", "uint8", "int16", "uint16", "int32", "uint32"]:
    info = np.iinfo(dtype)
    npy(f"{dtype}.npy", np.array([[info.min, info.max], [1, 77]], dtype))
npy("int64.npy", np.array([[-(2**63), 2**53], [-(2**53) - 2, 2**62]], np.int64))
npy("uint64.npy", np.array([[2**63, 0], [2**64 - 2**11, 1]], np.uint64))

count = np.arange(24, dtype=np.float32)
npy("fortran2.npy", np.asfortranarray(count.reshape(6, 4)))
npy("fortran3.npy", np.asfortranarray(count.reshape(2, 3, 4)))
npy("batch.npy", count.reshape(2, 3, 4))
npy("big-float64.npy", count.reshape(6, 4).astype(">f8") / 7)
npy("big-int16-fortran.npy", np.asfortranarray(count.reshape(6, 4).astype(">i2") - 300))
npy("big-float16.npy", count.reshape(6, 4).astype(">f2"))
for version in [(2, 0), (3, 0)]:
    file = f"version{version[0]}.npy"
    with open(file, "wb") as f:
        npf.write_array(f, count.reshape(6, 4), version=version)
    note(file, "", count.reshape(6, 4))

np.save("refused-bool.npy", np.ones((2, 2), bool))
np.save("refused-complex.npy", np.ones((2, 2), np.complex64))
np.save("refused-object.npy", np.array([[1, None]], object), allow_pickle=True)
np.save("refused-string.npy", np.array([["a", "b"]]))
np.save("refused-structured.npy", np.zeros((2, 2), [("a", "<f4"), ("b", "<i8", (2,))]))
np.save("refused-datetime.npy", np.zeros((2, 2), "datetime64[ns]"))
np.save("refused-longdouble.npy", np.zeros((2, 2), np.longdouble))
np.save("refused-float8.npy", np.zeros((2, 2), ml_dtypes.float8_e5m2))

arrays = {"keys": count.reshape(6, 4), "odd name/ä,b": np.array([[1, 2]], np.int8), "labels": np.array(["x"]), "line": count}
np.savez("plain.npz", **arrays)
np.savez_compressed("packed.npz", **arrays)
for file in ["plain.npz", "packed.npz"]:
    for name in ["keys", "odd name/ä,b"]:
        note(file, name, arrays[name])
np.savez_compressed("single.npz", np.asfortranarray(count.reshape(2, 3, 4)))
note("single.npz", "arr_0", count.reshape(2, 3, 4))

small = {"b": count.reshape(6, 4), "a": np.array([[3, -4]], np.int64), "half": count.reshape(2, 3, 4).astype(np.float16),
         "line": count[:4], "none": np.zeros((0, 4), np.float32), "number": np.array(5, np.float32), "flag": np.ones((2, 2), bool)}
save_file(small, "small.safetensors", metadata={"format": "pt", "note": "\u00e4\"\\"})
for name in ["a", "b", "half"]:
    note("small.safetensors", name, small[name])
brain = (count.reshape(6, 4) / 3).astype(ml_dtypes.bfloat16)
save_file({"w": brain}, "bfloat16.safetensors")
note("bfloat16.safetensors", "w", brain)

table = np.array([[0.1, -2e-7], [1e300, np.nan], [np.inf, 3]])
np.savetxt("blanks.csv", table, header="made by numpy")
np.savetxt("commas.csv", table, delimiter=",", header="x,y", comments="")
for file in ["blanks.csv", "commas.csv"]:
    note(file, "", table)

with open("expected.json", "w") as f:
    json.dump(expected, f, indent=None, separators=(",", ":"))
