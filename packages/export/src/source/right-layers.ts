import * as tf from '@tensorflow/tfjs'

type Call = (
  this: unknown,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: object,
) => tf.Tensor | tf.Tensor[]

/** What tfjs keeps to itself of the layers below. The tests check this against the pinned tfjs. */
interface Layer {
  dataFormat?: string
  axis?: number
}

/** One that tfjs computes otherwise than it says: its output is not as `computeOutputShape` has it, or its axis is not looked at. */
interface Repair {
  /** Any layer of the class, which tfjs does not give out. */
  readonly example: () => tf.layers.Layer
  readonly isMeant: (layer: Layer, rank: number) => boolean
  readonly right: (layer: Layer, x: tf.Tensor, call: (x: tf.Tensor) => tf.Tensor) => tf.Tensor
}

const REPAIRS: readonly Repair[] = [
  // Its result stays with channels last.
  {
    example: () => tf.layers.conv1d({ filters: 1, kernelSize: 1 }),
    isMeant: hasChannelsFirst,
    right: withChannelsLast,
  },
  // Its bias is added to another axis, and fits by chance or not at all.
  {
    example: () => tf.layers.separableConv2d({ filters: 1, kernelSize: 1 }),
    isMeant: hasChannelsFirst,
    right: withChannelsLast,
  },
  // The kernels take the last axis, and no more than four.
  {
    example: () => tf.layers.batchNormalization({}),
    isMeant: (layer, rank) => rank > 4 || isNotLast(layer, rank),
    right: onLastAxis,
  },
  // Refused by tfjs on another axis than the last.
  {
    example: () => tf.layers.softmax({}),
    isMeant: isNotLast,
    right: onLastAxis,
  },
]

function hasChannelsFirst({ dataFormat }: Layer): boolean {
  return dataFormat === 'channelsFirst'
}

function isNotLast({ axis = -1 }: Layer, rank: number): boolean {
  if (typeof axis !== 'number') return false
  return (axis + rank) % rank !== rank - 1
}

let depth = 0
let restores: readonly (() => void)[] = []

/**
 * Runs `fn` with those layers of tfjs put right that it computes wrong with channels first or on another axis than the last. It holds for a capture and for what
 * the file is held against alike: a model means what its layers' documentation says.
 */
export async function withRightLayers<T>(fn: () => T | Promise<T>): Promise<T> {
  putRight()
  try {
    return await fn()
  } finally {
    putBack()
  }
}

/** The same for what does not wait. */
export function withRightLayersNow<T>(fn: () => T): T {
  putRight()
  try {
    return fn()
  } finally {
    putBack()
  }
}

function putRight(): void {
  if (depth++ === 0) restores = REPAIRS.map(exchange)
}

function putBack(): void {
  if (--depth === 0) for (const restore of restores) restore()
}

/** Puts the right call in the place of a class's own; returns the way back. */
function exchange({ example, isMeant, right }: Repair): () => void {
  const prototype = Object.getPrototypeOf(example()) as { call: Call }
  const isOwn = Object.hasOwn(prototype, 'call')
  const { call } = prototype
  prototype.call = function (inputs, kwargs) {
    const [x] = [inputs].flat() as [tf.Tensor]
    const layer = this as Layer
    if (!isMeant(layer, x.rank)) return call.call(this, inputs, kwargs)
    return tf.tidy(() => right(layer, x, (turned) => call.call(this, turned, kwargs) as tf.Tensor))
  }
  return () => {
    if (isOwn) prototype.call = call
    else Reflect.deleteProperty(prototype, 'call')
  }
}

function withChannelsLast(
  layer: Layer,
  x: tf.Tensor,
  call: (x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const space = Array.from({ length: x.rank - 2 }, (_, index) => index)
  const last = tf.transpose(x, [0, ...space.map((axis) => axis + 2), 1])
  layer.dataFormat = 'channelsLast'
  try {
    return tf.transpose(call(last), [0, x.rank - 1, ...space.map((axis) => axis + 1)])
  } finally {
    layer.dataFormat = 'channelsFirst'
  }
}

/** Turned, and as rows of what lies along the axis where there are more axes than tfjs takes. */
function onLastAxis(layer: Layer, x: tf.Tensor, call: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  const { axis = -1 } = layer
  const own = (axis + x.rank) % x.rank
  const perm = [...x.shape.keys()].filter((each) => each !== own).concat(own)
  const last = tf.transpose(x, perm)
  layer.axis = -1
  try {
    const given = x.rank > 4 ? tf.reshape(last, [-1, x.shape[own]!]) : last
    const back = perm.map((_, at) => perm.indexOf(at))
    return tf.transpose(tf.reshape(call(given), last.shape), back)
  } finally {
    layer.axis = axis
  }
}
