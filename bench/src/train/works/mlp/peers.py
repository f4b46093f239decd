"""The multilayer perceptron in PyTorch and Keras."""


def pytorch(sizes):
    import torch
    from torch import nn

    class Mlp(nn.Module):
        def __init__(self, units, dropout):
            super().__init__()
            self.dense1 = nn.Linear(784, units)
            self.dense2 = nn.Linear(units, units)
            self.dropout = nn.Dropout(dropout)
            self.head = nn.Linear(units, 10)

        def forward(self, x):
            x = self.dropout(torch.relu(self.dense1(x)))
            return self.head(self.dropout(torch.relu(self.dense2(x))))

    return Mlp(**sizes)


def keras_network(sizes):
    import keras
    from keras import layers

    units, dropout = sizes["units"], sizes["dropout"]
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(units, activation="relu", name="dense1"),
            layers.Dropout(dropout),
            layers.Dense(units, activation="relu", name="dense2"),
            layers.Dropout(dropout),
            layers.Dense(10, name="head"),
        ]
    )
