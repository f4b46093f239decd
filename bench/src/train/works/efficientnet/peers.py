"""Six blocks of EfficientNet in PyTorch and Keras."""

EXPANSION = 4
# Width, in units of the first, and strides of each block.
BLOCKS = [(1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (4, 1)]


def blocks(width):
    """(inputs, width, strides) of each block."""
    inputs = width
    for factor, strides in BLOCKS:
        yield inputs, width * factor, strides
        inputs = width * factor


def pytorch(sizes):
    from pytorch_parts import conv, nn, norm, torch
    from torch.nn.functional import silu

    class MobileBlock(nn.Module):
        def __init__(self, inputs, width, strides):
            super().__init__()
            middle = inputs * EXPANSION
            self.expand = conv(inputs, middle, 1, bias=False)
            self.expandNorm = norm(middle)
            self.depthwise = conv(middle, middle, 3, strides, bias=False, groups=middle)
            self.depthwiseNorm = norm(middle)
            self.squeeze = nn.Linear(middle, inputs // 4)
            self.excite = nn.Linear(inputs // 4, middle)
            self.project = conv(middle, width, 1, bias=False)
            self.projectNorm = norm(width)
            self.adds = strides == 1 and inputs == width

        def forward(self, x):
            y = silu(self.expandNorm(self.expand(x)))
            y = silu(self.depthwiseNorm(self.depthwise(y)))
            gates = torch.sigmoid(self.excite(silu(self.squeeze(y.mean((2, 3))))))
            y = self.projectNorm(self.project(y * gates[:, :, None, None]))
            return x + y if self.adds else y

    class EfficientNet(nn.Module):
        def __init__(self, width, classes):
            super().__init__()
            self.conv = conv(3, width, 3, 2, bias=False)
            self.norm = norm(width)
            self.blocks = nn.Sequential(*(MobileBlock(*each) for each in blocks(width)))
            self.classifier = nn.Linear(width * BLOCKS[-1][0], classes)

        def forward(self, x):
            x = self.blocks(silu(self.norm(self.conv(x))))
            return self.classifier(x.mean((2, 3)))

    return EfficientNet(sizes["width"], sizes["classes"])


def keras_network(sizes):
    import keras
    from keras_parts import conv, layers, norm

    def swish(x):
        return layers.Activation("silu")(x)

    width = sizes["width"]
    images = keras.Input((sizes["size"], sizes["size"], 3))
    x = swish(norm(conv(images, "conv", width, 3, 2, bias=False), "norm"))
    for number, (inputs, own, strides) in enumerate(blocks(width)):
        name, middle = f"blocks.{number}", inputs * EXPANSION
        y = swish(norm(conv(x, name + ".expand", middle, 1, bias=False), name + ".expandNorm"))
        y = layers.DepthwiseConv2D(
            3, strides, padding="same", use_bias=False, name=name + ".depthwise"
        )(y)
        y = swish(norm(y, name + ".depthwiseNorm"))
        means = layers.GlobalAveragePooling2D()(y)
        gates = swish(layers.Dense(inputs // 4, name=name + ".squeeze")(means))
        gates = layers.Dense(middle, activation="sigmoid", name=name + ".excite")(gates)
        y = layers.Multiply()([y, layers.Reshape((1, 1, middle))(gates)])
        y = norm(conv(y, name + ".project", own, 1, bias=False), name + ".projectNorm")
        x = layers.Add()([x, y]) if strides == 1 and inputs == own else y
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(sizes["classes"], name="classifier")(x))
