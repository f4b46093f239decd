"""The U-Net in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import conv, nn, norm, torch

    class Pair(nn.Module):
        def __init__(self, inputs, width):
            super().__init__()
            self.conv1 = conv(inputs, width, 3, bias=False)
            self.norm1 = norm(width)
            self.conv2 = conv(width, width, 3, bias=False)
            self.norm2 = norm(width)

        def forward(self, x):
            x = torch.relu(self.norm1(self.conv1(x)))
            return torch.relu(self.norm2(self.conv2(x)))

    class UNet(nn.Module):
        def __init__(self, width, depth, classes):
            super().__init__()
            widths = [width * 2**level for level in range(depth)]
            back = widths[::-1]
            self.down = nn.ModuleList(Pair(a, b) for a, b in zip([3] + widths, widths))
            self.pool = nn.MaxPool2d(2)
            self.middle = Pair(widths[-1], 2 * widths[-1])
            self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * own, own, 2, 2) for own in back)
            self.up = nn.ModuleList(Pair(2 * own, own) for own in back)
            self.head = conv(width, classes, 1)

        def forward(self, x):
            seen = []
            for pair in self.down:
                seen.append(pair(x))
                x = self.pool(seen[-1])
            x = self.middle(x)
            for grow, pair in zip(self.grow, self.up):
                x = pair(torch.cat([seen.pop(), grow(x)], 1))
            return self.head(x)

    return UNet(sizes["width"], sizes["depth"], sizes["classes"])


def keras_network(sizes):
    import keras
    from keras_parts import conv, layers, norm, relu

    def pair(x, name, width):
        for number in ("1", "2"):
            x = conv(x, f"{name}.conv{number}", width, 3, bias=False)
            x = relu(norm(x, f"{name}.norm{number}"))
        return x

    widths = [sizes["width"] * 2**level for level in range(sizes["depth"])]
    x = images = keras.Input((sizes["size"], sizes["size"], 3))
    seen = []
    for number, width in enumerate(widths):
        seen.append(pair(x, f"down.{number}", width))
        x = layers.MaxPool2D(2)(seen[-1])
    x = pair(x, "middle", 2 * widths[-1])
    for number, width in enumerate(widths[::-1]):
        x = layers.Conv2DTranspose(width, 2, 2, name=f"grow.{number}")(x)
        x = pair(layers.Concatenate()([seen.pop(), x]), f"up.{number}", width)
    return keras.Model(images, conv(x, "head", sizes["classes"], 1))
