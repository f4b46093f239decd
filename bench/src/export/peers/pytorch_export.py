"""Exports with PyTorch: torch.onnx.export, with a batch that varies and the weights in the file."""

import importlib.metadata
import time

import common


class Exporter:
    def build(self, request):
        import torch

        work = request["work"]
        net = common.networks(request["network"]).pytorch(request["network"]["sizes"])
        if work["output"] == "probabilities":
            net = torch.nn.Sequential(net, torch.nn.Softmax(1))
        if work["layout"] == "nhwc":
            net = channels_last(torch, net)
        self.torch = torch
        self.net = net.eval()
        shape = (2, 28, 28, 1) if work["layout"] == "nhwc" else (2, 1, 28, 28)
        self.images = torch.zeros(shape)
        names = ("torch", "onnxscript", "onnx")
        return {"version": ", ".join(n + " " + importlib.metadata.version(n) for n in names)}

    def export(self, request):
        began = time.perf_counter()
        self.torch.onnx.export(
            self.net,
            (self.images,),
            request["path"],
            dynamic_shapes=({0: self.torch.export.Dim("batch")},),
            external_data=False,
            verbose=False,
        )
        return {"seconds": time.perf_counter() - began}


def channels_last(torch, net):
    """The network on images [batch, height, width, channels]."""

    class ChannelsLast(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, images):
            return self.net(images.permute(0, 3, 1, 2))

    return ChannelsLast()


exporter = Exporter()
common.serve_requests({"build": exporter.build, "export": exporter.export})
