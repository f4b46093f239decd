"""Measures PyTorch in float32: images with channels last where that is quicker, the best of its ways of training."""

import common


def prepare(request):
    import torch

    work, variant = request["work"], request["variant"]
    torch.set_num_threads(request["threads"])
    torch.manual_seed(0)
    inputs, labels = common.load(request["data"])
    net = network_of(torch, work)
    stepper = common.Stepper({"version": "torch " + torch.__version__})
    batches = Batches(torch, request, inputs, labels)
    if work["mode"] == "training":
        train(torch, net, work, variant, batches, stepper)
    else:
        infer(torch, net, work, variant, batches, stepper)


def network_of(torch, work):
    net = common.networks(work).pytorch(work["sizes"])
    return net.to(memory_format=torch.channels_last) if work["channelsLast"] else net


class Batches:
    """Samples by their numbers. Bytes are scaled batch by batch, as a loader does: they are kept as bytes."""

    def __init__(self, torch, request, inputs, labels):
        self.work, self.range = request["work"], request["data"]["inputRange"]
        self.inputs = torch.from_numpy(inputs)
        self.labels = torch.from_numpy(labels).long()
        self.torch = torch

    def __len__(self):
        return len(self.inputs)

    def take(self, rows):
        x = self.inputs[rows]
        if x.dtype == self.torch.uint8:
            low, high = self.range
            x = x.float().sub_(low).div_(high - low) if low else x.float().div_(high)
        if x.dim() == 4:
            x = x.permute(0, 3, 1, 2)
            x = x if self.work["channelsLast"] else x.contiguous()
        return x, self.labels[rows]


def optimizer_of(torch, net, spec, fused):
    parameters = [each for each in net.parameters() if each.requires_grad]
    rate = spec["learningRate"]
    if spec["name"] == "sgd":
        return torch.optim.SGD(parameters, rate, spec.get("momentum", 0), fused=fused)
    if spec["name"] == "adam":
        return torch.optim.Adam(parameters, rate, eps=1e-7, fused=fused)
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": spec["weightDecay"]},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0},
    ]
    return torch.optim.AdamW(groups, rate, eps=1e-7, fused=fused)


def schedule_of(torch, optimizer, spec, steps):
    """The schedule of a work in PyTorch; None for a rate that stays."""
    if spec.get("schedule") != "one-cycle":
        return None
    rate = spec["learningRate"]
    cycle = torch.optim.lr_scheduler.OneCycleLR
    return cycle(optimizer, rate, total_steps=steps, cycle_momentum=False)


def loss_of(torch, outputs, labels):
    """Cross-entropy of classes on axis 1, one row for each label."""
    labels = labels.reshape(-1) if outputs.dim() == 2 else labels
    return torch.nn.functional.cross_entropy(outputs, labels)


def train(torch, net, work, variant, batches, stepper):
    net.train()
    optimizer = optimizer_of(torch, net, work["optimizer"], variant != "eager")

    def forward(inputs, targets):
        return loss_of(torch, net(inputs), targets)

    if variant == "compile":
        forward = torch.compile(forward)
    batch = work["batch"]
    while True:
        order = torch.randperm(len(batches))
        for start in range(0, len(batches) - batch + 1, batch):
            loss = forward(*batches.take(order[start : start + batch]))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            stepper.done(batch)


def infer(torch, net, work, variant, batches, stepper):
    x, _ = batches.take(slice(0, work["batch"]))
    net.eval()
    run = torch.compile(net) if variant == "compile" else net
    with torch.inference_mode():
        while True:
            run(x).numpy()
            stepper.done(work["batch"])


def learn(request):
    """Steps in the order of the data, from given weights."""
    import torch

    import pytorch_weights

    work, tested = request["work"], request["tested"]
    torch.set_num_threads(request["threads"])
    torch.manual_seed(0)
    batches = Batches(torch, request, *common.load(request["data"]))
    net = network_of(torch, work)
    if "exportedWith" in work:
        # It has the weights of the file but for its new head.
        common.networks(work).load_head(net, request["weights"])
    else:
        pytorch_weights.load_weights(net, request["weights"])
        pytorch_weights.pad_as_tensorflow(net)
    optimizer = optimizer_of(torch, net, work["optimizer"], True)
    schedule = schedule_of(torch, optimizer, work["optimizer"], request["steps"])
    net.train()
    batch, losses = work["batch"], []
    count = (len(batches) - tested) // batch
    for step in range(request["steps"]):
        start = step % count * batch
        inputs, labels = batches.take(slice(start, start + batch))
        loss = loss_of(torch, net(inputs), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if schedule:
            schedule.step()
        losses.append(loss.item())
    learnt = {"parameters": sum(p.numel() for p in net.parameters() if p.requires_grad)}
    learnt["losses"] = losses
    if tested:
        learnt["test"] = test(torch, net, batches, batch, len(batches) - tested)
    common.answer(learnt)


def test(torch, net, batches, batch, begin):
    net.eval()
    loss = right = samples = answers = 0
    with torch.inference_mode():
        for start in range(begin, len(batches), batch):
            inputs, labels = batches.take(slice(start, start + batch))
            outputs = net(inputs)
            loss += loss_of(torch, outputs, labels).item() * len(inputs)
            samples += len(inputs)
            right += (outputs.argmax(1).reshape(-1) == labels.reshape(-1)).sum().item()
            answers += labels.numel()
    return {"loss": loss / samples, "accuracy": right / answers}


common.serve({"prepare": prepare, "learn": learn})
