"""Networks of others in PyTorch that are exported to ONNX and fine-tuned: by Ashlar from the file, by PyTorch from the network itself."""

import pathlib
import sys

import torch

import safetensors_file

sys.path.append(str(pathlib.Path(__file__).parents[3] / "scripts" / "peers"))

# Works import these from here: a build of torchvision for another torch is made to load there.
from torch_networks import timm, torchvision  # noqa: E402, F401


def settle(net):
    """Made-up weights as a trained network has them: no two vectors equal, which exporters would store once and so tie together."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(getattr(module, "running_mean", None), torch.Tensor):
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
        for parameter in net.parameters():
            if parameter.dim() <= 1 or parameter.abs().max() == 0:
                parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.02)
    return net


def write(net, size, path):
    """Exports a network of images with channels first; batch norms stay what they are, so that they can be trained."""
    torch.onnx.export(
        net.eval(),
        (torch.randn(2, 3, size, size),),
        path,
        dynamo=False,
        opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE,
        input_names=["images"],
        output_names=["logits"],
        dynamic_axes={"images": {0: "batch"}},
    )


def load_head(head, path):
    """Gives a new head the weights that Ashlar drew for it."""
    stored = {name: torch.from_numpy(array) for name, array in safetensors_file.read(path).items()}
    with torch.no_grad():
        head.weight.copy_(stored["head.dense.kernel"].T)
        head.bias.copy_(stored["head.dense.bias"])
