"""The causal transformer in PyTorch and Keras."""


def pytorch(sizes):
    from pytorch_parts import Positions, TransformerBlock, nn

    class Gpt(nn.Module):
        def __init__(self, tokens, vocabulary, width, heads, hidden, blocks):
            super().__init__()
            self.words = nn.Embedding(vocabulary, width)
            self.positions = Positions(tokens, width)
            block = (width, heads, hidden, True, 0.0, True)
            self.blocks = nn.Sequential(*(TransformerBlock(*block) for _ in range(blocks)))
            self.norm = nn.LayerNorm(width, eps=1e-5)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, x):
            """Logits of all tokens of the batch, [batch * tokens, vocabulary]."""
            x = self.positions(self.words(x.long()))
            return self.head(self.norm(self.blocks(x))).flatten(0, 1)

    return Gpt(**sizes)


def keras_network(sizes):
    import keras
    from keras_parts import Positions, layers, transformer_block

    width = sizes["width"]
    texts = keras.Input((sizes["tokens"],))
    x = layers.Embedding(sizes["vocabulary"], width, name="words")(texts)
    x = Positions(sizes["tokens"], "positions")(x)
    block = (width, sizes["heads"], sizes["hidden"], True, 0.0, True)
    for number in range(sizes["blocks"]):
        x = transformer_block(x, f"blocks.{number}", *block)
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    return keras.Model(texts, layers.Dense(sizes["vocabulary"], use_bias=False, name="head")(x))
