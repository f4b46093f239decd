"""The networks of the benches in Keras."""


def networks(keras):
    layers = keras.layers

    def conv(x, width, size, strides=1):
        x = layers.Conv2D(width, size, strides=strides, padding="same")(x)
        return layers.BatchNormalization()(x)

    def block(x, width, strides=1):
        y = layers.Activation("relu")(conv(x, width, 3, strides))
        y = conv(y, width, 3)
        shortcut = x if strides == 1 else conv(x, width, 1, strides)
        return layers.Activation("relu")(layers.Add()([y, shortcut]))

    def network(stem_strides, pool, blocks, activation):
        images = keras.Input((28, 28, 1))
        x = layers.Activation("relu")(conv(images, 64, 7, stem_strides))
        x = pool(x)
        for width, strides in blocks:
            x = block(x, width, strides)
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(images, layers.Dense(10, activation=activation)(x))

    later = [each for width in (128, 256, 512) for each in ((width, 2), (width, 1))]
    return {
        "mini-resnet": lambda: network(1, layers.MaxPool2D(3), [(64, 1)] * 2, "softmax"),
        "resnet18": lambda: network(
            2, layers.MaxPool2D(3, 2, padding="same"), [(64, 1)] * 2 + later, None
        ),
    }
