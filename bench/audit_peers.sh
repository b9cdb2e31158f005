#!/bin/sh
# Times keyhull's verdicts on heads of real models against one LP a key, as in
# the paper, on one core each, and prints docs/audit.md's table; some minutes:
#
#   bench/audit_peers.sh MODELS TEXT [--heads 3] [--keys 10]
#
# MODELS is what bench/checkpoints.sh made. Needs Go and Python 3.11 or later; the
# peers and safetensors, pinned in bench/requirements*.txt, come from PyPI into
# bench/.venv-audit.
set -eu
models=$(cd "$1" && pwd) text=$(realpath "$2")
shift 2
cd "$(dirname "$0")/.."

if ! cmp -s bench/requirements.txt bench/.venv-audit/requirements.txt; then
    python3 -m venv --clear bench/.venv-audit
    bench/.venv-audit/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt -r bench/requirements-checkpoints.txt
    cp bench/requirements.txt bench/.venv-audit/requirements.txt
fi
mkdir -p bench/.work
CGO_ENABLED=0 go build -o bench/.work/keyhull ./cmd/keyhull
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
exec bench/.venv-audit/bin/python bench/audit_peers.py "$models" "$text" --keyhull bench/.work/keyhull --work bench/.work "$@"
