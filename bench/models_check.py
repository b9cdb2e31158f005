"""Writes what transformers computes, for keyhull's forward pass to be held to:

    pip install -r bench/requirements-transformers.txt gguf accelerate
    python bench/models_check.py tiny FOLDER      # random models of every family
    python bench/models_check.py real FOLDER...   # model folders, or folders with one .gguf file
    KEYHULL_MODELS=FOLDER go test -run TestParityModels -v ./nn

Beside a model's folder comes FOLDER.reference.safetensors: input_ids, what the output layer
gets (hidden), and for each layer the input of W_Q (after_I), queries and keys
after bias, QK-norm and RoPE (queries_I, keys_I), taken where transformers'
attention is called. All in float32.
"""

import glob
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

TINY = {
    "gpt2": dict(n_embd=48, n_layer=3, n_head=4, n_positions=128, vocab_size=101),
    "gpt2-layers": dict(type="gpt2", n_embd=48, n_layer=3, n_head=4, n_positions=128, vocab_size=101, scale_attn_by_inverse_layer_idx=True, layer_norm_epsilon=0.01),
    "gpt_neo": dict(hidden_size=48, num_layers=3, num_heads=4, vocab_size=101, max_position_embeddings=128, window_size=9, attention_types=[[["global", "local"], 1], [["local"], 1]]),
    "gpt_neox": dict(hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=100, vocab_size=101, max_position_embeddings=128),
    "gpt_neox-serial": dict(type="gpt_neox", hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=100, vocab_size=101, max_position_embeddings=128, use_parallel_residual=False, rotary_pct=0.5),
    "bert": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=70, vocab_size=101, max_position_embeddings=128),
    "roberta": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, intermediate_size=70, vocab_size=101, max_position_embeddings=130),
    "llama": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, intermediate_size=70, vocab_size=101),
    "llama-bias": dict(type="llama", hidden_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, intermediate_size=70, vocab_size=101, attention_bias=True, mlp_bias=True, head_dim=20, tie_word_embeddings=True),
    "llama3": dict(type="llama", hidden_size=48, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, intermediate_size=70, vocab_size=101,
                   rope_parameters=dict(rope_type="llama3", rope_theta=500.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)),
    "llama-linear": dict(type="llama", hidden_size=48, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, intermediate_size=70, vocab_size=101, rope_parameters=dict(rope_type="linear", rope_theta=1e4, factor=4.0)),
    "mistral": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, intermediate_size=70, vocab_size=101, sliding_window=11),
    "qwen2": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, intermediate_size=70, vocab_size=101, use_sliding_window=True, sliding_window=11, max_window_layers=1),
    "qwen3": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, head_dim=20, intermediate_size=70, vocab_size=101),
    "gemma": dict(hidden_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=1, head_dim=20, intermediate_size=70, vocab_size=101),
    "gemma2": dict(hidden_size=48, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, head_dim=20, intermediate_size=70, vocab_size=101, query_pre_attn_scalar=13, sliding_window=11, attn_logit_softcapping=3.0),
    "gemma3_text": dict(hidden_size=48, num_hidden_layers=7, num_attention_heads=4, num_key_value_heads=2, head_dim=20, intermediate_size=70, vocab_size=101, query_pre_attn_scalar=13, sliding_window=11,
                        rope_parameters=dict(full_attention=dict(rope_type="linear", rope_theta=5e3, factor=8.0), sliding_attention=dict(rope_type="default", rope_theta=100.0))),
}


def capture(model, ids):
    """Runs the model and returns what its attention was called with."""
    seen, after = [], []
    code = sys.modules[type(model).__module__]
    eager = code.eager_attention_forward

    def spy(module, query, key, *args, **kwargs):
        seen.append((query[0].contiguous(), key[0].contiguous()))
        return eager(module, query, key, *args, **kwargs)

    model.set_attn_implementation("eager")
    code.eager_attention_forward = spy
    names = ("q_proj", "c_attn", "query_key_value", "query")
    for name, module in model.named_modules():
        if name.rsplit(".", 1)[-1] in names:
            module.register_forward_pre_hook(lambda _, inputs: after.append(inputs[0].reshape(-1, inputs[0].shape[-1]).clone()))
    with torch.no_grad():
        hidden = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
    code.eager_attention_forward = eager
    out = {"input_ids": torch.tensor(ids), "hidden": hidden}
    for i, (query, key) in enumerate(seen):
        out[f"queries_{i}"], out[f"keys_{i}"], out[f"after_{i}"] = query, key, after[i]
    return {k: v.clone().contiguous() for k, v in out.items()}


def neo(model, ids):
    """GPT-Neo calls attention in its own way: queries and keys are those of the
    linear layers, by head."""
    out, layers = {}, model.h

    def keep(name, split):
        def hook(_, inputs, output):
            out["after" + name[name.index("_"):]] = inputs[0].reshape(-1, inputs[0].shape[-1])
            out[name] = split(output[0])
        return hook

    for i, layer in enumerate(layers):
        a = layer.attn.attention
        split = lambda x, a=a: x.view(-1, a.num_heads, a.head_dim).transpose(0, 1)
        a.q_proj.register_forward_hook(keep(f"queries_{i}", split))
        a.k_proj.register_forward_hook(keep(f"keys_{i}", split))
    with torch.no_grad():
        out["hidden"] = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
    out["input_ids"] = torch.tensor(ids)
    return {k: v.clone().contiguous() for k, v in out.items()}


def reference(folder, model, ids):
    model = model.eval()
    out = (neo if model.config.model_type == "gpt_neo" else capture)(model, ids)
    save_file(out, os.path.normpath(folder) + ".reference.safetensors")
    print(f"{folder}: {type(model).__name__}, {len(ids)} tokens")


def tiny(root):
    for name, settings in TINY.items():
        torch.manual_seed(7)
        settings = dict(settings)
        config = AutoConfig.for_model(settings.pop("type", name), initializer_range=0.2, **settings)
        auto = AutoModel if name in ("bert", "roberta") else AutoModelForCausalLM
        model = auto.from_config(config).float()
        with torch.no_grad():
            for p in model.parameters():
                if p.dim() == 1:
                    p.add_(0.2 * torch.randn_like(p))
        folder = os.path.join(root, name)
        model.save_pretrained(folder)
        ids = torch.randint(3, 101, (70,)).tolist()
        reference(folder, model.base_model, ids)


def real(folders):
    for folder in folders:
        gguf = glob.glob(os.path.join(folder, "*.gguf"))
        more = {"gguf_file": os.path.basename(gguf[0])} if gguf else {}
        model = AutoModel.from_pretrained(folder, dtype=torch.float32, **more)
        torch.manual_seed(8)
        ids = torch.randint(1000, model.config.vocab_size, (256,)).tolist()
        reference(folder, model, ids)


if __name__ == "__main__":
    torch.set_num_threads(2)
    tiny(sys.argv[2]) if sys.argv[1] == "tiny" else real(sys.argv[2:])
