"""The vision transformer in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import Positions, TransformerBlock, nn

    class Vit(nn.Module):
        def __init__(self, size, patch, classes, width, heads, hidden, blocks):
            super().__init__()
            self.patches = nn.Conv2d(3, width, patch, patch)
            self.positions = Positions((size // patch) ** 2, width)
            self.blocks = nn.Sequential(
                *(TransformerBlock(width, heads, hidden, True) for _ in range(blocks))
            )
            self.norm = nn.LayerNorm(width, eps=1e-5)
            self.head = nn.Linear(width, classes)

        def forward(self, x):
            x = self.positions(self.patches(x).flatten(2).transpose(1, 2))
            return self.head(self.norm(self.blocks(x)).mean(1))

    return Vit(**sizes)


def keras_network(sizes):
    import keras
    from keras_parts import Positions, layers, transformer_block

    size, patch, width = sizes["size"], sizes["patch"], sizes["width"]
    tokens = (size // patch) ** 2
    images = keras.Input((size, size, 3))
    x = layers.Conv2D(width, patch, patch, name="patches")(images)
    x = Positions(tokens, "positions")(layers.Reshape((tokens, width))(x))
    block = (width, sizes["heads"], sizes["hidden"], True)
    for number in range(sizes["blocks"]):
        x = transformer_block(x, f"blocks.{number}", *block)
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(images, layers.Dense(sizes["classes"], name="head")(x))
