"""timm's smallest vision transformer, with made-up weights."""


def backbone(sizes):
    import torch
    from pytorch_exported import settle, timm

    torch.manual_seed(1)
    options = {"img_size": sizes["size"], "depth": sizes["blocks"]}
    return settle(timm.create_model("vit_tiny_patch16_224", pretrained=False, **options))


def export(sizes, path):
    from pytorch_exported import write

    write(backbone(sizes), sizes["size"], path)


def pytorch(sizes):
    from torch import nn

    net = backbone(sizes)
    net.head = nn.Linear(net.head.in_features, sizes["classes"])
    return net


def load_head(net, path):
    import pytorch_exported

    pytorch_exported.load_head(net.head, path)
