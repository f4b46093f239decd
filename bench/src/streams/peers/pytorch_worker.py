"""Reads a folder of JPEGs by PyTorch's DataLoader, pictures as bytes: by torchvision's own decoder, or by Pillow, which its folders are read by unless somebody says otherwise."""

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


def load():
    """torchvision, and how it reads a picture."""
    import torch

    try:
        import torchvision

        def read(path):
            return torchvision.io.decode_image(path, torchvision.io.ImageReadMode.RGB)

        return torchvision, read, "torchvision"
    except RuntimeError:
        # Its compiled part is made for one build of torch. Beside another it does not load, and declarations lack their operators.
        operators = torch.library.Library("torchvision", "DEF")
        for name in ["nms", "qnms"]:
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        globals()["_operators"] = operators
        to_tensor = torchvision.transforms.functional.pil_to_tensor
        default = torchvision.datasets.folder.default_loader
        return torchvision, lambda path: to_tensor(default(path)), "Pillow"


def prepare(request):
    import torch

    torchvision, read, decoder = load()
    torch.set_num_threads(1)

    data = torchvision.datasets.ImageFolder(request["folder"], loader=read)
    loader = torch.utils.data.DataLoader(
        data,
        batch_size=request["batch"],
        shuffle=True,
        num_workers=request["threads"],
        persistent_workers=True,
    )
    version = f"torch {torch.__version__}, torchvision {torchvision.__version__}, decoded by {decoder}"
    stepper = common.Stepper({"version": version}, processor)
    while True:
        for inputs, _ in loader:
            stepper.done(len(inputs))


common.serve({"prepare": prepare})
