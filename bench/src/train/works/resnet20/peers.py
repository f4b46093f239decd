"""ResNet-20 in PyTorch and Keras."""


def stages(width):
    return [(width * 2**stage, min(2, stage + 1), 3) for stage in range(3)]


def pytorch(sizes):
    from pytorch_parts import ResNet, nn

    width = sizes["width"]
    return ResNet(3, sizes["classes"], (width, 3, 1), nn.Identity(), stages(width), bias=False)


def keras_network(sizes):
    from keras_parts import resnet

    width, size = sizes["width"], sizes["size"]
    stem = (width, 3, 1)
    return resnet((size, size, 3), sizes["classes"], stem, None, stages(width), bias=False)
