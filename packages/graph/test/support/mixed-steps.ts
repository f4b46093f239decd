import * as tf from '@tensorflow/tfjs'
import { largestAt } from './largest-at.ts'
import {
  CHANNELS,
  pick,
  type Random,
  type Step,
  sizesOf,
  weights,
  whole,
} from './sized-programs.ts'

type Pad = 'same' | 'valid'
type Image = tf.Tensor4D
type Maker = (random: Random) => Step

const pads: readonly Pad[] = ['same', 'valid']
/** Windows that follow the image or have gaps; pixels at computed places. */
const WINDOWS: readonly Maker[] = [
  (random) => {
    const radians = random() * 6 - 3
    const centre = pick(random, [0.5, [0.3, 0.6] as [number, number]])
    return { text: 'turned', run: (x) => tf.image.rotateWithOffset(x, radians, 0, centre) }
  },
  (random) => {
    const size = [whole(random, 1, 3), whole(random, 1, 3)] as const
    const strides = whole(random, 1, 2)
    const dilations = strides === 1 ? whole(random, 1, 2) : 1
    const pad = pick(random, pads)
    const filter = weights(random, [...size, CHANNELS]) as tf.Tensor3D
    return {
      text: `dilation ${size} strides ${strides} dilations ${dilations} ${pad}`,
      run: (x) => tf.dilation2d(x, filter, strides, pad, dilations),
    }
  },
  (random) => {
    const kind = pick(random, ['max', 'avg'] as const)
    // A quarter of 7 is another than that of all other sizes, and 7 is left for the proof of a file.
    const by = whole(random, 1, 3)
    const axis = whole(random, 0, 2)
    const round = pick(random, ['floor', 'ceil'] as const)
    const pad = pick(random, pads)
    const isWhole = random() < 0.3
    return {
      text: `${kind} pool of ${round} of a part of ${by} along ${axis} ${pad}${isWhole ? ', once' : ''}`,
      run: (x) => {
        const part = sizesOf(x).map((size) => Math.max(1, Math[round](size / by)))
        const size = part.map((each, at) => (axis === 2 || axis === at ? each : 1)) as [
          number,
          number,
        ]
        const strides = isWhole ? 1 : size
        return kind === 'max'
          ? tf.maxPool(x, size, strides, pad)
          : tf.avgPool(x, size, strides, pad)
      },
    }
  },
  (random) => {
    const kind = pick(random, ['max', 'avg'] as const)
    const size = whole(random, 2, 3)
    const dilations = whole(random, 2, 4)
    const pad = pick(random, pads)
    return {
      text: `${kind} pool ${size} dilations ${dilations} ${pad}`,
      run: (x) => tf.pool(x, size, kind, pad, dilations, 1) as Image,
    }
  },
  (random) => {
    const size = whole(random, 2, 3)
    const strides = whole(random, 1, 2)
    const pad = pick(random, pads)
    return {
      text: `places of the largest of ${size} strides ${strides} ${pad}`,
      run: (x) => largestAt(x, size, strides, pad),
    }
  },
  (random) => {
    const kernel = whole(random, 1, 4)
    const strides = whole(random, 2, 3)
    const less = whole(random, 0, strides - 1)
    const filter = weights(random, [kernel, kernel, CHANNELS, CHANNELS]) as Image
    return {
      text: `transposed ${kernel} strides ${strides} same, ${less} less`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        return tf.conv2dTranspose(
          x,
          filter,
          [x.shape[0], h * strides - less, w * strides - less, CHANNELS],
          strides,
          'same',
        )
      },
    }
  },
  (random) => {
    const filter = weights(random, [2, 3, CHANNELS, 2]) as Image
    const points = weights(random, [1, 1, 2 * CHANNELS, CHANNELS]) as Image
    const dilations = whole(random, 1, 3)
    const pad = pick(random, pads)
    return {
      text: `separable, dilations ${dilations} ${pad}`,
      run: (x) => tf.separableConv2d(x, filter, points, 1, pad, dilations),
    }
  },
  () => ({
    text: 'boxes',
    run: (x) =>
      tf.image.cropAndResize(
        x.slice([0, 0, 0, 0], [1, -1, -1, -1]),
        [[0.1, 0.2, 0.9, 0.8]],
        [0],
        [6, 5],
      ),
  }),
]

/** Arithmetic with sizes. */
const SIZES: readonly Maker[] = [
  (random) => {
    const [text, of] = pick(random, [
      ['h / w', (h: number, w: number) => h / w],
      ['1 / (h w)', (h: number, w: number) => 1 / (h * w)],
      ['1 - 1 / h', (h: number) => 1 - 1 / h],
      ['(w - 1) / w', (_: number, w: number) => (w - 1) / w],
      ['log2 h', (h: number) => Math.log2(h)],
      ['log (h w)', (h: number, w: number) => Math.log(h * w)],
      ['1 / sqrt w', (_: number, w: number) => 1 / Math.sqrt(w)],
      ['2 / (h + w)', (h: number, w: number) => 2 / (h + w)],
      ['h / (h + w)', (h: number, w: number) => h / (h + w)],
      ['max h w', (h: number, w: number) => 1 / Math.max(h, w)],
      ['h ** 2', (h: number) => h ** 2 / 100],
    ] as const)
    return { text: `times ${text}`, run: (x) => tf.mul(x, of(...sizesOf(x))) }
  },
  () => ({
    text: 'times [1 / h, 1 / w]',
    run: (x) => {
      const [h, w] = sizesOf(x)
      return tf.mul(x, tf.tensor1d([1 / h, 1 / w]))
    },
  }),
  (random) => {
    const multiple = pick(random, [2, 4, 8, 16])
    const mode = pick(random, ['reflect', 'symmetric'] as const)
    return {
      text: `${mode} to ${multiple}`,
      run: (x) => {
        const most = mode === 'reflect' ? 1 : 0
        const [bottom, right] = sizesOf(x).map((size) =>
          Math.min((multiple - (size % multiple)) % multiple, size - most),
        ) as [number, number]
        return tf.mirrorPad(
          x,
          [
            [0, 0],
            [0, bottom],
            [0, right],
            [0, 0],
          ],
          mode,
        )
      },
    }
  },
  () => ({
    text: 'to a square',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const size = Math.max(h, w)
      const [top, left] = [(size - h) >> 1, (size - w) >> 1]
      return tf.pad(x, [
        [0, 0],
        [top, size - h - top],
        [left, size - w - left],
        [0, 0],
      ])
    },
  }),
  () => ({
    text: 'the square in the middle',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const size = Math.min(h, w)
      return tf.slice(
        x,
        [0, Math.floor((h - size) / 2), Math.floor((w - size) / 2), 0],
        [-1, size, size, -1],
      )
    },
  }),
  (random) => {
    const divisor = whole(random, 2, 4)
    const axis = whole(random, 1, 2)
    return {
      text: `rolled by a part of ${divisor}`,
      run: (x) => {
        const size = x.shape[axis]!
        const at = Math.floor(size / divisor)
        const part = (from: number, count: number) =>
          tf.slice(
            x,
            x.shape.map((_, each) => (each === axis ? from : 0)),
            x.shape.map((_, each) => (each === axis ? count : -1)),
          )
        return tf.concat([part(at, size - at), part(0, at)], axis)
      },
    }
  },
  (random) => {
    const share = pick(random, [1.25, 0.75, 1.5, 1 / 3, 0.6])
    const round = pick(random, ['floor', 'ceil', 'round'] as const)
    const [align, half] = pick(random, [
      [false, false],
      [true, false],
      [false, true],
    ] as const)
    return {
      text: `nearest ${round} of ${share} ${align} ${half}`,
      run: (x) => {
        const [h, w] = sizesOf(x).map((size) => Math.max(1, Math[round](size * share))) as [
          number,
          number,
        ]
        return tf.image.resizeNearestNeighbor(x, [h, w], align, half)
      },
    }
  },
  () => ({
    text: 'to the mean of height and width',
    run: (x) => {
      const [h, w] = sizesOf(x)
      return tf.image.resizeBilinear(x, [Math.floor((h + w) / 2), Math.max(h, w)], true)
    },
  }),
  () => ({
    text: 'a fixed size, and back',
    run: (x) => {
      const small = tf.image.resizeBilinear(x, [7, 9])
      return tf.add(x, tf.image.resizeNearestNeighbor(small, [...sizesOf(x)]))
    },
  }),
]

/** Parts of networks. */
const NETWORKS: readonly Maker[] = [
  (random) => {
    const down = weights(random, [3, 3, CHANNELS, CHANNELS]) as Image
    const both = weights(random, [1, 1, 2 * CHANNELS, CHANNELS]) as Image
    return {
      text: 'a skip',
      run: (x) => {
        const small = tf.relu(tf.conv2d(x, down, 2, 'same'))
        const up = tf.image.resizeBilinear(small, [...sizesOf(x)])
        return tf.conv2d(tf.concat([x, up], 3), both, 1, 'same')
      },
    }
  },
  (random) => {
    const side = whole(random, 2, 4)
    return {
      text: `attention in windows of ${side}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        const [rows, columns] = [h, w].map((size) => Math.ceil(size / side)) as [number, number]
        const padded = tf.pad(x, [
          [0, 0],
          [0, rows * side - h],
          [0, columns * side - w],
          [0, 0],
        ])
        const parts = tf
          .reshape(padded, [-1, rows, side, columns, side, CHANNELS])
          .transpose([0, 1, 3, 2, 4, 5])
        const tokens = tf.reshape(parts, [-1, side * side, CHANNELS]) as tf.Tensor3D
        const seen = tf.matMul(tf.softmax(tf.matMul(tokens, tokens, false, true)), tokens)
        const image = tf
          .reshape(seen, [-1, rows, columns, side, side, CHANNELS])
          .transpose([0, 1, 3, 2, 4, 5])
        return tf.slice(
          tf.reshape(image, [-1, rows * side, columns * side, CHANNELS]),
          [0, 0, 0, 0],
          [-1, h, w, -1],
        ) as Image
      },
    }
  },
  () => ({
    text: 'normalised',
    run: (x) => {
      const { mean, variance } = tf.moments(x, [1, 2], true)
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.1)))
    },
  }),
  () => ({
    text: 'places from -1 to 1',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const of = (size: number) => tf.sub(tf.mul(tf.range(0, size), 2 / Math.max(1, size - 1)), 1)
      return tf.add(tf.add(x, of(h).reshape([1, h, 1, 1])), of(w).reshape([1, 1, w, 1]))
    },
  }),
  () => ({
    text: 'above the diagonal',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const rows = tf.range(0, h, 1, 'int32').reshape([1, h, 1, 1])
      const columns = tf.range(0, w, 1, 'int32').reshape([1, 1, w, 1])
      return tf.where(tf.greater(columns, rows), x, tf.zerosLike(x)) as Image
    },
  }),
  (random) => {
    const axis = whole(random, 1, 2)
    const [exclusive, reverse] = [random() < 0.5, random() < 0.5]
    return {
      text: `running sums along ${axis}`,
      run: (x) => tf.div(tf.cumsum(x, axis, exclusive, reverse), x.shape[axis]!),
    }
  },
  (random) => {
    const axis = whole(random, 1, 2)
    return {
      text: `softmax along ${axis}`,
      run: (x) => {
        const order = axis === 1 ? [0, 2, 3, 1] : [0, 1, 3, 2]
        const back = axis === 1 ? [0, 3, 1, 2] : [0, 1, 3, 2]
        return tf.transpose(tf.softmax(tf.transpose(x, order)), back) as Image
      },
    }
  },
  () => ({
    text: 'the best columns',
    run: (x) => {
      const { values } = tf.topk(tf.transpose(x, [0, 1, 3, 2]), Math.min(3, x.shape[2]))
      return tf.transpose(values, [0, 1, 3, 2]) as Image
    },
  }),
  () => ({
    text: 'columns by number',
    run: (x) => {
      const w = x.shape[2]
      const chosen = tf.argMax(tf.add(tf.mean(x, [1, 3]), tf.mul(tf.range(0, w), 0.01)), 1)
      const hot = tf.oneHot(chosen, w).reshape([x.shape[0], 1, w, 1])
      return tf.add(x, tf.cast(hot, 'float32'))
    },
  }),
  () => ({
    text: 'every place by every place',
    run: (x) => {
      const scores = tf.einsum('bhwc,bhvc->bhwv', x, x)
      return tf.einsum('bhwv,bhvc->bhwc', tf.softmax(scores), x) as Image
    },
  }),
  () => ({
    text: 'halves added',
    run: (x) => {
      const w = x.shape[2]
      const even = tf.pad(x, [
        [0, 0],
        [0, 0],
        [0, w % 2],
        [0, 0],
      ])
      const [left, right] = tf.split(even, 2, 2) as [Image, Image]
      return tf.add(left, right)
    },
  }),
  () => ({
    text: 'rows taken backwards',
    run: (x) => tf.gather(x, tf.range(x.shape[1] - 1, -1, -1, 'int32'), 1),
  }),
  () => ({
    text: 'in parts of space',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const parts = tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, h % 2],
          [0, w % 2],
        ],
      )
      return tf.batchToSpaceND(
        tf.relu(parts),
        [2, 2],
        [
          [0, h % 2],
          [0, w % 2],
        ],
      ) as Image
    },
  }),
]

/** Steps that keep the number of channels, other ones than those of `sized-programs.ts`. */
export const MIXED_MAKERS: readonly Maker[] = [...WINDOWS, ...SIZES, ...NETWORKS]
