"""The training of a written step by PyTorch itself: torchrun --nproc-per-node 2 train_ddp_torch.py STEP OUT OPTIMIZER STEPS

Reads the state and the data that lie beside `train.onnx`, makes the same network of them, trains it by torch.nn.parallel.DistributedDataParallel with PyTorch's own optimizer, OneCycleLR and clipping,
and writes the weights by the names of the state.
"""

import os
import sys

import torch
import torch.distributed as dist

step, out, optimizer, steps = sys.argv[1:]
steps = int(steps)
sys.path.append(step)
from training import description, read_safetensors, rows_of, write_safetensors

torch.set_num_threads(1)


class BatchNorm(torch.nn.BatchNorm2d):
    """As PyTorch has it, but for the variance that is kept: of the numbers as they are, as Keras has it, not with n - 1."""

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.running_mean.lerp_(x.mean((0, 2, 3)), self.momentum)
                self.running_var.lerp_(x.var((0, 2, 3), unbiased=False), self.momentum)
            return torch.nn.functional.batch_norm(x, None, None, self.weight, self.bias, True, 0, self.eps)
        return super().forward(x)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm = BatchNorm(4, eps=1e-5, momentum=0.1)
        self.second = torch.nn.Conv2d(4, 6, 3, bias=False)
        self.secondNorm = BatchNorm(6, eps=1e-5, momentum=0.1)
        self.classifier = torch.nn.Linear(6, 3)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        return self.classifier(torch.relu(self.secondNorm(self.second(x))).mean((2, 3)))


# Names of the state, those of torch, and the order of axes there.
NAMES = [
    (f"weights/{conv}.kernel", f"{conv}.weight", (3, 2, 0, 1)) for conv in ("conv", "second")
] + [
    (f"weights/{norm}.{ours}", f"{norm}.{theirs}", (0,))
    for norm in ("norm", "secondNorm")
    for ours, theirs in (
        ("gamma", "weight"), ("beta", "bias"), ("moving_mean", "running_mean"), ("moving_variance", "running_var"),
    )
] + [("weights/classifier.kernel", "classifier.weight", (1, 0)), ("weights/classifier.bias", "classifier.bias", (0,))]

dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
about = description()
state, _ = read_safetensors(os.path.join(step, "state.safetensors"))
data, _ = read_safetensors(os.path.join(step, "data.safetensors"))
net = Net()
net.load_state_dict(
    {theirs: torch.tensor(state[ours]).permute(order) for ours, theirs, order in NAMES}, strict=False
)
model = torch.nn.parallel.DistributedDataParallel(net)
if optimizer == "adamw":
    update = torch.optim.AdamW(model.parameters(), lr=1, eps=1e-10, weight_decay=0.01)
else:
    update = torch.optim.SGD(model.parameters(), lr=1)
schedule = torch.optim.lr_scheduler.OneCycleLR(update, max_lr=0.05, total_steps=steps, cycle_momentum=False)
batch = about["batchSize"]
own = batch // world
for at in range(steps):
    rows = rows_of(data, at * batch + rank * own, own)
    images = torch.tensor(rows["inputs"]).permute(0, 3, 1, 2)
    update.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(images), torch.tensor(rows["labels"]).long())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    update.step()
    schedule.step()
if rank == 0:
    found = net.state_dict()
    tensors = {
        ours: found[theirs].permute([order.index(axis) for axis in range(len(order))]).contiguous().numpy()
        for ours, theirs, order in NAMES
    }
    write_safetensors(out, tensors, {})
dist.barrier()
# The threads of gloo and of DistributedDataParallel do not always end in an order that they can bear.
os._exit(0)
