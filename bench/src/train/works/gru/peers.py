"""The GRU in PyTorch and Keras."""


def pytorch(sizes):
    from torch import nn

    class RowReader(nn.Module):
        def __init__(self, units):
            super().__init__()
            self.gru = nn.GRU(28, units, batch_first=True)
            self.head = nn.Linear(units, 10)

        def forward(self, x):
            return self.head(self.gru(x)[0][:, -1])

    return RowReader(**sizes)


def keras_network(sizes):
    import keras
    from keras import layers

    x = keras.Input((28, 28))
    y = layers.GRU(sizes["units"], name="gru")(x)
    return keras.Model(x, layers.Dense(10, name="head")(y))
