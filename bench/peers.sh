#!/bin/sh
# Times keyhull against one LP a key (as in the paper, and with HiGHS) and
# against Qhull, on the same arrays and cores, and training steps against PyTorch
# (majority.sh, language.sh), in about 20 minutes:
#
#   bench/peers.sh          all rows, then docs/performance.md and its picture
#   bench/peers.sh --quick  a few rows with small budgets, results to bench/.work
#
# Needs Go and Python 3.11 or later; the peers, pinned in bench/requirements.txt,
# come from PyPI into bench/.venv.
set -eu
cd "$(dirname "$0")/.."

if ! cmp -s bench/requirements.txt bench/.venv/requirements.txt; then
    python3 -m venv --clear bench/.venv
    bench/.venv/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
    cp bench/requirements.txt bench/.venv/requirements.txt
fi
mkdir -p bench/.work bench/results
CGO_ENABLED=0 go build -o bench/.work/keyhull ./cmd/keyhull

# One thread for every library, so that a core is a core.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
if [ "${1:-}" = --quick ]; then
    exec bench/.venv/bin/python bench/peers.py --keyhull bench/.work/keyhull --work bench/.work --out bench/.work/peers.txt --quick
fi
bench/.venv/bin/python bench/peers.py --keyhull bench/.work/keyhull --work bench/.work --out bench/results/peers.txt
go test -run '^$' -bench '^BenchmarkDecide|Figure1c' -benchtime 0.3s -count 3 . | tee bench/results/go.txt
unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS # both sides of a training step on all cores
bench/majority.sh
bench/language.sh
bench/.venv/bin/python bench/table.py bench/results docs
