"""Measures PyTorch: channels_last, float32, the best of its ways of training."""

import common
import pytorch_networks


def prepare(request):
    import torch

    work, variant = request["work"], request["variant"]
    torch.set_num_threads(request["threads"])
    torch.manual_seed(0)
    images, labels = common.load(request["data"])
    net = pytorch_networks.networks()[work["model"]]().to(memory_format=torch.channels_last)
    stepper = common.Stepper({"version": "torch " + torch.__version__})
    loop = train if work["mode"] == "training" else infer
    loop(torch, net, variant, work["batch"], images, labels, stepper)


def train(torch, net, variant, batch, images, labels, stepper):
    x = torch.from_numpy(images).float().div_(255).unsqueeze(1)
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.from_numpy(labels).long()
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7, fused=variant != "eager")
    loss_of = torch.nn.CrossEntropyLoss()

    def forward(inputs, targets):
        return loss_of(net(inputs), targets)

    if variant == "compile":
        forward = torch.compile(forward)
    while True:
        order = torch.randperm(len(x))
        for start in range(0, len(x) - batch + 1, batch):
            chosen = order[start : start + batch]
            loss = forward(x[chosen], y[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            stepper.done(batch)


def infer(torch, net, variant, batch, images, labels, stepper):
    x = torch.from_numpy(images[:batch]).float().div_(255).unsqueeze(1)
    x = x.contiguous(memory_format=torch.channels_last)
    net.eval()
    run = torch.compile(net) if variant == "compile" else net
    with torch.inference_mode():
        while True:
            run(x).numpy()
            stepper.done(batch)


common.serve(prepare)
