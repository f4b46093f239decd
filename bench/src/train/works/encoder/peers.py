"""The transformer encoder in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import Positions, TransformerBlock, nn

    class TextClassifier(nn.Module):
        def __init__(self, tokens, vocabulary, classes, width, heads, hidden, blocks, dropout):
            super().__init__()
            self.words = nn.Embedding(vocabulary, width)
            self.positions = Positions(tokens, width)
            self.blocks = nn.Sequential(
                *(TransformerBlock(width, heads, hidden, False, dropout) for _ in range(blocks))
            )
            self.head = nn.Linear(width, classes)

        def forward(self, x):
            x = self.positions(self.words(x.long()))
            return self.head(self.blocks(x).mean(1))

    return TextClassifier(**sizes)


def keras_network(sizes):
    import keras
    from keras_parts import Positions, layers, transformer_block

    width = sizes["width"]
    texts = keras.Input((sizes["tokens"],))
    x = layers.Embedding(sizes["vocabulary"], width, name="words")(texts)
    x = Positions(sizes["tokens"], "positions")(x)
    block = (width, sizes["heads"], sizes["hidden"], False, sizes["dropout"])
    for number in range(sizes["blocks"]):
        x = transformer_block(x, f"blocks.{number}", *block)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(texts, layers.Dense(sizes["classes"], name="head")(x))
