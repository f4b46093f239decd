"""Convolutions of a series in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import nn, norm1d, torch

    class SeriesClassifier(nn.Module):
        def __init__(self, width, channels, classes):
            super().__init__()
            widths = [width, 2 * width, 4 * width]
            self.convs = nn.ModuleList(
                nn.Conv1d(a, b, 5, padding=2, bias=False) for a, b in zip([channels] + widths, widths)
            )
            self.norms = nn.ModuleList(norm1d(own) for own in widths)
            self.pool = nn.MaxPool1d(4)
            self.head = nn.Linear(4 * width, classes)

        def forward(self, x):
            x = x.transpose(1, 2).contiguous()
            for conv, norm in zip(self.convs, self.norms):
                x = self.pool(torch.relu(norm(conv(x))))
            return self.head(x.mean(2))

    return SeriesClassifier(sizes["width"], sizes["channels"], sizes["classes"])


def keras_network(sizes):
    import keras
    from keras_parts import layers, norm, relu

    x = series = keras.Input((sizes["steps"], sizes["channels"]))
    for number in range(3):
        width = sizes["width"] * 2**number
        x = layers.Conv1D(width, 5, padding="same", use_bias=False, name=f"convs.{number}")(x)
        x = layers.MaxPool1D(4)(relu(norm(x, f"norms.{number}")))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(series, layers.Dense(sizes["classes"], name="head")(x))
