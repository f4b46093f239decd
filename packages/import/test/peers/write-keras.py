"""Exports networks of Keras with made-up weights: write-keras.py FOLDER. Each comes as one line of JSON: {"name", "file"} or {"name", "error"}."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402  (the backend is chosen before)
from keras import layers  # noqa: E402


def mobile():
    network = keras.applications.MobileNetV2(weights=None, input_shape=(64, 64, 3), classes=10)
    return network, (64, 64, 3)


def sequence():
    given = keras.Input((20, 8))
    x = layers.Conv1D(16, 3, padding="same", activation="gelu")(given)
    x = layers.BatchNormalization()(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(given, layers.Dense(4, activation="softmax")(x)), (20, 8)


for build in (mobile, sequence):
    name = f"keras:{build.__name__}"
    try:
        keras.utils.set_random_seed(3)
        network, shape = build()
        path = os.path.join(sys.argv[1], f"keras-{build.__name__}.onnx")
        signature = [keras.InputSpec(shape=(None, *shape), dtype="float32")]
        network.export(path, format="onnx", input_signature=signature, verbose=False)
        print(json.dumps({"name": name, "file": path}), flush=True)
    except Exception as error:
        print(json.dumps({"name": name, "error": f"{type(error).__name__}: {error}"[:300]}), flush=True)
