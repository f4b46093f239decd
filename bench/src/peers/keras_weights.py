"""Gives a network in Keras the weights that Ashlar saved: layers have the same names, and layouts are the same."""

import safetensors_file


def load_weights(net, path):
    """Copies all weights. Raises KeyError where one is missing, and ValueError for those that are left over."""
    stored = safetensors_file.read(path)
    for layer in net.layers:
        inner = "cell." if hasattr(layer, "cell") else ""
        for weight in layer.weights:
            if "seed_generator" in weight.path:
                continue
            # tfjs and Keras disagree about the name of a depthwise kernel alone.
            name = weight.name
            if type(layer).__name__ == "DepthwiseConv2D" and name == "kernel":
                name = "depthwise_kernel"
            weight.assign(stored.pop(f"{layer.name}.{inner}{name}"))
    if stored:
        raise ValueError("the network has no " + ", ".join(stored))
