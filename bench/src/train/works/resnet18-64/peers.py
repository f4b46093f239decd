"""ResNet-18 for pictures in colour in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import resnet18

    return resnet18(sizes["width"], 3, sizes["classes"])


def keras_network(sizes):
    from keras_parts import resnet18

    return resnet18(sizes["width"], (sizes["size"], sizes["size"], 3), sizes["classes"])
