import { layers, Model } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gpt, MultiHeadAttention, TextEncoder } from '../../src/index.ts'

const test = suite('attention')

function numbers(shape: number[], phase = 0): tf.Tensor {
  const size = tf.util.sizeFromShape(shape)
  return tf.tensor(
    Float32Array.from({ length: size }, (_, at) => Math.sin(at * 1.7 + phase)),
    shape,
  )
}

/** Attention by its definition, in double precision, token by token. */
function byHand(
  block: MultiHeadAttention,
  x: number[][],
  isSeen: (q: number, k: number) => boolean,
) {
  const { width, heads } = block
  const weight = (name: string) => {
    const found = block.namedWeights().find((each) => each.name === name)!
    return { data: [...found.variable.dataSync()], columns: found.shape.at(-1)! }
  }
  const dense = (row: number[], kernel: string, bias: string) => {
    const { data, columns } = weight(kernel)
    const offsets = weight(bias).data
    return Array.from({ length: columns }, (_, column) =>
      row.reduce((sum, value, at) => sum + value * data[at * columns + column]!, offsets[column]!),
    )
  }
  const qkv = x.map((row) => dense(row, 'qkv.kernel', 'qkv.bias'))
  const size = width / heads
  return x.map((_, query) => {
    const joined: number[] = []
    for (let head = 0; head < heads; head++) {
      const part = (row: number, which: number) =>
        qkv[row]!.slice(which * width + head * size, which * width + (head + 1) * size)
      const scores = x.map((_, key) => {
        if (!isSeen(query, key)) return Number.NEGATIVE_INFINITY
        const k = part(key, 1)
        return part(query, 0).reduce((sum, value, at) => sum + value * k[at]!, 0) / Math.sqrt(size)
      })
      const powers = scores.map(Math.exp)
      const all = powers.reduce((sum, each) => sum + each, 0)
      for (let at = 0; at < size; at++) {
        joined.push(powers.reduce((sum, each, key) => sum + (each / all) * part(key, 2)[at]!, 0))
      }
    }
    return dense(joined, 'project.kernel', 'project.bias')
  })
}

for (const isCausal of [false, true]) {
  test(`is what its definition says${isCausal ? ', causal' : ''}`, () => {
    const block = new MultiHeadAttention(6, 2, { isCausal })
    tf.tidy(() => {
      const x = numbers([1, 5, 6])
      const found = block.apply(x)
      const rows = (x.arraySync() as number[][][])[0]!
      const expected = byHand(block, rows, (query, key) => !isCausal || key <= query)
      allClose([...found.dataSync()], expected.flat(), { absolute: 1e-5 })
    })
    block.dispose()
  })
}

test('tokens that are masked are seen by none', () => {
  class Masked extends Model {
    readonly words = layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true })
    readonly attention = new MultiHeadAttention(4, 2)
    override call(x: tf.Tensor): tf.Tensor {
      return this.attention.apply(this.words.apply(x))
    }
  }
  const model = new Masked()
  tf.tidy(() => {
    const long = model.apply(tf.tensor2d([[3, 1, 4, 0, 0]]))
    const short = model.apply(tf.tensor2d([[3, 1, 4]]))
    allClose([...long.slice([0, 0, 0], [1, 3, 4]).dataSync()], [...short.dataSync()])
  })
  model.dispose()
})

test('a text that is padded has the answer of the text alone', () => {
  const args = { vocabulary: 9, classes: 3, width: 8, heads: 2, blocks: 2, maskZero: true }
  const model = new TextEncoder({ ...args, tokens: 6 })
  tf.tidy(() => {
    const long = model.apply(tf.tensor2d([[3, 1, 4, 0, 0, 0]]))
    const short = model.apply(tf.tensor2d([[3, 1, 4]]))
    allClose([...long.dataSync()], [...short.dataSync()], { absolute: 1e-5 })
  })
  model.dispose()
})

test('cross-attention takes its keys of the other sequence', () => {
  const block = new MultiHeadAttention(4, 2, { isCross: true })
  tf.tidy(() => {
    const [queries, memory] = [numbers([2, 3, 4]), numbers([2, 5, 4], 1)]
    const found = block.apply([queries, memory])
    assert.equal(found.shape, [2, 3, 4])
    // An order of the memory means nothing without places.
    const turned = block.apply([queries, tf.reverse(memory, 1)])
    allClose([...turned.dataSync()], [...found.dataSync()], { absolute: 1e-5 })
  })
  block.dispose()
})

test('turned by their places, scores depend on how far tokens are apart alone', () => {
  const block = new MultiHeadAttention(4, 1, { isRotary: true, isCausal: true })
  tf.tidy(() => {
    // One token again and again: what the last one sees is the same wherever it stands but for those it has not seen.
    const token = numbers([1, 1, 4])
    const same = block.apply(tf.tile(token, [1, 6, 1]))
    const rows = same.arraySync() as number[][][]
    for (const row of rows[0]!) allClose(row, rows[0]![0]!, { absolute: 1e-5 })
    const different = numbers([1, 6, 4])
    const plain = new MultiHeadAttention(4, 1, { isCausal: true })
    plain.build([null, 6, 4])
    for (const [at, { variable }] of plain.namedWeights().entries()) {
      variable.assign(block.namedWeights()[at]!.variable)
    }
    const [a, b] = [block.apply(different), plain.apply(different)].map((each) => [
      ...(each as tf.Tensor).dataSync(),
    ])
    assert.ok(a!.some((value, at) => Math.abs(value - b![at]!) > 1e-3))
    plain.dispose()
  })
  block.dispose()
})

for (const positions of ['learned', 'rotary'] as const) {
  test(`a GPT with ${positions} positions gives the same with its cache, token by token`, () => {
    const model = new Gpt({
      ...{ tokens: 7, vocabulary: 11, width: 8, heads: 2, hidden: 16, blocks: 2, positions },
    })
    model.build([null, 7])
    const cached = model.cached()
    tf.tidy(() => {
      const text = [
        [3, 1, 4, 1, 5, 9, 2],
        [10, 0, 7, 7, 8, 2, 6],
      ]
      const whole = (model.apply(tf.tensor2d(text)) as tf.Tensor).arraySync() as number[][][]
      let past: tf.Tensor = tf.zeros([2, 2, 2, 2, 7, 4])
      for (let place = 0; place < 7; place++) {
        const { logits, present } = cached.apply<Record<'logits' | 'present', tf.Tensor>>({
          token: tf.tensor2d(
            text.map((row) => [row[place]!]),
            [2, 1],
            'int32',
          ),
          place: tf.tensor1d([place], 'int32'),
          past,
        })
        past = present
        allClose(
          [...logits.dataSync()],
          whole.flatMap((row) => row[place]!),
          { absolute: 1e-4 },
        )
      }
    })
    // The weights are the model's own.
    assert.is(
      cached.namedWeights().reduce((sum, { variable }) => sum + variable.size, 0),
      model.namedWeights().reduce((sum, { variable }) => sum + variable.size, 0),
    )
    model.dispose()
  })
}

test('a width that heads do not share is refused', () => {
  assert.throws(
    () => new MultiHeadAttention(6, 4),
    /^attention: `width` must be a multiple of `heads`, got \{"width":6,"heads":4\}$/,
  )
})

test.run()
