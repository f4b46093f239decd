"""ResNet-18 for 28 x 28 in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import resnet18

    return resnet18(sizes["width"], 1, 10)


def keras_network(sizes):
    from keras_parts import resnet18

    return resnet18(sizes["width"], (28, 28, 1), 10)
