import { ConfigError, unknownName } from '@ashlar/errors'

/** A function that all engines export. */
export interface ExportWork {
  /** `mini-resnet nhwc` */
  readonly name: string
  readonly model: 'mini-resnet' | 'resnet18'
  /** What the network gives: logits, or their softmax. */
  readonly output: 'logits' | 'probabilities'
  /** How the file takes images: `[batch, 28, 28, 1]`, or `[batch, 1, 28, 28]` as `nchw`. */
  readonly layout: 'nhwc' | 'nchw'
}

/** Everything that is measured by default, in this order: the networks as the bench `train` has them, and one without its softmax. */
export const works: readonly ExportWork[] = [
  { name: 'mini-resnet nhwc', model: 'mini-resnet', output: 'probabilities', layout: 'nhwc' },
  { name: 'mini-resnet nchw', model: 'mini-resnet', output: 'probabilities', layout: 'nchw' },
  { name: 'mini-resnet nchw logits', model: 'mini-resnet', output: 'logits', layout: 'nchw' },
  { name: 'resnet18 nhwc', model: 'resnet18', output: 'logits', layout: 'nhwc' },
  { name: 'resnet18 nchw', model: 'resnet18', output: 'logits', layout: 'nchw' },
]

/**
 * The works whose names were asked for.
 *
 * @param asked names parted by commas; all works by default.
 * @throws ConfigError for an unknown name.
 */
export function chooseWorks(asked: string | undefined): readonly ExportWork[] {
  if (asked === undefined) return works
  const names = asked.split(',').map((name) => name.trim())
  const known = works.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new ConfigError(unknownName('--work', 'work', unknown, known))
  return works.filter(({ name }) => names.includes(name))
}
