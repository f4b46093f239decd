"""Measures Keras on TensorFlow: fit for training, a tf.function for inference."""

import os

import common


def start(request):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(request["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(request["threads"])
    keras.utils.set_random_seed(0)
    work = request["work"]
    return keras, tf, common.networks(work).keras_network(work["sizes"])


def prepare(request):
    keras, tf, net = start(request)
    work, data = request["work"], request["data"]
    inputs, labels = common.load(data)
    version = "keras " + keras.__version__ + ", tensorflow " + tf.__version__
    stepper = common.Stepper({"version": version})
    if work["mode"] == "training":
        train(keras, net, work, common.scaled(data, inputs), labels, stepper)
    else:
        infer(tf, net, work, common.scaled(data, inputs[: work["batch"]]), stepper)


def compile_network(keras, net, work):
    spec = dict(work["optimizer"])
    kinds = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "sgd": keras.optimizers.SGD,
    }
    words = {"learningRate": "learning_rate", "weightDecay": "weight_decay"}
    spec.pop("schedule", None)
    optimizer = kinds[spec.pop("name")](**{words.get(key, key): spec[key] for key in spec})
    if work["optimizer"]["name"] == "adamw":
        optimizer.exclude_from_weight_decay([w for w in net.trainable_weights if len(w.shape) < 2])
    net.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=work["fromLogits"]),
        metrics=["accuracy"],
    )


def train(keras, net, work, x, labels, stepper):
    class Pause(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            stepper.done(work["batch"])

    compile_network(keras, net, work)
    whole = len(x) // work["batch"] * work["batch"]
    net.fit(
        x[:whole],
        labels[:whole],
        batch_size=work["batch"],
        epochs=100_000,
        verbose=0,
        callbacks=[Pause()],
    )


def infer(tf, net, work, inputs, stepper):
    x = tf.constant(inputs)
    run = tf.function(lambda inputs: net(inputs, training=False))
    while True:
        run(x).numpy()
        stepper.done(work["batch"])


def learn(request):
    """Steps in the order of the data, from given weights."""
    import keras_weights

    keras, _, net = start(request)
    work, tested = request["work"], request["tested"]
    inputs, labels = common.load(request["data"])
    x, batch = common.scaled(request["data"], inputs), work["batch"]
    keras_weights.load_weights(net, request["weights"])
    compile_network(keras, net, work)
    count, losses = (len(x) - tested) // batch, []
    for step in range(request["steps"]):
        rows = slice(step % count * batch, step % count * batch + batch)
        net.reset_metrics()
        if work["optimizer"].get("schedule") == "one-cycle":
            rate = work["optimizer"]["learningRate"]
            net.optimizer.learning_rate = common.one_cycle(rate, step, request["steps"])
        logs = net.train_on_batch(x[rows], labels[rows], return_dict=True)
        losses.append(float(logs["loss"]))
    parameters = sum(int(weight.numpy().size) for weight in net.trainable_weights)
    learnt = {"parameters": parameters, "losses": losses}
    if tested:
        logs = net.evaluate(x[-tested:], labels[-tested:], batch, verbose=0, return_dict=True)
        learnt["test"] = {"loss": float(logs["loss"]), "accuracy": float(logs["accuracy"])}
    common.answer(learnt)


common.serve({"prepare": prepare, "learn": learn})
