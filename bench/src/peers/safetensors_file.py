"""Reads safetensors files, of float32 alone: a length, a JSON header, the numbers."""

import json

import numpy


def read(path):
    """Arrays by name."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        numbers = file.read()
    header.pop("__metadata__", None)
    arrays = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", entry
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(numbers[begin:end], numpy.float32)
        arrays[name] = array.reshape(entry["shape"]).copy()
    return arrays
