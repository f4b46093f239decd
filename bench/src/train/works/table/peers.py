"""Embeddings of categories in PyTorch and Keras."""


def pytorch(sizes):
    import torch
    from torch import nn

    class TableClassifier(nn.Module):
        def __init__(self, categories, vocabulary, numbers, width, units, dropout):
            super().__init__()
            self.embeddings = nn.ModuleList(
                nn.Embedding(vocabulary, width) for _ in range(categories)
            )
            self.dense1 = nn.Linear(categories * width + numbers, units)
            self.dense2 = nn.Linear(units, units)
            self.dropout = nn.Dropout(dropout)
            self.head = nn.Linear(units, 2)

        def forward(self, x):
            count = len(self.embeddings)
            indices = x[:, :count].long()
            known = [embed(indices[:, i]) for i, embed in enumerate(self.embeddings)]
            x = torch.cat([*known, x[:, count:]], 1)
            x = self.dropout(torch.relu(self.dense1(x)))
            return self.head(self.dropout(torch.relu(self.dense2(x))))

    return TableClassifier(**sizes)


def keras_network(sizes):
    import keras
    from keras import layers

    count, units = sizes["categories"], sizes["units"]
    rows = keras.Input((count + sizes["numbers"],))
    known = [
        layers.Embedding(sizes["vocabulary"], sizes["width"], name=f"embeddings.{i}")(rows[:, i])
        for i in range(count)
    ]
    x = layers.Concatenate()([*known, rows[:, count:]])
    x = layers.Dense(units, activation="relu", name="dense1")(x)
    x = layers.Dropout(sizes["dropout"])(x)
    x = layers.Dense(units, activation="relu", name="dense2")(x)
    x = layers.Dropout(sizes["dropout"])(x)
    return keras.Model(rows, layers.Dense(2, name="head")(x))
