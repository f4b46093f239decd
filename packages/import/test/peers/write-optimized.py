"""
Transformers of torch, rewritten by onnxruntime's optimizer with its own operators: write-optimized.py FOLDER

Each comes as one line of JSON: {"name", "file", "operators"} with the names of onnxruntime's operators in it.
"""

import json
import logging
import math
import os
import sys
import warnings
from pathlib import Path

import onnx

sys.path.append(str(Path(__file__).resolve().parents[4] / "scripts" / "peers"))
from torch_networks import torch

from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

WIDTH, HEADS, WORDS, STEPS = 32, 4, 20, 6


class Attention(torch.nn.Module):
    """As BERT has it; with a mask where there is one."""

    def __init__(self, causal):
        super().__init__()
        self.query, self.key, self.value, self.output = (torch.nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.causal = causal

    def apart(self, x):
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)

    def forward(self, x, mask):
        q, k, v = self.apart(self.query(x)), self.apart(self.key(x)), self.apart(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(WIDTH // HEADS)
        if mask is not None:
            scores = scores + mask
        if self.causal:
            scores = scores + torch.full((STEPS, STEPS), -1e4).triu(1)
        y = torch.matmul(torch.softmax(scores, -1), v).permute(0, 2, 1, 3).contiguous()
        return self.output(y.view(y.shape[0], y.shape[1], WIDTH))


class Block(torch.nn.Module):
    def __init__(self, causal, first):
        super().__init__()
        self.attention = Attention(causal)
        self.norm, self.second = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
        self.wide, self.narrow = torch.nn.Linear(WIDTH, 64), torch.nn.Linear(64, WIDTH)
        self.first = first

    def forward(self, x, mask):
        mixed = lambda y: self.narrow(torch.nn.functional.gelu(self.wide(y), approximate="tanh" if self.first else "none"))  # noqa: E731
        if self.first:
            x = x + self.attention(self.norm(x), mask)
            return x + mixed(self.second(x))
        x = self.norm(x + self.attention(x, mask))
        return self.second(x + mixed(x))


class Bert(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = torch.nn.Embedding(WORDS, WIDTH), torch.nn.Embedding(STEPS, WIDTH)
        self.segments = torch.nn.Embedding(2, WIDTH)
        self.norm = torch.nn.LayerNorm(WIDTH)
        self.blocks = torch.nn.ModuleList([Block(False, False) for _ in range(2)])

    def forward(self, input_ids, attention_mask, token_type_ids):
        places = torch.arange(STEPS).unsqueeze(0).expand(input_ids.shape)
        x = self.norm(self.words(input_ids) + self.segments(token_type_ids) + self.places(places))
        mask = (1.0 - attention_mask[:, None, None, :].float()) * -10000.0
        for block in self.blocks:
            x = block(x, mask)
        return x


class Gpt(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words = torch.nn.Embedding(WORDS, WIDTH)
        self.blocks = torch.nn.ModuleList([Block(True, True) for _ in range(2)])
        self.norm = torch.nn.LayerNorm(WIDTH)

    def forward(self, input_ids):
        x = self.words(input_ids)
        for block in self.blocks:
            x = block(x, None)
        return self.norm(x)


class Vision(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = torch.nn.Conv2d(3, WIDTH, 4, 4)
        self.blocks = torch.nn.ModuleList([Block(False, True) for _ in range(2)])
        self.norm = torch.nn.LayerNorm(WIDTH)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x, None)
        return self.norm(x)


def whole(*shape, below=2):
    return torch.randint(0, below, shape)


NETWORKS = {
    "bert": (Bert, "bert", {"input_ids": whole(2, STEPS, below=WORDS), "attention_mask": torch.ones(2, STEPS).long(), "token_type_ids": whole(2, STEPS)}),
    "gpt": (Gpt, "gpt2", {"input_ids": whole(2, STEPS, below=WORDS)}),
    "vision": (Vision, "vit", {"images": torch.randn(2, 3, 8, 12)}),
}


def write(name, folder):
    network, kind, inputs = NETWORKS[name]
    torch.manual_seed(1)
    source, path = (os.path.join(folder, f"{name}.{end}.onnx") for end in ("source", "optimized"))
    model = network().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.05)
    torch.onnx.export(
        model, tuple(inputs.values()), source, dynamo=False, opset_version=17, input_names=list(inputs),
        output_names=["y"], dynamic_axes={key: {0: "batch"} for key in inputs}, do_constant_folding=True,
    )
    options = FusionOptions(kind)
    options.enable_gelu_approximation = False
    made = optimize_model(source, model_type=kind, num_heads=HEADS, hidden_size=WIDTH, optimization_options=options, opt_level=0)
    made.save_model_to_file(path)
    found = sorted({f"{node.domain}.{node.op_type}".lstrip(".") for node in onnx.load(path).graph.node if node.domain or node.op_type == "LayerNormalization"})
    return {"name": name, "file": path, "operators": found}


if __name__ == "__main__":
    torch.set_num_threads(1)
    for each in NETWORKS:
        print(json.dumps(write(each, sys.argv[1])), flush=True)
