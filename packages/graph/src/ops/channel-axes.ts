/**
 * Which axes of a kernel's tensors are channels, by the name of the channels. Numbers are as many as channels: where zeros stand in the parameters for channels that are
 * added to images, whatever finite numbers the images have there, the others' results are what they were, and the added ones are zero, or what they were given.
 *
 * Each tensor's last axes have a letter each: `io` is a filter of inputs and outputs. `*` says that any axes come before, and that it is an image: `*i`. `1` is an axis of one.
 */
export interface ChannelAxes {
  /** By names of inputs. A kernel that has any other input is not meant. */
  readonly inputs: Readonly<Record<string, string>>
  readonly outputs: readonly string[]
  /** Of attributes that hold shapes. */
  readonly attrs?: Readonly<Record<string, string>>
  /** What stands in parameters for added channels, where zero would not do. */
  readonly fill?: Readonly<Record<string, number>>
  /** Inputs that are optional elsewhere, and must be given. */
  readonly needs?: readonly string[]
  /** What an added channel gives: zero (default); the number of its first input; or zero where that is zero, and else nobody knows. */
  readonly added?: 'given' | 'zero of zero'
  /** Where a factor of each channel of the input `dy` may go instead: an input, or the result. The kernel is linear in both. */
  readonly factorOfDy?: 'filter' | 'result'
  /** Set where the axes before the channels may be any, if only they are the same for all images. */
  readonly anyPixels?: true
}

/** A convolution, with a bias if it has one; its filter is [...kernel, inputs, outputs]. */
export const convolutionChannels: ChannelAxes = {
  inputs: { x: '*i', filter: 'io', bias: 'o' },
  outputs: ['*o'],
}

/** Its derivatives. */
export const inputGradientChannels: ChannelAxes = {
  inputs: { dy: '*o', filter: 'io' },
  outputs: ['*i'],
  attrs: { inputShape: '*i' },
  factorOfDy: 'filter',
}

export const filterGradientChannels: ChannelAxes = {
  inputs: { x: '*i', dy: '*o' },
  outputs: ['io'],
  attrs: { filterShape: 'io' },
  factorOfDy: 'result',
}

/** A convolution of each channel by itself, and its derivatives. */
export const depthwiseChannels: ChannelAxes = {
  inputs: { x: '*c', filter: 'c1', bias: 'c' },
  outputs: ['*c'],
}

export const depthwiseInputGradientChannels: ChannelAxes = {
  inputs: { dy: '*c', filter: 'c1' },
  outputs: ['*c'],
  attrs: { inputShape: '*c' },
  factorOfDy: 'filter',
}

export const depthwiseFilterGradientChannels: ChannelAxes = {
  inputs: { x: '*c', dy: '*c' },
  outputs: ['c1'],
  attrs: { filterShape: 'c1' },
  factorOfDy: 'result',
}

/** A pool over the pixels of each channel, and its derivative. */
export const poolChannels: ChannelAxes = {
  inputs: { x: '*c' },
  outputs: ['*c'],
  added: 'given',
}

export const poolGradientChannels: ChannelAxes = {
  inputs: { dy: '*c', input: '*c', output: '*c' },
  outputs: ['*c'],
  added: 'zero of zero',
}

/** A sum or mean over the pixels of each channel: of all images, or of each. Squeeze and excitation (Hu et al. 2018) and global pools are made of the latter. */
export function reducedChannels(over: 'all' | 'each', keepDims: boolean): ChannelAxes {
  const before = over === 'all' ? '111' : 'n11'
  return { inputs: { x: '*c' }, outputs: [`${keepDims ? before : before.replaceAll('1', '')}c`] }
}
