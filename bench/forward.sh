#!/bin/sh
# The forward pass of keyhull and of transformers on the same model, cores and
# number of tokens, by turns: bench/forward.sh MODEL
# PYTHON is an interpreter with bench/requirements-transformers.txt and, for
# GGUF files, the packages gguf and accelerate.
set -eu
model=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
go test -c -o "${TMPDIR:-/tmp}/forward.test" ./nn
for turn in 1 2; do
    (cd nn && KEYHULL_FORWARD=$model "${TMPDIR:-/tmp}/forward.test" -test.run none -test.bench Forward -test.benchtime 5x | grep ^BenchmarkForward)
    "$python" bench/forward.py "$model" 2>/dev/null
done
