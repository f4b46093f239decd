"""torchvision's ResNet-18, with made-up weights."""


def backbone():
    import torch
    from pytorch_exported import settle, torchvision

    torch.manual_seed(1)
    return settle(torchvision.models.resnet18(weights=None))


def export(sizes, path):
    from pytorch_exported import write

    write(backbone(), sizes["size"], path)


def pytorch(sizes):
    from torch import nn

    net = backbone()
    net.fc = nn.Linear(net.fc.in_features, sizes["classes"])
    return net


def load_head(net, path):
    import pytorch_exported

    pytorch_exported.load_head(net.fc, path)
