"""What torchvision makes of pictures: reads jobs as JSON, `[height, width, 3]` bytes each, and prints what comes of them, between 0 and 1."""
import json, sys
from pathlib import Path
import numpy as np
from PIL import Image, ImageEnhance

sys.path.insert(0, str(Path(__file__).parents[4] / "scripts/peers"))
from torch_networks import torch
from torchvision.transforms import autoaugment, v2
from torchvision.transforms import functional as F
from torchvision.transforms.functional import InterpolationMode

given = json.load(sys.stdin)
bytes_ = torch.tensor(given["pictures"], dtype=torch.uint8).reshape(given["shape"]).permute(0, 3, 1, 2)
height, width = bytes_.shape[-2:]
floats = bytes_.float() / 255
space = autoaugment.RandAugment()._augmentation_space(31, (height, width))
ENHANCE = {"brightness": ImageEnhance.Brightness, "contrast": ImageEnhance.Contrast, "saturation": ImageEnhance.Color}
# torchvision's plain NEAREST takes the pixel before the place, as old versions of OpenCV did.
READ = {"bilinear": InterpolationMode.BILINEAR, "nearest": InterpolationMode.NEAREST_EXACT}
CHANGES = {
    "identity": "Identity", "shear-x": "ShearX", "shear-y": "ShearY", "translate-x": "TranslateX", "translate-y": "TranslateY",
    "rotate": "Rotate", "brightness": "Brightness", "saturation": "Color", "contrast": "Contrast", "sharpness": "Sharpness",
    "posterize": "Posterize", "solarize": "Solarize", "autocontrast": "AutoContrast",
}


def rand_augment(change, magnitude, sign):
    magnitudes, signed = space[CHANGES[change]]
    strength = float(magnitudes[magnitude]) if magnitudes.ndim > 0 else 0.0
    fill = [0.0, 0.0, 0.0]
    return autoaugment._apply_op(bytes_, CHANGES[change], strength * (sign if signed else 1), InterpolationMode.NEAREST, fill)


def cutmix(share, y, x):
    transform = v2.CutMix(num_classes=2)
    half_y, half_x = int(0.5 * share**0.5 * height), int(0.5 * share**0.5 * width)
    box = max(x - half_x, 0), max(y - half_y, 0), min(x + half_x, width), min(y + half_y, height)
    kept = 1 - (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
    labels = torch.arange(len(floats))
    return transform.transform(floats, {"box": box, "lam_adjusted": kept, "labels": labels, "batch_size": len(floats)}), 1 - kept


def by_pillow(kind, factor):
    images = [Image.fromarray(each.permute(1, 2, 0).numpy()) for each in bytes_]
    if kind == "grayscale":
        changed = [np.asarray(image.convert("L").convert("RGB")) for image in images]
    else:
        changed = [np.asarray(ENHANCE[kind](image).enhance(factor)) for image in images]
    return torch.tensor(np.stack(changed)).permute(0, 3, 1, 2)


def data(_):
    deviation, mean = torch.std_mean(floats.double(), dim=(0, 2, 3), correction=0)
    return F.normalize(floats.double(), mean.tolist(), deviation.tolist())


JOBS = {
    "brightness": lambda job: F.adjust_brightness(floats, job["factor"]),
    "contrast": lambda job: F.adjust_contrast(floats, job["factor"]),
    "saturation": lambda job: F.adjust_saturation(floats, job["factor"]),
    "hue": lambda job: F.adjust_hue(floats, job["factor"]),
    "grayscale": lambda _: F.rgb_to_grayscale(floats, 3),
    "blur": lambda job: F.gaussian_blur(floats, job["kernelSize"], job["sigma"]),
    "crop": lambda job: F.resized_crop(floats, *job["box"], [height, width], READ[job["interpolation"]], antialias=True),
    "rotate": lambda job: F.rotate(floats, job["degrees"], InterpolationMode.BILINEAR),
    "cutmix": lambda job: cutmix(job["share"], job["y"], job["x"]),
    "rand-augment": lambda job: rand_augment(job["change"], job["magnitude"], job["sign"]),
    "pillow": lambda job: by_pillow(job["change"], job.get("factor")),
    "normalize": lambda job: F.normalize(floats, job["mean"], job["std"]),
    "data": data,
}

answers = []
for job in given["jobs"]:
    found = JOBS[job["kind"]](job)
    share = None
    if isinstance(found, tuple):
        found, share = found
    if found.dtype == torch.uint8:
        found = found.float() / 255
    answers.append({"pixels": found.permute(0, 2, 3, 1).flatten().tolist(), "share": share})
print(json.dumps(answers))
