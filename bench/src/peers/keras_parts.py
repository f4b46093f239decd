"""What networks in Keras are made of. Layers have the names of Ashlar's, so that weights go from one to the other by name."""

import keras
from keras import layers, ops


def conv(x, name, width, size, strides=1, bias=True, activation=None):
    layer = layers.Conv2D(
        width, size, strides, padding="same", use_bias=bias, activation=activation, name=name
    )
    return layer(x)


def norm(x, name):
    return layers.BatchNormalization(name=name)(x)


def relu(x):
    return layers.ReLU()(x)


def residual(x, name, width, strides=1, bias=True):
    y = relu(norm(conv(x, name + ".conv1", width, 3, strides, bias), name + ".norm1"))
    y = norm(conv(y, name + ".conv2", width, 3, 1, bias), name + ".norm2")
    if strides != 1:
        x = conv(x, name + ".shortcut", width, 1, strides, bias)
        x = norm(x, name + ".shortcutNorm")
    return relu(layers.Add()([y, x]))


def resnet(shape, classes, stem, pool, stages, bias=True, activation=None):
    """stem: (width, size, strides); stages: a list of (width, strides, blocks)."""
    images = keras.Input(shape)
    width, size, strides = stem
    x = relu(norm(conv(images, "conv", width, size, strides, bias), "norm"))
    x = x if pool is None else pool(x)
    number = 0
    for width, strides, repeats in stages:
        for repeat in range(repeats):
            x = residual(x, f"blocks.{number}", width, strides if repeat == 0 else 1, bias)
            number += 1
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(classes, activation=activation, name="classifier")(x)
    return keras.Model(images, x)


def resnet18(width, shape, classes):
    stages = [(width * 2**stage, min(2, stage + 1), 2) for stage in range(4)]
    return resnet(shape, classes, (width, 7, 2), layers.MaxPool2D(3, 2, padding="same"), stages)


def transformer_block(x, name, width, heads, hidden, norm_first, dropout=0.0, causal=False):
    def normed(y, which):
        return layers.LayerNormalization(epsilon=1e-5, name=f"{name}.{which}")(y)

    def attend(y):
        y = layers.Dense(3 * width, name=name + ".attention.qkv")(y)
        y = Attention(heads, causal, dropout)(y)
        return layers.Dropout(dropout)(layers.Dense(width, name=name + ".attention.project")(y))

    def expand(y):
        y = layers.Dense(hidden, activation="gelu", name=name + ".up")(y)
        return layers.Dropout(dropout)(layers.Dense(width, name=name + ".down")(y))

    if norm_first:
        x = layers.Add()([x, attend(normed(x, "norm1"))])
        return layers.Add()([x, expand(normed(x, "norm2"))])
    x = normed(layers.Add()([x, attend(x)]), "norm1")
    return normed(layers.Add()([x, expand(x)]), "norm2")


class Attention(layers.Layer):
    """Of queries, keys and values side by side [batch, tokens, 3 * width]."""

    def __init__(self, heads, causal, dropout):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.dropout = layers.Dropout(dropout)

    def call(self, x, training=None):
        _, tokens, width = x.shape
        size = width // 3 // self.heads
        x = ops.reshape(x, (-1, tokens, 3, self.heads, size))
        q, k, v = ops.unstack(ops.transpose(x, (2, 0, 3, 1, 4)), 3)
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) * size**-0.5
        if self.causal:
            scores = scores + (ops.tril(ops.ones((tokens, tokens))) - 1) * 1e9
        y = ops.matmul(self.dropout(ops.softmax(scores), training=training), v)
        return ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, tokens, width // 3))


class Positions(layers.Layer):
    """A vector for each place, added to what stands there."""

    def __init__(self, tokens, name):
        super().__init__(name=name + ".table")
        self.tokens = tokens

    def build(self, shape):
        self.table = self.add_weight(
            shape=(self.tokens, shape[-1]), initializer="uniform", name="embeddings"
        )

    def call(self, x):
        return x + self.table


def gpt(tokens, vocabulary, width, heads, hidden, blocks):
    """Causal transformer blocks between an embedding and a dense layer: logits of all tokens."""
    texts = keras.Input((tokens,))
    x = layers.Embedding(vocabulary, width, name="words")(texts)
    x = Positions(tokens, "positions")(x)
    block = (width, heads, hidden, True, 0.0, True)
    for number in range(blocks):
        x = transformer_block(x, f"blocks.{number}", *block)
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    return keras.Model(texts, layers.Dense(vocabulary, use_bias=False, name="head")(x))
