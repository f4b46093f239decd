"""Attention and a transformer block by PyTorch: weights and inputs as JSON on stdin, numbers on stdout."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def tensor(given):
    return torch.tensor(given["data"]).reshape(given["shape"])


def attention(case, module=None):
    """Weights of ours in PyTorch's nn.MultiheadAttention."""
    weights = {name: tensor(each) for name, each in case["weights"].items()}
    prefix = case.get("prefix", "")
    width, heads = case["width"], case["heads"]
    module = module or nn.MultiheadAttention(width, heads, batch_first=True)
    if f"{prefix}qkv.kernel" in weights:
        kernel, bias = weights[f"{prefix}qkv.kernel"], weights[f"{prefix}qkv.bias"]
    else:
        kernel = torch.cat([weights["query.kernel"], weights["memory.kernel"]], 1)
        bias = torch.cat([weights["query.bias"], weights["memory.bias"]])
    with torch.no_grad():
        module.in_proj_weight.copy_(kernel.T)
        module.in_proj_bias.copy_(bias)
        module.out_proj.weight.copy_(weights[f"{prefix}project.kernel"].T)
        module.out_proj.bias.copy_(weights[f"{prefix}project.bias"])
    return module


def multi_head(case):
    x = [tensor(each) for each in case["inputs"]]
    query, memory = x[0], x[-1]
    future = None
    if case["isCausal"]:
        future = nn.Transformer.generate_square_subsequent_mask(query.shape[1])
    unseen = None if "mask" not in case else ~tensor(case["mask"]).bool()
    found, _ = attention(case).eval()(
        query, memory, memory, attn_mask=future, key_padding_mask=unseen, need_weights=False
    )
    return found


def rotary(case):
    """Places as complex numbers of length 1 that pairs of numbers, as complex numbers, are multiplied by."""
    x = tensor(case["inputs"][0])
    width, heads = case["width"], case["heads"]
    module = attention(case)
    size = width // heads
    qkv = F.linear(x, module.in_proj_weight, module.in_proj_bias)
    q, k, v = (
        each.reshape(*x.shape[:2], heads, size).transpose(1, 2) for each in qkv.chunk(3, -1)
    )
    speeds = 1.0 / (10_000.0 ** (torch.arange(0, size, 2) / size))
    angles = torch.outer(torch.arange(x.shape[1]).double(), speeds)
    turns = torch.polar(torch.ones_like(angles), angles)

    def turned(y):
        first, second = y.chunk(2, -1)
        product = torch.complex(first, second) * turns
        return torch.cat([product.real, product.imag], -1)

    joined = F.scaled_dot_product_attention(
        turned(q), turned(k), v, is_causal=case["isCausal"]
    )
    return module.out_proj(joined.transpose(1, 2).reshape(x.shape))


def block(case):
    weights = {name: tensor(each) for name, each in case["weights"].items()}
    width, hidden = case["width"], weights["up.bias"].shape[0]
    layer = nn.TransformerEncoderLayer(
        width,
        case["heads"],
        hidden,
        dropout=0,
        activation=F.gelu,
        batch_first=True,
        norm_first=case["normFirst"],
    )
    attention({**case, "prefix": "attention."}, layer.self_attn)
    with torch.no_grad():
        for ours, theirs in {"up": layer.linear1, "down": layer.linear2}.items():
            theirs.weight.copy_(weights[f"{ours}.kernel"].T)
            theirs.bias.copy_(weights[f"{ours}.bias"])
        for ours, theirs in {"norm1": layer.norm1, "norm2": layer.norm2}.items():
            theirs.weight.copy_(weights[f"{ours}.gamma"])
            theirs.bias.copy_(weights[f"{ours}.beta"])
    x = tensor(case["inputs"][0])
    future = None
    if case["isCausal"]:
        future = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
    return layer(x, src_mask=future)


KINDS = {"attention": multi_head, "rotary": rotary, "block": block}
with torch.no_grad():
    found = [KINDS[case["kind"]](case).flatten().tolist() for case in json.load(sys.stdin)]
json.dump(found, sys.stdout)
