# Makes bench/.venv-torch, with what bench/requirements-transformers.txt pins, for
# the scripts that source this in the repository's root: some gigabytes from PyPI.
pins=bench/requirements-transformers.txt
if ! cmp -s "$pins" bench/.venv-torch/requirements.txt; then
    python3 -m venv --clear bench/.venv-torch
    bench/.venv-torch/bin/pip install --quiet --disable-pip-version-check -r "$pins"
    cp "$pins" bench/.venv-torch/requirements.txt
fi
