"""The causal transformer in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import Gpt

    return Gpt(**sizes)


def keras_network(sizes):
    from keras_parts import gpt

    return gpt(**sizes)
