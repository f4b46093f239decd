"""A training step that lies in files: what train.py and train_ddp.py share. Needs numpy and onnxruntime."""

import json
import os
import struct

import numpy as np
import onnxruntime as ort

HERE = os.path.dirname(os.path.abspath(__file__))
DTYPES = {"F32": np.float32, "I32": np.int32, "U8": np.uint8}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items()}


def read_safetensors(path):
    """Tensors by name and the metadata of a safetensors file."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        numbers = np.frombuffer(content[start:end], DTYPES[entry["dtype"]])
        tensors[name] = numbers.reshape(entry["shape"]).copy()
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        end = offset + value.nbytes
        header[name] = {"dtype": NAMES[value.dtype], "shape": list(value.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(np.ascontiguousarray(value).tobytes())
    os.replace(path + ".tmp", path)


def description():
    with open(os.path.join(HERE, "training.json"), encoding="utf-8") as file:
        return json.load(file)


def learning_rate(about, step):
    """What the schedule says."""
    rates = about["learningRates"]
    return rates[min(step, len(rates) - 1)]


def rows_of(data, start, count):
    """Rows of a data file, from the start again at its end."""
    return {name: all[np.arange(start, start + count) % len(all)] for name, all in data.items()}


class Graph:
    """One of the files, run on the state and whatever else it takes."""

    def __init__(self, name, threads=None):
        options = ort.SessionOptions()
        options.log_severity_level = 3
        if threads:
            options.intra_op_num_threads = threads
        path = os.path.join(HERE, name)
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs = [each.name for each in self.session.get_inputs()]
        self.outputs = [each.name for each in self.session.get_outputs()]

    def run(self, state, **given):
        """What it gives; the next values of its variables go into the state."""
        feeds = {name: given[name] if name in given else state[name] for name in self.inputs}
        results = dict(zip(self.outputs, self.session.run(None, feeds)))
        for name in list(results):
            if name.startswith("next."):
                state[name[len("next.") :]] = results.pop(name)
        return results
