"""Makes the SavedModels in this folder, with TensorFlow 2.21: python make.py"""

import os
import tensorflow as tf

here = os.path.dirname(os.path.abspath(__file__))
tf.random.set_seed(7)


class Mlp(tf.Module):
    """Two inputs, a helper function that is called twice, an embedding, two outputs of one op."""

    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([4, 6]), name="w")
        self.b = tf.Variable(tf.random.normal([6]), name="b")
        self.table = tf.Variable(tf.random.normal([5, 6]), name="table")

    @tf.function
    def dense(self, x):
        return tf.nn.relu(x @ self.w + self.b)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 4], tf.float32, "x"),
            tf.TensorSpec([None], tf.int32, "word"),
        ]
    )
    def __call__(self, x, word):
        hidden = self.dense(x) - self.dense(-x) + tf.nn.embedding_lookup(self.table, word)
        left, right = tf.split(hidden, 2, axis=1)
        return {"left": tf.nn.softmax(left), "right": tf.reshape(right, [-1, 3, 1])}


class Convnet(tf.Module):
    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.random.normal([3, 3, 1, 4]) * 0.3, name="kernel")
        self.scale = tf.Variable(tf.ones([4]) * 1.5, name="scale")
        self.offset = tf.Variable(tf.zeros([4]) + 0.1, name="offset")
        self.mean = tf.Variable(tf.zeros([4]) + 0.2, name="mean")
        self.variance = tf.Variable(tf.ones([4]) * 0.7, name="variance")
        self.head = tf.Variable(tf.random.normal([4, 3]), name="head")

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 1], tf.float32, "image")])
    def __call__(self, image):
        x = tf.nn.conv2d(image, self.kernel, 1, "SAME")
        x, _, _ = tf.compat.v1.nn.fused_batch_norm(
            x, self.scale, self.offset, self.mean, self.variance, is_training=False
        )
        x = tf.nn.max_pool2d(tf.nn.relu(x), 2, 2, "VALID")
        return {"classes": tf.reduce_mean(x, [1, 2]) @ self.head}


class Loop(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def __call__(self, x):
        return {"y": tf.while_loop(lambda v: tf.reduce_sum(v) < 100.0, lambda v: [v * 2.0], [x])[0]}


for name, module in {"mlp": Mlp(), "convnet": Convnet(), "loop": Loop()}.items():
    folder = os.path.join(here, name)
    tf.saved_model.save(module, folder, signatures=module.__call__)
    for extra in ("fingerprint.pb",):
        os.remove(os.path.join(folder, extra))
