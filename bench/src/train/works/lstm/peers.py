"""The LSTM in PyTorch and Keras."""


def pytorch(sizes):
    from torch import nn

    class RowReader(nn.Module):
        def __init__(self, units):
            super().__init__()
            self.lstm = nn.LSTM(28, units, batch_first=True)
            # A second bias, which Keras has not got.
            nn.init.zeros_(self.lstm.bias_hh_l0)
            self.lstm.bias_hh_l0.requires_grad_(False)
            self.head = nn.Linear(units, 10)

        def forward(self, x):
            return self.head(self.lstm(x)[0][:, -1])

    return RowReader(**sizes)


def keras_network(sizes):
    import keras
    from keras import layers

    x = keras.Input((28, 28))
    y = layers.LSTM(sizes["units"], name="lstm")(x)
    return keras.Model(x, layers.Dense(10, name="head")(y))
