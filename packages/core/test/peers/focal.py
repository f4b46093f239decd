"""Focal loss of pixels by PyTorch, and of yes-or-no outputs by torchvision: loss and derivatives, as JSON from stdin to stdout."""

import json
import os
import sys

import torch
from torch.nn import functional as F

sys.path.append(os.path.join(os.path.dirname(__file__), "../../../../scripts/peers"))
from torch_networks import torchvision  # noqa: E402

torch.set_default_dtype(torch.float64)
given = json.load(sys.stdin)


def tensor(name, shape):
    return torch.tensor(given[name], dtype=torch.float64).reshape(shape)


def classes():
    x, labels = tensor("x", (2, 4, 4, 3)), torch.tensor(given["labels"]).reshape(2, 4, 4)
    kernel = tensor("kernel", (3, 3)).requires_grad_()
    logits = x @ kernel
    entropy = F.cross_entropy(
        logits.permute(0, 3, 1, 2), labels, ignore_index=given["ignoreIndex"], reduction="none"
    )
    # What is ignored has no entropy, and is not counted.
    focal = given["alpha"] * (1 - torch.exp(-entropy)) ** given["gamma"] * entropy
    loss = focal.sum() / (labels != given["ignoreIndex"]).sum()
    loss.backward()
    return {"loss": loss.item(), "gradient": kernel.grad.flatten().tolist()}


def answers():
    x, truth = tensor("x", (2, 4, 4, 3)), tensor("answers", (2, 4, 4, 3))
    kernel = tensor("kernel", (3, 3)).requires_grad_()
    # torchvision weighs yes and no by alpha; below 0 it does not.
    loss = torchvision.ops.sigmoid_focal_loss(
        x @ kernel, truth, alpha=-1, gamma=given["gamma"], reduction="mean"
    )
    loss.backward()
    return {"loss": loss.item(), "gradient": kernel.grad.flatten().tolist()}


json.dump({"classes": classes(), "answers": answers()}, sys.stdout)
