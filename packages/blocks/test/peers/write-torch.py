"""Writes networks of torchvision and timm with made-up weights, and what they give: python write-torch.py FOLDER"""

import json
import struct
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[4] / "scripts" / "peers"))
from torch_networks import timm, torch, torchvision

NAMES = {torch.float32: "F32", torch.int64: "I64"}


def write(path, tensors):
    header, offset, parts = {}, 0, []
    for name, value in tensors.items():
        content = value.detach().contiguous().numpy().tobytes()
        end = offset + len(content)
        header[name] = {"dtype": NAMES[value.dtype], "shape": list(value.shape), "data_offsets": [offset, end]}
        parts.append(content)
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def settle(model):
    """Statistics that are not those of a new network, and outputs of a size that tells."""
    generator = torch.Generator().manual_seed(7)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
    return model.eval()


def networks():
    for name in ["resnet18", "resnet34", "resnet50", "mobilenet_v2"]:
        yield f"torchvision-{name}", getattr(torchvision.models, name)(weights=None)
    for name in ["resnet18", "resnet50", "mobilenetv2_100"]:
        yield f"timm-{name}", timm.create_model(name, pretrained=False)


folder = sys.argv[1]
torch.manual_seed(1)
written = []
with torch.no_grad():
    for name, model in networks():
        settle(model)
        write(f"{folder}/{name}.safetensors", model.state_dict())
        for size in [64, 97]:
            images = torch.randn(2, 3, size, size)
            given = {"images": images.permute(0, 2, 3, 1), "outputs": model(images)}
            write(f"{folder}/{name}-{size}.safetensors", given)
        written.append(name)
print(json.dumps(written))
