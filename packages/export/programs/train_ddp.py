"""Trains data-parallel on torch.distributed: torchrun --nproc-per-node 2 train_ddp.py --steps 100 --out state.safetensors

Each process computes the derivatives of its part of every batch; they are averaged over all processes, and each makes the same update. As in PyTorch's
DistributedDataParallel, batch norms see their own part, and their moving statistics are those of process 0. Needs numpy, onnxruntime and torch.
"""

import argparse
import os
import sys

import numpy as np
import torch
import torch.distributed as dist
from training import HERE, Graph, description, learning_rate, read_safetensors, rows_of, write_safetensors

parser = argparse.ArgumentParser(description="Goes on with a training in several processes.")
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--learning-rate", type=float, help="default: what the schedule says")
parser.add_argument("--data", default=os.path.join(HERE, "data.safetensors"))
parser.add_argument("--state", default=os.path.join(HERE, "state.safetensors"))
parser.add_argument("--out", help="where the state goes at the end")
parser.add_argument("--threads", type=int, help="of each process")
options = parser.parse_args()

dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
about = description()
batch_size, part = about["batchSize"], about["partSize"]
if batch_size % (world * part) != 0:
    sys.exit(f"train_ddp: a batch of {batch_size} rows in parts of {part} cannot be shared by {world} processes")
own = batch_size // world
data, _ = read_safetensors(options.data)
state, metadata = read_safetensors(options.state)
gradients, update = Graph("gradients.onnx", options.threads), Graph("update.onnx", options.threads)
names = [name for name in gradients.outputs if name.startswith("gradient/")]
statistics = [name[len("next.") :] for name in gradients.outputs if name.startswith("next.")]


def reduced(arrays):
    """The mean over all processes, in one message."""
    flat = torch.from_numpy(np.concatenate([np.ravel(each) for each in arrays]).astype(np.float32))
    dist.all_reduce(flat)
    flat /= world
    mean, start = [], 0
    for each in arrays:
        mean.append(flat[start : start + each.size].numpy().reshape(each.shape))
        start += each.size
    return mean


def broadcast_statistics():
    for name in statistics:
        value = torch.from_numpy(np.array(state[name]))
        dist.broadcast(value, 0)
        state[name] = value.numpy()


step = int(metadata.get("step", 0))
for _ in range(options.steps):
    broadcast_statistics()
    sums, loss, parts = None, 0.0, own // part
    for index in range(parts):
        start = step * batch_size + rank * own + index * part
        result = gradients.run(
            state,
            **rows_of(data, start, part),
            step=np.array(step, np.int32),
            # Each process draws its own random numbers.
            seed=np.array(options.seed + rank, np.int32),
        )
        loss += float(result["loss"]) / parts
        found = [result[name] / np.float32(parts) for name in names]
        sums = found if sums is None else [a + b for a, b in zip(sums, found)]
    *means, total = reduced([*sums, np.array([loss], np.float32)])
    rate = options.learning_rate if options.learning_rate is not None else learning_rate(about, step)
    update.run(
        state,
        **dict(zip(names, means)),
        learningRate=np.array(rate, np.float32),
        step=np.array(step, np.int32),
    )
    step += 1
    if rank == 0:
        print(f"step {step} loss {float(total[0])!r}", flush=True)
broadcast_statistics()
if rank == 0 and options.out:
    write_safetensors(options.out, state, {**metadata, "step": str(step)})
dist.destroy_process_group()
