"""MobileNetV2 for small pictures in PyTorch and Keras."""

# Expansion, width, repeats and strides of each stage.
STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 1),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


def blocks(scale):
    """(inputs, width, expansion, strides) of each block."""
    inputs = int(32 * scale)
    for expansion, width, repeats, strides in STAGES:
        for repeat in range(repeats):
            yield inputs, int(width * scale), expansion, strides if repeat == 0 else 1
            inputs = int(width * scale)


def pytorch(sizes):
    from pytorch_parts import conv, nn, norm
    from torch.nn.functional import relu6

    class InvertedResidual(nn.Module):
        def __init__(self, inputs, width, expansion, strides):
            super().__init__()
            middle = inputs * expansion
            self.expand = self.expandNorm = None
            if expansion != 1:
                self.expand = conv(inputs, middle, 1, bias=False)
                self.expandNorm = norm(middle)
            self.depthwise = conv(middle, middle, 3, strides, bias=False, groups=middle)
            self.depthwiseNorm = norm(middle)
            self.project = conv(middle, width, 1, bias=False)
            self.projectNorm = norm(width)
            self.adds = strides == 1 and inputs == width

        def forward(self, x):
            y = x if self.expand is None else relu6(self.expandNorm(self.expand(x)))
            y = relu6(self.depthwiseNorm(self.depthwise(y)))
            y = self.projectNorm(self.project(y))
            return x + y if self.adds else y

    class MobileNetV2(nn.Module):
        def __init__(self, scale, classes):
            super().__init__()
            self.conv = conv(3, int(32 * scale), 3, bias=False)
            self.norm = norm(int(32 * scale))
            self.blocks = nn.Sequential(*(InvertedResidual(*each) for each in blocks(scale)))
            self.neck = conv(int(320 * scale), int(1280 * scale), 1, bias=False)
            self.neckNorm = norm(int(1280 * scale))
            self.classifier = nn.Linear(int(1280 * scale), classes)

        def forward(self, x):
            x = self.blocks(relu6(self.norm(self.conv(x))))
            return self.classifier(relu6(self.neckNorm(self.neck(x))).mean((2, 3)))

    return MobileNetV2(sizes["scale"], sizes["classes"])


def keras_network(sizes):
    import keras
    from keras_parts import conv, layers, norm

    def relu6(x):
        return layers.ReLU(max_value=6)(x)

    scale = sizes["scale"]
    images = keras.Input((sizes["size"], sizes["size"], 3))
    x = relu6(norm(conv(images, "conv", int(32 * scale), 3, bias=False), "norm"))
    for number, (inputs, width, expansion, strides) in enumerate(blocks(scale)):
        name, y = f"blocks.{number}", x
        if expansion != 1:
            y = conv(y, name + ".expand", inputs * expansion, 1, bias=False)
            y = relu6(norm(y, name + ".expandNorm"))
        y = layers.DepthwiseConv2D(
            3, strides, padding="same", use_bias=False, name=name + ".depthwise"
        )(y)
        y = relu6(norm(y, name + ".depthwiseNorm"))
        y = norm(conv(y, name + ".project", width, 1, bias=False), name + ".projectNorm")
        x = layers.Add()([x, y]) if strides == 1 and inputs == width else y
    x = relu6(norm(conv(x, "neck", int(1280 * scale), 1, bias=False), "neckNorm"))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, layers.Dense(sizes["classes"], name="classifier")(x))
