"""Quantizes a file by onnxruntime's own quantizer, and runs three files on the same samples: the float file, ours, and its own.

quantize.py WAY FLOAT OURS SAMPLES OUT HALF: WAY is `static` or `dynamic`, SAMPLES a safetensors file with `calibration`, `inputs` and `labels`, HALF a file of half precision. Prints one JSON
object: for each file its bytes, the share of right answers, milliseconds for a batch of 32, of rounds in turn, and what it gives for the first 32 samples.
"""

import json
import os
import sys
import time

import numpy as np
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from safetensors.numpy import load_file

way, source, ours, samples, out, half = sys.argv[1:]
data = load_file(samples)


def open_session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


name = open_session(source).get_inputs()[0].name


class Reader(CalibrationDataReader):
    def __init__(self):
        self.batches = iter(np.array_split(data["calibration"], len(data["calibration"]) // 32))

    def get_next(self):
        batch = next(self.batches, None)
        return None if batch is None else {name: batch}


if way == "static":
    quantize_static(
        source,
        out,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
else:
    quantize_dynamic(source, out, per_channel=True, weight_type=QuantType.QInt8)

files = {"float": source, "ours": ours, "theirs": out, "half": half}
sessions = {key: open_session(path) for key, path in files.items()}
batch = {name: data["inputs"][:32]}
times = {key: [] for key in files}
for session in sessions.values():
    session.run(None, batch)
for _ in range(60):
    for key, session in sessions.items():
        # The time of this thread alone, whatever else the machine does.
        start = time.thread_time()
        session.run(None, batch)
        times[key].append(time.thread_time() - start)


def accuracy(session):
    scores = np.concatenate(
        [session.run(None, {name: part})[0] for part in np.array_split(data["inputs"], len(data["inputs"]) // 50)]
    )
    return float(np.mean(np.argmax(scores, 1) == data["labels"]))


print(
    json.dumps(
        {
            key: {
                "bytes": os.path.getsize(path),
                "accuracy": accuracy(sessions[key]),
                "milliseconds": 1e3 * float(np.median(times[key])),
                "outputs": sessions[key].run(None, batch)[0].ravel().tolist(),
            }
            for key, path in files.items()
        }
    )
)
