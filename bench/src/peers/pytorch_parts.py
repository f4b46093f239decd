"""What networks in PyTorch are made of. Layers have the names of Ashlar's, and channels come first."""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, width, size, stride=1, bias=True, groups=1):
    padding = (size - 1) // 2
    return nn.Conv2d(inputs, width, size, stride, padding, groups=groups, bias=bias)


def norm(width):
    """Keras's defaults: its momentum 0.99 is PyTorch's 0.01."""
    return nn.BatchNorm2d(width, eps=1e-3, momentum=0.01)


def norm1d(width):
    return nn.BatchNorm1d(width, eps=1e-3, momentum=0.01)


class Residual(nn.Module):
    """Two convolutions; the shortcut has a 1x1 convolution where there are strides."""

    def __init__(self, inputs, width, stride=1, bias=True):
        super().__init__()
        self.conv1 = conv(inputs, width, 3, stride, bias)
        self.norm1 = norm(width)
        self.conv2 = conv(width, width, 3, 1, bias)
        self.norm2 = norm(width)
        self.shortcut = self.shortcutNorm = None
        if stride != 1:
            self.shortcut = conv(inputs, width, 1, stride, bias)
            self.shortcutNorm = norm(width)

    def forward(self, x):
        y = torch.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        shortcut = x if self.shortcut is None else self.shortcutNorm(self.shortcut(x))
        return torch.relu(y + shortcut)


class ResNet(nn.Module):
    """A stem, blocks, the mean over the image, a dense layer. Gives logits."""

    def __init__(self, channels, classes, stem, pool, stages, bias=True):
        """stem: (width, size, stride); stages: a list of (width, stride, blocks)."""
        super().__init__()
        inputs, size, stride = stem
        self.conv = conv(channels, inputs, size, stride, bias)
        self.norm = norm(inputs)
        self.pool = pool
        blocks = []
        for width, stride, repeats in stages:
            blocks.append(Residual(inputs, width, stride, bias))
            blocks += [Residual(width, width, 1, bias) for _ in range(repeats - 1)]
            inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.pool(torch.relu(self.norm(self.conv(x))))
        return self.classifier(self.blocks(x).mean((2, 3)))


def resnet18(width, channels, classes):
    stages = [(width * 2**stage, min(2, stage + 1), 2) for stage in range(4)]
    return ResNet(channels, classes, (width, 7, 2), nn.MaxPool2d(3, 2, padding=1), stages)


class TransformerBlock(nn.Module):
    """Attention, then two dense layers, each added to what it was given."""

    def __init__(self, width, heads, hidden, norm_first, dropout=0.0, causal=False):
        super().__init__()
        self.heads, self.norm_first, self.causal, self.rate = heads, norm_first, causal, dropout
        self.norm1 = nn.LayerNorm(width, eps=1e-5)
        parts = {"qkv": nn.Linear(width, 3 * width), "project": nn.Linear(width, width)}
        self.attention = nn.ModuleDict(parts)
        self.norm2 = nn.LayerNorm(width, eps=1e-5)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if self.norm_first:
            x = x + self.attend(self.norm1(x))
            return x + self.expand(self.norm2(x))
        x = self.norm1(x + self.attend(x))
        return self.norm2(x + self.expand(x))

    def attend(self, x):
        batch, tokens, width = x.shape
        parts = self.attention["qkv"](x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        rate = self.rate if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=self.causal)
        y = y.transpose(1, 2).reshape(batch, tokens, width)
        return self.dropout(self.attention["project"](y))

    def expand(self, x):
        return self.dropout(self.down(F.gelu(self.up(x))))


class Positions(nn.Module):
    """A vector for each place, added to what stands there."""

    def __init__(self, tokens, width):
        super().__init__()
        self.table = nn.Embedding(tokens, width)

    def forward(self, x):
        return x + self.table.weight


class Gpt(nn.Module):
    """Causal transformer blocks between an embedding and a dense layer."""

    def __init__(self, tokens, vocabulary, width, heads, hidden, blocks):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = Positions(tokens, width)
        block = (width, heads, hidden, True, 0.0, True)
        self.blocks = nn.Sequential(*(TransformerBlock(*block) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, x):
        """Logits of all tokens of the batch, [batch * tokens, vocabulary]."""
        x = self.positions(self.words(x.long()))
        return self.head(self.norm(self.blocks(x))).flatten(0, 1)


class ChannelNorm(nn.LayerNorm):
    """A layer norm over the channels of images with channels first."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
