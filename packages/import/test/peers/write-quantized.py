"""
Networks of torch, quantized by onnxruntime: write-quantized.py FOLDER NAME...

A name is NETWORK:WAY: `small:qdq`, `lstm:dynamic`; ways are `qdq` (bytes and int8 for each channel), `qdq-int8` (int8 with a zero of its own for all of it), `operators` (QLinearConv and the like)
and `dynamic`. Each comes as one line of JSON: {"name", "file", "floats"} with the quantized file, and one of floats alone: the network before it was quantized, with the numbers that the
whole ones of the other stand for.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

sys.path.append(str(Path(__file__).resolve().parents[4] / "scripts" / "peers"))
from torch_networks import torch, torchvision

warnings.filterwarnings("ignore")


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        conv = torch.nn.Conv2d
        self.stem = torch.nn.Sequential(conv(3, 8, 3, 2, 1), torch.nn.BatchNorm2d(8), torch.nn.ReLU6())
        self.depth = torch.nn.Sequential(conv(8, 8, 3, 1, 1, groups=8), torch.nn.ReLU())
        self.point = conv(8, 8, 1)
        self.wide = conv(8, 4, 3, 1, 1)
        self.fc = torch.nn.Linear(12, 5)

    def forward(self, x):
        x = self.stem(x) * 1.0
        x = torch.relu(x + self.point(self.depth(x)))
        x = torch.cat([x, torch.sigmoid(self.wide(x))], 1)
        return self.fc(torch.nn.functional.max_pool2d(x, 2).mean((2, 3)))


class Lstm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(6, 10, batch_first=True, bidirectional=True)
        self.fc = torch.nn.Linear(20, 4)

    def forward(self, x):
        return self.fc(torch.relu(self.lstm(x)[0][:, -1]))


def network(name):
    if name == "lstm":
        return Lstm(), (6, 6)
    if name == "small":
        return Small(), (3, 16, 16)
    return getattr(torchvision.models, name)(weights=None), (3, 64, 64)


def settle(model):
    generator = torch.Generator().manual_seed(7)
    for module in model.modules():
        if isinstance(getattr(module, "running_mean", None), torch.Tensor):
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    return model.eval()


class Reader(CalibrationDataReader):
    def __init__(self, shape):
        generator = torch.Generator().manual_seed(3)
        self.batches = iter([torch.rand(4, *shape, generator=generator).numpy() * 2 - 1 for _ in range(4)])

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {"x": batch}


def quantize(source, out, way, shape):
    if way == "dynamic":
        quantize_dynamic(source, out, weight_type=QuantType.QInt8, per_channel=True)
        return
    quantize_static(
        source, out, Reader(shape),
        quant_format=QuantFormat.QOperator if way == "operators" else QuantFormat.QDQ,
        per_channel=way != "qdq-int8",
        activation_type=QuantType.QInt8 if way == "qdq-int8" else QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def floats(source, quantized, out):
    """The file before, with what the whole numbers of the other one stand for."""
    model = onnx.load(source)
    graph = onnx.load(quantized).graph
    others = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        # Operators on whole numbers have no scale of their own for a bias.
        bias = {"QLinearConv": 8, "QGemm": 6}.get(node.op_type)
        if bias is not None and len(node.input) > bias and node.input[bias]:
            others[f"{node.input[bias]}_scale"] = others[node.input[1]] * others[node.input[4]]
    for tensor in model.graph.initializer:
        # What Gemm takes turned is turned for a product of whole numbers.
        is_turned = f"{tensor.name}_Transposed_quantized" in others
        name = f"{tensor.name}_Transposed" if is_turned else tensor.name
        whole = others.get(f"{name}_quantized")
        if whole is None:
            continue
        scale = others.get(f"{name}_scale", others.get(f"{name}_quantized_scale"))
        zero = others.get(f"{name}_zero_point", others.get(f"{name}_quantized_zero_point", np.zeros(1)))
        was = numpy_helper.to_array(tensor)
        if is_turned:
            whole = whole.T
        if whole.shape != was.shape:  # those of recurrent layers are turned
            whole = whole.transpose(0, 2, 1)
            scale, zero = (each[..., None] if each.ndim == 2 else each.reshape(-1, 1, 1) for each in (scale, zero))
        elif scale.size > 1:
            # Of several channels, which of the axes they lie along follows from the numbers.
            axis = min(range(was.ndim), key=lambda at: error(was, whole, scale, zero, at))
            scale, zero = (along(each, was, axis) for each in (scale, zero))
        value = (whole.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(value.reshape(was.shape).astype(np.float32), tensor.name))
    onnx.save(model, out)


def along(values, like, axis):
    return values.reshape([-1 if at == axis else 1 for at in range(like.ndim)]) if values.size > 1 else values


def error(was, whole, scale, zero, axis):
    if was.shape[axis] != scale.size:
        return np.inf
    value = (whole - along(zero, was, axis).astype(np.float32)) * along(scale, was, axis)
    return float(np.abs(value - was).sum())


def write(name, folder):
    architecture, way = name.split(":")
    torch.manual_seed(1)
    model, shape = network(architecture)
    path = lambda end: os.path.join(folder, f"{architecture}-{way}.{end}.onnx")  # noqa: E731
    source, quantized, reference = path("source"), path("quantized"), path("floats")
    with torch.no_grad():
        torch.onnx.export(
            settle(model), (torch.randn(2, *shape),), source, dynamo=False, opset_version=17,
            input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        )
    quantize(source, quantized, way, shape)
    floats(source, quantized, reference)
    return {"name": name, "file": quantized, "floats": reference, "shape": shape}


if __name__ == "__main__":
    torch.set_num_threads(1)
    import contextlib
    import logging

    logging.disable(logging.WARNING)
    for each in sys.argv[2:]:
        with contextlib.redirect_stdout(sys.stderr):
            found = write(each, sys.argv[1])
        print(json.dumps(found), flush=True)
