"""Exports with Keras on TensorFlow, which goes through tf2onnx."""

import importlib.metadata
import os
import time

import common


class Exporter:
    def build(self, request):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
        os.environ["KERAS_BACKEND"] = "tensorflow"
        import keras
        import numpy

        self.net = common.networks(request["network"]).keras_network(request["network"]["sizes"])
        # A trained network has a bias that is not zero; one of zeros is left out of the file.
        self.net.layers[-1].bias.assign(numpy.linspace(-1, 1, 10))
        # Keras exports only what was called before.
        self.net(numpy.zeros((1, 28, 28, 1), "float32"))
        names = ("keras", "tensorflow-cpu", "tf2onnx")
        return {"version": ", ".join(n + " " + importlib.metadata.version(n) for n in names)}

    def export(self, request):
        began = time.perf_counter()
        self.net.export(request["path"], format="onnx", verbose=False)
        return {"seconds": time.perf_counter() - began}


exporter = Exporter()
common.serve_requests({"build": exporter.build, "export": exporter.export})
