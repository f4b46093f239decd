"""Measures Keras on TensorFlow: fit for training, a tf.function for inference."""

import os

import common
import keras_networks


def prepare(request):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(request["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(request["threads"])
    keras.utils.set_random_seed(0)
    work = request["work"]
    images, labels = common.load(request["data"])
    net = keras_networks.networks(keras)[work["model"]]()
    version = "keras " + keras.__version__ + ", tensorflow " + tf.__version__
    stepper = common.Stepper({"version": version})
    if work["mode"] == "training":
        train(keras, net, work, images, labels, stepper)
    else:
        infer(tf, net, work, images, stepper)


def train(keras, net, work, images, labels, stepper):
    class Pause(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            stepper.done(work["batch"])

    from_logits = work["model"] == "resnet18"
    net.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        metrics=["accuracy"],
    )
    x = images[..., None].astype("float32") / 255
    whole = len(x) // work["batch"] * work["batch"]
    net.fit(
        x[:whole],
        labels[:whole],
        batch_size=work["batch"],
        epochs=1_000,
        verbose=0,
        callbacks=[Pause()],
    )


def infer(tf, net, work, images, stepper):
    x = tf.constant(images[: work["batch"], ..., None].astype("float32") / 255)
    run = tf.function(lambda inputs: net(inputs, training=False))
    while True:
        run(x).numpy()
        stepper.done(work["batch"])


common.serve(prepare)
