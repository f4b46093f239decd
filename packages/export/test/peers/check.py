"""Checks exported files by programs that Ashlar has nothing to do with: onnx's checker, its reference evaluator, and onnxruntime from Python.

Reads a list of cases from the file that it is given: {name, model, feeds, expected}, tensors as {name, file, shape, dtype}. Prints one JSON object:
for each case the largest difference of each runtime, relative to 1e-5 + 1e-4 * the largest magnitude, or why it failed.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator


def read(tensors):
    return {
        each["name"]: np.fromfile(each["file"], dtype=each["dtype"]).reshape(each["shape"])
        for each in tensors
    }


def excess(expected, names, actual):
    worst = 0.0
    for name, got in zip(names, actual):
        want = expected[name]
        if list(want.shape) != list(got.shape):
            raise ValueError(f"{name} has shape {list(got.shape)}, not {list(want.shape)}")
        want, got = want.astype(np.float64), got.astype(np.float64)
        if want.size == 0:
            continue
        # A list of one, where numpy would make a number of no dimensions.
        difference = np.atleast_1d(np.abs(want - got))
        difference[np.atleast_1d((want == got) | (np.isnan(want) & np.isnan(got)))] = 0
        worst = max(worst, float(np.max(difference) / (1e-5 + 1e-4 * np.max(np.abs(want)))))
    return worst


def check(case):
    path = case["model"]
    onnx.checker.check_model(path, full_check=True)
    feeds, expected = read(case["feeds"]), read(case["expected"])
    names = list(expected)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    result = {"onnxruntime": excess(expected, names, session.run(names, feeds))}
    if case["classes"]:
        wanted = [case["classes"][at] for at in expected[names[0]].argmax(axis=1)]
        for named in session.run(["label"], feeds), ReferenceEvaluator(path).run(["label"], feeds):
            if list(named[0]) != wanted:
                raise ValueError(f"names {list(named[0])}, not {wanted}")
    if case["evaluate"]:
        evaluator = ReferenceEvaluator(path)
        result["reference"] = excess(expected, names, evaluator.run(names, feeds))
    return result


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    results = {}
    for case in cases:
        try:
            results[case["name"]] = check(case)
        except Exception as error:  # Told to the test, which fails.
            results[case["name"]] = {"error": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps(results))


main()
