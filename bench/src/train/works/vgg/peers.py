"""The small VGG in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import conv, nn, torch

    class Vgg(nn.Module):
        def __init__(self, width, units, size, classes, dropout):
            super().__init__()
            widths = [3, width, width, 2 * width, 2 * width]
            self.convs = nn.ModuleList(conv(a, b, 3) for a, b in zip(widths, widths[1:]))
            self.pool = nn.MaxPool2d(2)
            self.dropout = nn.Dropout(dropout)
            self.dense = nn.Linear(2 * width * (size // 4) ** 2, units)
            self.head = nn.Linear(units, classes)

        def forward(self, x):
            for index, layer in enumerate(self.convs):
                x = torch.relu(layer(x))
                if index % 2 == 1:
                    x = self.dropout(self.pool(x))
            # With channels last, as they lie in memory.
            x = torch.relu(self.dense(x.permute(0, 2, 3, 1).flatten(1)))
            return self.head(self.dropout(x))

    return Vgg(**sizes)


def keras_network(sizes):
    import keras
    from keras_parts import conv, layers

    x = images = keras.Input((sizes["size"], sizes["size"], 3))
    for index in range(4):
        width = sizes["width"] * (1 if index < 2 else 2)
        x = conv(x, f"convs.{index}", width, 3, activation="relu")
        if index % 2 == 1:
            x = layers.Dropout(sizes["dropout"])(layers.MaxPool2D(2)(x))
    x = layers.Dense(sizes["units"], activation="relu", name="dense")(layers.Flatten()(x))
    x = layers.Dense(sizes["classes"], name="head")(layers.Dropout(sizes["dropout"])(x))
    return keras.Model(images, x)
