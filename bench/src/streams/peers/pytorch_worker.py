"""Reads a folder of JPEGs by PyTorch's DataLoader, pictures as bytes, by torchvision."""

import multiprocessing
import os
import time

import common


def processor():
    """Seconds of processor time of this process and of the loader's."""
    used = time.process_time()
    for child in multiprocessing.active_children():
        try:
            with open(f"/proc/{child.pid}/stat") as stat:
                ticks = stat.read().rsplit(")", 1)[1].split()[11:13]
            used += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        except OSError:
            # Not Linux.
            return float("nan")
    return used


def prepare(request):
    import torch
    import torchvision

    torch.set_num_threads(1)

    def read(path):
        return torchvision.io.decode_image(path, torchvision.io.ImageReadMode.RGB)

    data = torchvision.datasets.ImageFolder(request["folder"], loader=read)
    loader = torch.utils.data.DataLoader(
        data,
        batch_size=request["batch"],
        shuffle=True,
        num_workers=request["threads"],
        persistent_workers=True,
    )
    version = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    stepper = common.Stepper({"version": version}, processor)
    while True:
        for inputs, _ in loader:
            stepper.done(len(inputs))


common.serve({"prepare": prepare})
