"""Goes on with a training in Python: python train.py --steps 100 --out state.safetensors

Needs numpy and onnxruntime.
"""

import argparse
import os

import numpy as np
from training import HERE, Graph, description, learning_rate, read_safetensors, rows_of, write_safetensors

parser = argparse.ArgumentParser(description="Goes on with a training.")
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--learning-rate", type=float, help="default: what the schedule says")
parser.add_argument("--data", default=os.path.join(HERE, "data.safetensors"))
parser.add_argument("--state", default=os.path.join(HERE, "state.safetensors"))
parser.add_argument("--out", help="where the state goes at the end")
options = parser.parse_args()

about = description()
batch_size = about["batchSize"]
data, _ = read_safetensors(options.data)
state, metadata = read_safetensors(options.state)
train, evaluate = Graph("train.onnx"), Graph("eval.onnx")
step = int(metadata.get("step", 0))
for _ in range(options.steps):
    rate = options.learning_rate if options.learning_rate is not None else learning_rate(about, step)
    result = train.run(
        state,
        **rows_of(data, step * batch_size, batch_size),
        learningRate=np.array(rate, np.float32),
        step=np.array(step, np.int32),
        seed=np.array(options.seed, np.int32),
    )
    step += 1
    print(f"step {step} loss {float(result['loss'])!r}")
result = evaluate.run(state, **rows_of(data, step * batch_size, batch_size))
print(f"evaluated {float(result['loss'])!r}")
if options.out:
    write_safetensors(options.out, state, {**metadata, "step": str(step)})
