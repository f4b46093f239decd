"""
Exports networks of torchvision and timm with made-up weights: write-networks.py FOLDER NAME...

A name is SOURCE:ARCHITECTURE:SIZE[:EXPORTER]: `timm:edgenext_xx_small:64`, `torchvision:densenet121:64:script`. The exporter is `dynamo` (torch's own of today) or
`script` (the one before it, by traces). Each comes as one line of JSON: {"name", "file"} or {"name", "error"}.
"""

import io
import json
import os
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[4] / "scripts" / "peers"))
from torch_networks import timm, torch, torchvision

warnings.filterwarnings("ignore")


def create(source, architecture, size):
    if source == "torchvision":
        models = torchvision.models
        for family in (models, models.segmentation, models.video):
            if hasattr(family, architecture):
                options = {"weights": None}
                if family is models.segmentation:
                    options["weights_backbone"] = None
                if architecture in ("googlenet", "inception_v3"):
                    options |= {"aux_logits": False, "init_weights": False}
                return getattr(family, architecture)(**options)
        raise ValueError(f"torchvision has no {architecture}")
    try:
        return timm.create_model(architecture, pretrained=False, img_size=size)
    except TypeError:
        return timm.create_model(architecture, pretrained=False)


class First(torch.nn.Module):
    """Networks of several outputs give a dictionary."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, images):
        given = self.inner(images)
        return given["out"] if isinstance(given, dict) else given


def settle(model):
    """Statistics that are not those of a new network, and factors that let every part count."""
    generator = torch.Generator().manual_seed(7)
    for module in model.modules():
        if isinstance(getattr(module, "running_mean", None), torch.Tensor):
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    for parameter in model.parameters():
        if parameter.ndim <= 1 or float(parameter.abs().max()) < 1e-3:
            # Scales of 0 or 1e-6 would hide what they scale.
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return model.eval()


def write(name, folder):
    source, architecture, size, exporter = (name.split(":") + ["dynamo"])[:4]
    torch.manual_seed(1)
    model = First(settle(create(source, architecture, int(size)))).eval()
    images = torch.randn(2, 3, int(size), int(size))
    path = os.path.join(folder, name.replace(":", "-") + ".onnx")
    if exporter == "dynamo":
        torch.onnx.export(
            model, (images,), path, dynamo=True, external_data=False, verbose=False,
            input_names=["images"], output_names=["logits"], dynamic_shapes=({0: torch.export.Dim("batch")},),
        )
    else:
        torch.onnx.export(
            model, (images,), path, dynamo=False, opset_version=17,
            input_names=["images"], output_names=["logits"], dynamic_axes={"images": {0: "batch"}},
        )
    return path


def main(folder, names):
    for name in names:
        said = io.StringIO()
        try:
            with torch.no_grad(), redirect_stdout(said), redirect_stderr(said):
                path = write(name, folder)
            print(json.dumps({"name": name, "file": path}), flush=True)
        except Exception as error:  # what torch itself can't export is reported, not hidden
            print(json.dumps({"name": name, "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1], sys.argv[2:])
