"""Networks of torchvision and timm: `from torch_networks import timm, torch, torchvision`. Run by itself, it exits with 0 where they are there."""

import torch

try:
    import torchvision
except RuntimeError:
    # torchvision's compiled part is made for one build of torch. Beside another it does not load, and then two declarations lack their
    # operators; no classifier calls them.
    operators = torch.library.Library("torchvision", "DEF")
    for name in ["nms", "qnms"]:
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

import timm

__all__ = ["timm", "torch", "torchvision"]
