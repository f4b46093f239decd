"""MiniResNet in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import ResNet, nn

    width = sizes["width"]
    return ResNet(1, 10, (width, 7, 1), nn.MaxPool2d(3, 3), [(width, 1, 2)])


def keras_network(sizes):
    from keras_parts import layers, resnet

    width, pool = sizes["width"], layers.MaxPool2D(3)
    return resnet((28, 28, 1), 10, (width, 7, 1), pool, [(width, 1, 2)], activation="softmax")
