#!/bin/sh
# Times a training step of the paper's language model, 16 sequences of 1,024 tokens
# of 50,257 words, in keyhull and in transformers, on the same cores, with the
# largest memory of each, and keyhull's measurement of a text, in about 9 minutes:
#
#   bench/language.sh       to bench/results/language.txt
#   bench/language.sh FILE  to FILE
#
# Needs Go, Python 3.11 or later, and 16 GB of memory, which PyTorch takes nearly
# all of; it comes from PyPI into bench/.venv-torch, some gigabytes.
set -eu
cd "$(dirname "$0")/.."
out=${1:-bench/results/language.txt}

. bench/torch.sh
mkdir -p "$(dirname "$out")"
threads=$(nproc)
keyhull() {
    go test -run '^$' -bench '^BenchmarkGPT2Step$/./dropout' -benchtime 4x -count 3 ./nn
    go test -run '^$' -bench '^BenchmarkHead$/d=8/avx' -count 3 ./internal/vec
    go test -run '^$' -bench '^BenchmarkText$' -count 3 ./experiment
}
{
    keyhull
    for part in step-dropout=0.1 step-dropout=0 head head-chunks=512; do # one process each, for its memory
        bench/.venv-torch/bin/python bench/language_torch.py --threads "$threads" "$part"
    done
    keyhull
    KEYHULL_CPU=avx2 go test -run '^$' -bench '^BenchmarkGPT2Step$/./dropout' -benchtime 3x -count 2 ./nn
    KEYHULL_CPU=generic go test -run '^$' -bench "^BenchmarkGPT2Step\$/./dropout/workers=$threads" -benchtime 1x ./nn
} | tee "$out.part"
mv "$out.part" "$out"
