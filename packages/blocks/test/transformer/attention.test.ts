import { layers, Model } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Gpt, MultiHeadAttention, TextEncoder } from '../../src/index.ts'
import { numbers } from '../support/numbers.ts'

const test = suite('attention')

/** Attention by its definition, in double precision, token by token: queries of `x`, keys and values of `memory`. */
function byHand(
  block: MultiHeadAttention,
  x: number[][],
  isSeen: (q: number, k: number) => boolean,
  memory: number[][] = x,
) {
  const { width, heads, isRotary } = block
  const weight = (name: string) => {
    const found = block.namedWeights().find((each) => each.name === name)!
    return { data: [...found.variable.dataSync()], columns: found.shape.at(-1)! }
  }
  const dense = (row: number[], layer: string) => {
    const { data, columns } = weight(`${layer}.kernel`)
    const offsets = weight(`${layer}.bias`).data
    return Array.from({ length: columns }, (_, column) =>
      row.reduce((sum, value, at) => sum + value * data[at * columns + column]!, offsets[column]!),
    )
  }
  const isCross = block.qkv === undefined
  const queries = x.map((row) => dense(row, isCross ? 'query' : 'qkv').slice(0, width))
  const others = memory.map((row) => {
    const both = dense(row, isCross ? 'memory' : 'qkv').slice(-2 * width)
    return { key: both.slice(0, width), value: both.slice(width) }
  })
  const size = width / heads
  const head = (row: number[], at: number) => row.slice(at * size, (at + 1) * size)
  // A pair of numbers is a complex one; each place multiplies it by one more turn of its angle.
  const turned = (row: number[], place: number) => {
    if (!isRotary) return row
    const half = size / 2
    return row.map((_, at) => {
      const pair = at % half
      const angle = place / 10_000 ** ((2 * pair) / size)
      const [real, imaginary] = [row[pair]!, row[pair + half]!]
      return at < half
        ? real * Math.cos(angle) - imaginary * Math.sin(angle)
        : real * Math.sin(angle) + imaginary * Math.cos(angle)
    })
  }
  return x.map((_, query) => {
    const joined: number[] = []
    for (let at = 0; at < heads; at++) {
      const q = turned(head(queries[query]!, at), query)
      const scores = others.map(({ key }, place) => {
        if (!isSeen(query, place)) return Number.NEGATIVE_INFINITY
        const k = turned(head(key, at), place)
        return q.reduce((sum, each, i) => sum + each * k[i]!, 0) / Math.sqrt(size)
      })
      const powers = scores.map(Math.exp)
      const all = powers.reduce((sum, each) => sum + each, 0)
      for (let i = 0; i < size; i++) {
        joined.push(
          powers.reduce((sum, each, k) => sum + (each / all) * head(others[k]!.value, at)[i]!, 0),
        )
      }
    }
    return dense(joined, 'project')
  })
}

for (const [name, options] of Object.entries({
  '': {},
  ', causal': { isCausal: true },
  ', turned by places': { isRotary: true },
  ', causal and turned by places': { isCausal: true, isRotary: true },
})) {
  test(`is what its definition says${name}`, () => {
    const block = new MultiHeadAttention(8, 2, options)
    tf.tidy(() => {
      const x = numbers([1, 5, 8])
      const found = block.apply(x)
      const rows = (x.arraySync() as number[][][])[0]!
      const expected = byHand(block, rows, (query, key) => !block.isCausal || key <= query)
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
    const [x, others] = [queries, memory].map((each) => each!.arraySync() as number[][][])
    const expected = x!.map((rows, sample) => byHand(block, rows, () => true, others![sample]!))
    allClose([...found.dataSync()], expected.flat(2), { absolute: 1e-5 })
    // An order of the memory means nothing without places.
    const turned = block.apply([queries, tf.reverse(memory, 1)])
    allClose([...turned.dataSync()], [...found.dataSync()], { absolute: 1e-5 })
  })
  block.dispose()
})

test('turned by their places, scores depend on how far tokens are apart alone', () => {
  const block = new MultiHeadAttention(4, 1, { isRotary: true })
  const rows = numbers([6, 4]).arraySync() as number[][]
  tf.tidy(() => {
    block.apply(tf.tensor3d([rows]))
    // Different tokens, of which three are unseen at one end or at the other: those that are left stand three places on.
    const seen = rows.slice(0, 3)
    const nobody = rows.slice(3)
    const masked = (all: number[][], mask: number[]) =>
      block.apply(tf.tensor3d([all]), { mask: tf.tensor2d([mask], [1, 6], 'bool') })
    const early = masked([...seen, ...nobody], [1, 1, 1, 0, 0, 0]).slice([0, 0, 0], [1, 3, 4])
    const late = masked([...nobody, ...seen], [0, 0, 0, 1, 1, 1]).slice([0, 3, 0], [1, 3, 4])
    allClose([...late.dataSync()], [...early.dataSync()], { absolute: 1e-5 })
    // And their order counts.
    const other = masked([...seen.toReversed(), ...nobody], [1, 1, 1, 0, 0, 0])
    const back = tf.reverse(other.slice([0, 0, 0], [1, 3, 4]), 1)
    const [a, b] = [back, early].map((each) => [...each.dataSync()])
    assert.ok(a!.some((value, at) => Math.abs(value - b![at]!) > 1e-3))
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
