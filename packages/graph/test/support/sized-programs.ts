import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'

/** A program of images [batch, height, width, channels] of any size, made at random. */
export interface SizedProgram {
  /** What it is made of, for messages. */
  readonly text: string
  /** How many images it takes. */
  readonly images: number
  run(...images: tf.Tensor4D[]): tf.Tensor
}

/** A step of a program: takes an image, and gives one. */
export interface Step {
  readonly text: string
  run(x: tf.Tensor4D): tf.Tensor4D
}

export type Random = () => number

/** Channels of images, which steps keep. */
export const CHANNELS = 2

/** Makes the program of a seed. */
export function sizedProgram(seed: number): SizedProgram {
  const random = seedrandom.alea(`program ${seed}`)
  const count = 2 + Math.floor(random() * 5)
  const steps = Array.from({ length: count }, () => pick(random, MAKERS)(random))
  const isDouble = random() < 0.25
  if (!isDouble) {
    const last = random() < 0.3 ? pick(random, ENDS)(random) : undefined
    return {
      text: [...steps, ...(last ? [last] : [])].map(({ text }) => text).join(' > '),
      images: 1,
      run: (x) => {
        const y = steps.reduce((image, step) => step.run(image), x)
        return last ? last.run(y) : y
      },
    }
  }
  const join = pick(random, JOINS)(random)
  const half = Math.ceil(count / 2)
  const [left, right] = [steps.slice(0, half), steps.slice(half)]
  const through = (list: readonly Step[], x: tf.Tensor4D) =>
    list.reduce((image, step) => step.run(image), x)
  return {
    text: `(${left.map(({ text }) => text).join(' > ')}) ${join.text} (${right.map(({ text }) => text).join(' > ')})`,
    images: 2,
    run: (a, b) => join.run(through(left, a), through(right, b)),
  }
}

/** One of several, by chance. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!
}

/** A whole number from one to another, by chance. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1))
}

/** Numbers around zero. */
export function weights(random: Random, shape: readonly number[]): tf.Tensor {
  const size = shape.reduce((all, each) => all * each, 1)
  return tf.tensor(
    Array.from({ length: size }, () => random() - 0.5),
    [...shape],
  )
}

/** Height and width. */
export const sizesOf = (x: tf.Tensor4D) => [x.shape[1], x.shape[2]] as const

/** Steps that keep the number of channels. */
export const MAKERS: readonly ((random: Random) => Step)[] = [
  (random) => {
    const kernel = whole(random, 1, 4)
    const strides = whole(random, 1, 3)
    const dilations = strides === 1 ? whole(random, 1, 3) : 1
    const pad = pick(random, ['same', 'valid', 'same'] as const)
    const filter = weights(random, [kernel, kernel, CHANNELS, CHANNELS]) as tf.Tensor4D
    return {
      text: `conv ${kernel} strides ${strides} dilations ${dilations} ${pad}`,
      run: (x) => tf.conv2d(x, filter, strides, pad, 'NHWC', dilations),
    }
  },
  (random) => {
    const kernel = whole(random, 2, 3)
    const side = whole(random, 0, 1)
    const strides = whole(random, 1, 2)
    const mode = pick(random, ['floor', 'ceil', 'round'] as const)
    const filter = weights(random, [kernel, kernel, CHANNELS, CHANNELS]) as tf.Tensor4D
    return {
      text: `conv ${kernel} strides ${strides} pad ${side} ${mode}`,
      run: (x) => tf.conv2d(x, filter, strides, side, 'NHWC', 1, mode),
    }
  },
  (random) => {
    const kernel = whole(random, 1, 3)
    const strides = whole(random, 1, 3)
    const pad = pick(random, ['same', 'valid'] as const)
    const filter = weights(random, [kernel, kernel, CHANNELS, 1]) as tf.Tensor4D
    return {
      text: `depthwise ${kernel} strides ${strides} ${pad}`,
      run: (x) => tf.depthwiseConv2d(x, filter, strides, pad),
    }
  },
  (random) => {
    const kernel = whole(random, 1, 3)
    const strides = whole(random, 1, 3)
    const pad = pick(random, ['same', 'valid'] as const)
    const kind = pick(random, ['max', 'avg'] as const)
    return {
      text: `${kind} pool ${kernel} strides ${strides} ${pad}`,
      run: (x) =>
        kind === 'max' ? tf.maxPool(x, kernel, strides, pad) : tf.avgPool(x, kernel, strides, pad),
    }
  },
  (random) => {
    const kernel = whole(random, 1, 4)
    const strides = whole(random, 1, 3)
    const pad = pick(random, ['same', 'valid'] as const)
    const filter = weights(random, [kernel, kernel, CHANNELS, CHANNELS]) as tf.Tensor4D
    const size = (each: number) =>
      pad === 'same' ? each * strides : each * strides + Math.max(kernel - strides, 0)
    return {
      text: `transposed ${kernel} strides ${strides} ${pad}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        const shape: [number, number, number, number] = [x.shape[0], size(h), size(w), CHANNELS]
        return tf.conv2dTranspose(x, filter, shape, strides, pad)
      },
    }
  },
  // Down, and up again to what it was.
  (random) => {
    const filter = weights(random, [3, 3, CHANNELS, CHANNELS]) as tf.Tensor4D
    const up = weights(random, [3, 3, CHANNELS, CHANNELS]) as tf.Tensor4D
    return {
      text: 'down and up',
      run: (x) =>
        tf.conv2dTranspose(tf.conv2d(x, filter, 2, 'same'), up, x.shape, 2, 'same').add(x),
    }
  },
  (random) => {
    const factor = whole(random, 2, 3)
    return {
      text: `nearest times ${factor}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        return tf.image.resizeNearestNeighbor(x, [h * factor, w * factor])
      },
    }
  },
  (random) => {
    const share = pick(random, [0.5, 0.75, 1.5, 1 / 3, 0.6])
    const round = pick(random, ['floor', 'ceil', 'round'] as const)
    const of = (each: number) => Math.max(1, Math[round](each * share))
    return {
      text: `bilinear ${round} of ${share}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        return tf.image.resizeBilinear(x, [of(h), of(w)], false, share !== 0.5)
      },
    }
  },
  (random) => {
    const most = whole(random, 6, 40)
    return {
      text: `bilinear to at most ${most}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        return tf.image.resizeBilinear(x, [Math.min(h, most), Math.min(w, most)])
      },
    }
  },
  (random) => {
    const multiple = pick(random, [2, 3, 4, 8, 16])
    return {
      text: `pad to ${multiple}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        const [bottom, right] = [-h, -w].map((each) => ((each % multiple) + multiple) % multiple)
        const [top, left] = [bottom! >> 1, right! >> 1]
        return tf.pad(x, [
          [0, 0],
          [top, bottom! - top],
          [left, right! - left],
          [0, 0],
        ])
      },
    }
  },
  (random) => {
    const multiple = pick(random, [2, 3, 4])
    return {
      text: `crop to ${multiple}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        return tf.slice(
          x,
          [0, 0, 0, 0],
          [-1, Math.floor(h / multiple) * multiple, w - (w % multiple), -1],
        )
      },
    }
  },
  (random) => {
    const step = whole(random, 2, 3)
    const first = whole(random, 0, 2)
    return {
      text: `every ${step} from ${first}`,
      run: (x) =>
        tf.stridedSlice(x, [0, first, 0, 0], [0, -1, 0, 0], [1, step, 1, 1], 1, 13) as tf.Tensor4D,
    }
  },
  (random) => {
    const step = -whole(random, 1, 2)
    return {
      text: `backwards by ${step}`,
      run: (x) =>
        tf.stridedSlice(x, [0, 0, -2, 0], [0, 0, 0, 0], [1, 1, step, 1], 3 + 8, 15) as tf.Tensor4D,
    }
  },
  (random) => {
    const divisor = whole(random, 2, 4)
    return {
      text: `the middle of ${divisor}`,
      run: (x) => {
        const [h, w] = sizesOf(x)
        const [top, left] = [Math.floor(h / divisor), w - Math.ceil(w / divisor)]
        return tf.slice(x, [0, top, 0, 0], [-1, h - top, Math.max(1, left), -1])
      },
    }
  },
  (random) => {
    const axis = whole(random, 1, 2)
    return { text: `reversed ${axis}`, run: (x) => tf.concat([x, tf.reverse(x, axis)], axis) }
  },
  (random) => {
    const mode = pick(random, ['reflect', 'symmetric'] as const)
    return {
      text: mode,
      run: (x) =>
        tf.mirrorPad(
          x,
          [
            [0, 0],
            [1, 2],
            [0, 1],
            [0, 0],
          ],
          mode,
        ),
    }
  },
  () => ({
    text: 'over height times width',
    run: (x) => {
      const [h, w] = sizesOf(x)
      return tf.add(x, tf.div(tf.sum(x, [1, 2], true), h * w))
    },
  }),
  () => ({
    text: 'places',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const [rows, columns] = [tf.range(0, h).div(h), tf.linspace(-1, 1, w)]
      return tf.add(tf.add(x, rows.reshape([1, h, 1, 1])), columns.reshape([1, 1, w, 1]))
    },
  }),
  () => ({
    text: 'space to depth and back',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const even = tf.pad(x, [
        [0, 0],
        [0, h % 2],
        [0, w % 2],
        [0, 0],
      ])
      const [tall, wide] = sizesOf(even)
      const parts = tf
        .reshape(even, [x.shape[0], tall / 2, 2, wide / 2, 2, CHANNELS])
        .transpose([0, 1, 3, 2, 4, 5])
      const deep = tf.reshape(parts, [x.shape[0], tall / 2, wide / 2, 4 * CHANNELS])
      return tf.slice(tf.depthToSpace(deep as tf.Tensor4D, 2), [0, 0, 0, 0], [-1, h, w, -1])
    },
  }),
  (random) => {
    const rows = whole(random, 1, 2)
    return {
      text: 'tiled',
      run: (x) => tf.tile(x, [1, rows, 1, 1]),
    }
  },
]

/** Steps that give something else than an image. */
const ENDS: readonly ((random: Random) => {
  readonly text: string
  run(x: tf.Tensor4D): tf.Tensor
})[] = [
  () => ({ text: 'means', run: (x) => tf.mean(x, [1, 2]) }),
  () => ({ text: 'flat', run: (x) => tf.reshape(x, [x.shape[0], -1]) }),
  () => ({
    text: 'attention',
    run: (x) => {
      const [h, w] = sizesOf(x)
      const rows = tf.mean(x, 2)
      const scores = tf.mul(tf.matMul(rows, rows, false, true), 1 / Math.sqrt(h * w))
      return tf.matMul(tf.softmax(scores), rows)
    },
  }),
  () => ({
    text: 'columns one-hot',
    run: (x) => tf.oneHot(tf.argMax(tf.mean(x, [1, 3]), 1), x.shape[2]).toFloat(),
  }),
  () => ({
    text: 'as many zeros',
    run: (x) => tf.concat([tf.mean(x, 2), tf.zeros([x.shape[0], x.shape[2], CHANNELS])], 1),
  }),
]

/** What is made of two images of different sizes. */
const JOINS: readonly ((random: Random) => {
  readonly text: string
  run(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor
})[] = [
  () => ({
    text: 'scaled to',
    run: (a, b) => {
      const [h, w] = sizesOf(b)
      return tf.concat([tf.image.resizeBilinear(a, [h, w]), b], 3)
    },
  }),
  () => ({
    text: 'below, padded',
    run: (a, b) => {
      const width = Math.max(a.shape[2], b.shape[2])
      const wide = (x: tf.Tensor4D) =>
        tf.pad(x, [
          [0, 0],
          [0, 0],
          [0, width - x.shape[2]],
          [0, 0],
        ])
      return tf.concat([wide(a), wide(b)], 1)
    },
  }),
  () => ({
    text: 'cut to the smaller, plus',
    run: (a, b) => {
      const [h, w] = [0, 1].map((at) => Math.min(sizesOf(a)[at]!, sizesOf(b)[at]!))
      const cut = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [-1, h!, w!, -1])
      return tf.add(cut(a), cut(b))
    },
  }),
  () => ({
    text: 'attends to',
    run: (a, b) => {
      const rows = (x: tf.Tensor4D) => tf.reshape(tf.mean(x, 1), [x.shape[0], x.shape[2], CHANNELS])
      return tf.matMul(tf.softmax(tf.matMul(rows(a), rows(b), false, true)), rows(b))
    },
  }),
]

/** Irregular sizes of images, by index: other ones for each axis of each image. */
export function irregularSizes(count: number, images: number): readonly (readonly number[])[] {
  const random = seedrandom.alea(`sizes ${images}`)
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: 2 * images }, (_, axis) => {
      const most = index < 4 ? 9 : index < 14 ? 40 : index === count - 1 ? 110 : 70
      return 4 + Math.floor(random() * (most - (axis % 2))) + (index % 2)
    }),
  )
}
