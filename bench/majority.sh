#!/bin/sh
# Times a training step of the majority model, 6,000 sequences of 50 tokens, in
# keyhull and in PyTorch, on the same cores, in about a minute:
#
#   bench/majority.sh       to bench/results/majority.txt
#   bench/majority.sh FILE  to FILE
#
# Needs Go and Python 3.11 or later; PyTorch comes from PyPI into
# bench/.venv-torch, some gigabytes.
set -eu
cd "$(dirname "$0")/.."
out=${1:-bench/results/majority.txt}

. bench/torch.sh
mkdir -p "$(dirname "$out")"
threads=$(nproc)
{
    go test -run '^$' -bench '^BenchmarkMajorityStep$' -benchtime 1s -count 5 ./nn
    bench/.venv-torch/bin/python bench/majority_torch.py --threads "$threads"
    go test -run '^$' -bench '^BenchmarkMajorityStep$' -benchtime 1s -count 5 ./nn
} | tee "$out.part"
mv "$out.part" "$out"
