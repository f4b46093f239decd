"""The small ConvNeXt in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import ChannelNorm, F, conv, nn, torch

    class Scale(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.gamma = nn.Parameter(torch.full((width,), 0.1))

        def forward(self, x):
            return x * self.gamma

        def copy_weights(self, take):
            yield self.gamma, take("gamma")

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.depthwise = conv(width, width, 7, groups=width)
            self.norm = nn.LayerNorm(width, eps=1e-6)
            self.up = nn.Linear(width, 4 * width)
            self.down = nn.Linear(4 * width, width)
            self.scale = Scale(width)

        def forward(self, x):
            y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
            y = self.scale(self.down(F.gelu(self.up(y))))
            return x + y.permute(0, 3, 1, 2)

    class Downsample(nn.Module):
        def __init__(self, inputs, width):
            super().__init__()
            self.norm = ChannelNorm(inputs, eps=1e-6)
            self.conv = nn.Conv2d(inputs, width, 2, 2)

        def forward(self, x):
            return self.conv(self.norm(x))

    class ConvNext(nn.Module):
        def __init__(self, width, repeats, classes):
            super().__init__()
            self.stem = nn.Conv2d(3, width, 2, 2)
            self.stemNorm = ChannelNorm(width, eps=1e-6)
            blocks = []
            for stage in range(3):
                own = width * 2**stage
                blocks += [] if stage == 0 else [Downsample(own // 2, own)]
                blocks += [Block(own) for _ in range(repeats)]
            self.blocks = nn.Sequential(*blocks)
            self.norm = nn.LayerNorm(4 * width, eps=1e-6)
            self.head = nn.Linear(4 * width, classes)

        def forward(self, x):
            x = self.blocks(self.stemNorm(self.stem(x)))
            return self.head(self.norm(x.mean((2, 3))))

    return ConvNext(sizes["width"], sizes["repeats"], sizes["classes"])


def keras_network(sizes):
    import keras
    from keras_parts import layers

    class Scale(layers.Layer):
        def build(self, shape):
            initial = keras.initializers.Constant(0.1)
            self.gamma = self.add_weight(shape=(shape[-1],), initializer=initial, name="gamma")

        def call(self, x):
            return x * self.gamma

    def norm(x, name):
        return layers.LayerNormalization(epsilon=1e-6, name=name)(x)

    def block(x, name, width):
        y = layers.DepthwiseConv2D(7, padding="same", name=name + ".depthwise")(x)
        y = norm(y, name + ".norm")
        y = layers.Dense(4 * width, activation="gelu", name=name + ".up")(y)
        y = layers.Dense(width, name=name + ".down")(y)
        return layers.Add()([x, Scale(name=name + ".scale")(y)])

    width, number = sizes["width"], 0
    images = keras.Input((sizes["size"], sizes["size"], 3))
    x = norm(layers.Conv2D(width, 2, 2, name="stem")(images), "stemNorm")
    for stage in range(3):
        own = width * 2**stage
        if stage > 0:
            x = norm(x, f"blocks.{number}.norm")
            x = layers.Conv2D(own, 2, 2, name=f"blocks.{number}.conv")(x)
            number += 1
        for _ in range(sizes["repeats"]):
            x = block(x, f"blocks.{number}", own)
            number += 1
    x = norm(layers.GlobalAveragePooling2D()(x), "norm")
    return keras.Model(images, layers.Dense(sizes["classes"], name="head")(x))
