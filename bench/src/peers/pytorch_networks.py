"""The networks of the benches in PyTorch, channels first."""


def networks():
    import torch
    from torch import nn

    def norm(width):
        # Keras's defaults: its momentum 0.99 is PyTorch's 0.01.
        return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)

    class Block(nn.Module):
        def __init__(self, inputs, width, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, width, 3, stride=stride, padding=1)
            self.norm1 = norm(width)
            self.conv2 = nn.Conv2d(width, width, 3, padding=1)
            self.norm2 = norm(width)
            self.shortcut = (
                nn.Identity()
                if stride == 1
                else nn.Sequential(nn.Conv2d(inputs, width, 1, stride=stride), norm(width))
            )

        def forward(self, x):
            y = torch.relu(self.norm1(self.conv1(x)))
            return torch.relu(self.norm2(self.conv2(y)) + self.shortcut(x))

    class Head(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.dense = nn.Linear(width, 10)

        def forward(self, x):
            return self.dense(x.mean((2, 3)))

    def mini_resnet():
        return nn.Sequential(
            nn.Conv2d(1, 64, 7, padding=3),
            norm(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 3),
            Block(64, 64),
            Block(64, 64),
            Head(64),
        )

    def resnet18():
        widths = [64, 128, 256, 512]
        later = [
            block
            for inputs, width in zip(widths, widths[1:])
            for block in (Block(inputs, width, 2), Block(width, width))
        ]
        return nn.Sequential(
            nn.Conv2d(1, 64, 7, stride=2, padding=3),
            norm(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
            Block(64, 64),
            Block(64, 64),
            *later,
            Head(512),
        )

    return {"mini-resnet": mini_resnet, "resnet18": resnet18}
