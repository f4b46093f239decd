"""Writes the node tests of ONNX itself as files: FOLDER/NAME/model.onnx, input_0.pb, ..., output_0.pb, ..."""

import os
import sys
import warnings

import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests  # noqa: F401  (fails early where the package lacks its tests)

warnings.filterwarnings("ignore")


def main(folder: str) -> None:
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases(None):
        for at, (inputs, outputs) in enumerate(case.data_sets):
            path = os.path.join(folder, case.name if at == 0 else f"{case.name}.{at}")
            os.makedirs(path, exist_ok=True)
            onnx.save(case.model, os.path.join(path, "model.onnx"))
            for kind, values in (("input", inputs), ("output", outputs)):
                for index, value in enumerate(values):
                    write(os.path.join(path, f"{kind}_{index}.pb"), value, case.model.graph, kind, index)


def write(path, value, graph, kind, index) -> None:
    port = (graph.input if kind == "input" else graph.output)[index]
    if not port.type.HasField("tensor_type"):
        open(path, "wb").close()
        return
    import numpy as np

    tensor = value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), port.name)
    with open(path, "wb") as file:
        file.write(tensor.SerializeToString())


main(sys.argv[1])
