/** The layers of a network by path, as a family of files names them; undefined for one that it has not. */
export interface TorchNames {
  /** For messages. */
  readonly family: string
  /** The name that a layer's weights begin with. */
  nameOf(layer: string): string | undefined
}

type Names = ReadonlySet<string>

/** How a file of torchvision or timm names its layers, by the names of its tensors; undefined for any other file. */
export function torchNames(names: Names): TorchNames | undefined {
  if (names.has('layer1.0.conv1.weight')) return resnet(names)
  if (names.has('features.0.0.weight')) return mobilenetOfTorchvision(names)
  if (names.has('conv_stem.weight')) return mobilenetOfTimm(names)
  return undefined
}

/** ResNets have the same names in torchvision and timm. */
function resnet(names: Names): TorchNames {
  const blocks = inOrder(names, /^(layer(\d+)\.(\d+))\./)
  return family('a ResNet of torchvision or timm', {
    ends: { conv: 'conv1', norm: 'bn1', classifier: 'fc' },
    blocks,
    parts: () => ({
      ...{ conv1: 'conv1', norm1: 'bn1', conv2: 'conv2', norm2: 'bn2', conv3: 'conv3' },
      ...{ norm3: 'bn3', shortcut: 'downsample.0', shortcutNorm: 'downsample.1' },
    }),
  })
}

function mobilenetOfTorchvision(names: Names): TorchNames {
  const blocks = inOrder(names, /^(features\.(\d+)\.conv)\./)
  const last = `features.${blocks.length + 1}`
  return family('a MobileNetV2 of torchvision', {
    ends: {
      ...{ conv: 'features.0.0', norm: 'features.0.1', neck: `${last}.0` },
      ...{ neckNorm: `${last}.1`, classifier: 'classifier.1' },
    },
    blocks,
    parts: (block) =>
      names.has(`${block}.3.weight`)
        ? {
            ...{ expand: '0.0', expandNorm: '0.1', depthwise: '1.0', depthwiseNorm: '1.1' },
            ...{ project: '2', projectNorm: '3' },
          }
        : { depthwise: '0.0', depthwiseNorm: '0.1', project: '1', projectNorm: '2' },
  })
}

function mobilenetOfTimm(names: Names): TorchNames {
  return family('a MobileNetV2 of timm', {
    ends: {
      ...{ conv: 'conv_stem', norm: 'bn1', neck: 'conv_head', neckNorm: 'bn2' },
      classifier: 'classifier',
    },
    blocks: inOrder(names, /^(blocks\.(\d+)\.(\d+))\./),
    parts: (block) =>
      names.has(`${block}.conv_pwl.weight`)
        ? {
            ...{ expand: 'conv_pw', expandNorm: 'bn1', depthwise: 'conv_dw' },
            ...{ depthwiseNorm: 'bn2', project: 'conv_pwl', projectNorm: 'bn3' },
          }
        : { depthwise: 'conv_dw', depthwiseNorm: 'bn1', project: 'conv_pw', projectNorm: 'bn2' },
  })
}

function family(
  name: string,
  rules: {
    readonly ends: Readonly<Record<string, string>>
    readonly blocks: readonly string[]
    parts(block: string): Readonly<Record<string, string>>
  },
): TorchNames {
  return {
    family: name,
    nameOf(layer) {
      const found = /^blocks\.(\d+)\.(\w+)$/.exec(layer)
      if (found === null) return rules.ends[layer]
      const block = rules.blocks[Number(found[1])]
      const part = block && rules.parts(block)[found[2]!]
      return part && `${block}.${part}`
    },
  }
}

/** Prefixes of names by the numbers in them. */
function inOrder(names: Names, pattern: RegExp): string[] {
  const found = new Map<string, number[]>()
  for (const name of names) {
    const match = pattern.exec(name)
    if (match) found.set(match[1]!, match.slice(2).map(Number))
  }
  const byNumbers = ([, a]: [string, number[]], [, b]: [string, number[]]) =>
    a[0]! - b[0]! || (a[1] ?? 0) - (b[1] ?? 0)
  return [...found].sort(byNumbers).map(([prefix]) => prefix)
}
