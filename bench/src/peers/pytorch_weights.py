"""Gives a network in PyTorch the weights that Ashlar saved: names are the same, and layouts follow from the kind of layer."""

import torch
from torch import nn

import safetensors_file


def load_weights(net, path):
    """Copies all weights. Raises KeyError where one is missing, and ValueError for those that are left over."""
    stored = {name: torch.from_numpy(array) for name, array in safetensors_file.read(path).items()}
    for prefix, module in net.named_modules():
        copy = copier_of(module)
        if copy is None:
            continue
        take = lambda name: stored.pop(f"{prefix}.{name}" if prefix else name)
        with torch.no_grad():
            for own, value in copy(module, take):
                if own.shape != value.shape:
                    raise ValueError(f"{prefix}: {tuple(own.shape)} here, {tuple(value.shape)} there")
                own.copy_(value)
    if stored:
        raise ValueError("the network has no " + ", ".join(stored))


def copier_of(module):
    found = [copy for kind, copy in COPIERS if isinstance(module, kind)]
    return found[0] if found else getattr(module, "copy_weights", None) and type(module).copy_weights


def biased(module, take, kernel):
    yield module.weight, kernel
    if module.bias is not None:
        yield module.bias, take("bias")


def conv2d(module, take):
    if module.groups == 1:
        return biased(module, take, take("kernel").permute(3, 2, 0, 1))
    kernel = take("depthwise_kernel").permute(2, 3, 0, 1)
    return biased(module, take, kernel.reshape(module.weight.shape))


def batch_norm(module, take):
    yield module.weight, take("gamma")
    yield module.bias, take("beta")
    yield module.running_mean, take("moving_mean")
    yield module.running_var, take("moving_variance")


def layer_norm(module, take):
    yield module.weight, take("gamma")
    yield module.bias, take("beta")


def lstm(module, take):
    yield module.weight_ih_l0, take("cell.kernel").T
    yield module.weight_hh_l0, take("cell.recurrent_kernel").T
    yield module.bias_ih_l0, take("cell.bias")
    yield module.bias_hh_l0, torch.zeros_like(module.bias_hh_l0)


def gru(module, take):
    def reordered(rows):
        """Update, reset, new as Keras has them: PyTorch begins with reset."""
        update, reset, new = rows.chunk(3)
        return torch.cat([reset, update, new])

    inputs, state = take("cell.bias")
    yield module.weight_ih_l0, reordered(take("cell.kernel").T)
    yield module.weight_hh_l0, reordered(take("cell.recurrent_kernel").T)
    yield module.bias_ih_l0, reordered(inputs)
    yield module.bias_hh_l0, reordered(state)


# Each gives pairs: a tensor of the module, and what it becomes.
COPIERS = [
    (nn.ConvTranspose2d, lambda m, take: biased(m, take, take("kernel").permute(3, 2, 0, 1))),
    (nn.Conv2d, conv2d),
    (nn.Conv1d, lambda m, take: biased(m, take, take("kernel").permute(2, 1, 0))),
    (nn.Linear, lambda m, take: biased(m, take, take("kernel").T)),
    ((nn.BatchNorm1d, nn.BatchNorm2d), batch_norm),
    (nn.LayerNorm, layer_norm),
    (nn.Embedding, lambda m, take: [(m.weight, take("embeddings"))]),
    (nn.LSTM, lstm),
    (nn.GRU, gru),
]


def pad_as_tensorflow(net):
    """
    With strides, TensorFlow's `same` pads an image of even size by one more at its end, PyTorch by as much on both sides. As much work, but other numbers: where
    numbers are compared, this pads as TensorFlow does.
    """
    from torch.nn import functional as F

    def size_of(value):
        return value if isinstance(value, int) else value[0]

    for module in net.modules():
        if not isinstance(module, (nn.Conv2d, nn.MaxPool2d)):
            continue
        size, stride = size_of(module.kernel_size), size_of(module.stride)
        if stride == 1 or size_of(module.padding) == 0:
            continue
        fill = float("-inf") if isinstance(module, nn.MaxPool2d) else 0.0
        module.padding = 0 if isinstance(module, nn.MaxPool2d) else (0, 0)

        def pad(_, inputs, size=size, stride=stride, fill=fill):
            total = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in inputs[0].shape[2:]]
            (top, bottom), (left, right) = [(each // 2, each - each // 2) for each in total]
            return (F.pad(inputs[0], (left, right, top, bottom), value=fill),)

        module.register_forward_pre_hook(pad)
