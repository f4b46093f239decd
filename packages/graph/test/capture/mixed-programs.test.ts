import { tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import { scan } from '../../src/capture/scan.ts'
import { checkFree } from '../support/check-free.ts'
import { mixedProgram } from '../support/mixed-programs.ts'

await tf.setBackend('cpu')

const { test, slow } = tieredSuite('programs of everything that may vary in size')

/** The tier deep runs 300; these are others. */
const seeds = Array.from({ length: 12 }, (_, index) => 1000 + index)

for (const [declare, some] of [
  [test, seeds.slice(0, 1)],
  [slow, seeds.slice(1)],
] as const) {
  declare(`${some.length} files give what tfjs gives`, async () => {
    for (const seed of some) {
      const program = mixedProgram(seed)
      const { wrong, refused } = await checkFree(program, program.shapes(8))
      assert.equal(wrong, [], `${seed}: ${program.text}`)
      assert.is(refused, undefined, `${seed}: ${program.text}`)
    }
  })
}

/** Programs that were taken for others once, or refused. */
const ONCE: Readonly<Record<number, string>> = {
  267: 'a wild form of few samples',
  5000: 'sizes that are small together do not run',
  5007: 'what one size is short of another, halved, which few sizes are',
  5030: 'a remainder of a size that is even',
  5115: 'the mean of sizes must not be small',
}

for (const [seed, what] of Object.entries(ONCE)) {
  slow(what, async () => {
    const program = mixedProgram(Number(seed))
    const { wrong, refused, ran } = await checkFree(program, program.shapes(20))
    assert.equal(wrong, [], program.text)
    assert.is(refused, undefined, program.text)
    assert.is(ran, 20)
  })
}

type Named = Record<string, tf.Tensor>

const product = (a: tf.Tensor, b: tf.Tensor, isTurned = false) =>
  tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, isTurned)
const kernel = tf.randomNormal([3, 4], 0, 1, 'float32', 3)
const recurrent = tf.randomNormal([4, 4], 0, 1, 'float32', 4)

function network(x: tf.Tensor, state: tf.Tensor): Named {
  const { states, rows } = scan(
    ([before], [slice]) => {
      const next = tf.tanh(tf.add(product(slice!, kernel), product(before!, recurrent)))
      return { states: [next], rows: [next, slice!, before!] }
    },
    [state],
    [x],
  )
  return { last: states[0]!, all: rows[0]!, given: rows[1]!, before: rows[2]! }
}

/** Loops over sequences of any length. */
const LOOPS: Readonly<
  Record<
    string,
    {
      readonly inputs: Readonly<Record<string, readonly (number | null | string)[]>>
      readonly run: (inputs: Named) => Named
    }
  >
> = {
  'with its state in and out, of any length and batch': {
    inputs: { x: [null, 'batch', 3], state: ['batch', 4] },
    run: ({ x, state }) => network(x!, state!),
  },
  'whose state is as large as the batch, and that collects nothing': {
    inputs: { x: [null, null, 3] },
    run: ({ x }) => ({
      most: scan(
        ([most], [slice]) => ({ states: [tf.maximum(most!, slice!)], rows: [] }),
        [tf.fill([x!.shape[1]!, 3], -9)],
        [x!],
      ).states[0]!,
    }),
  },
  'that divides by sizes, and collects rows of another size': {
    inputs: { x: [null, null, 3] },
    run: ({ x }) => {
      const { states, rows } = scan(
        ([sum], [slice]) => {
          const next = tf.add(sum!, tf.div(tf.sum(slice!, 0), x!.shape[1]!))
          return { states: [next], rows: [tf.mul(next, x!.shape[0]!), tf.concat([slice!, slice!])] }
        },
        [tf.zeros([3])],
        [x!],
      )
      return { sum: states[0]!, means: rows[0]!, twice: rows[1]! }
    },
  },
  'that attends to what lies outside': {
    inputs: { x: [null, 2, 3], memory: [null, 3] },
    run: ({ x, memory }) => {
      const { states, rows } = scan(
        ([sum], [slice]) => {
          const scores = tf.softmax(product(slice!, memory!, true))
          return { states: [tf.add(sum!, product(scores, memory!))], rows: [scores] }
        },
        [tf.zeros([2, 3])],
        [x!],
      )
      return { sum: states[0]!, scores: rows[0]! }
    },
  },
  'and its derivative': {
    inputs: { x: [null, 2, 3] },
    run: ({ x }) => ({
      dx: tf.grad((each) => {
        const { last, all } = network(each, tf.zeros([2, 4]))
        return tf.add(tf.sum(last!), tf.sum(tf.square(all!)))
      })(x!),
    }),
  },
}

for (const [name, { inputs, run }] of Object.entries(LOOPS)) {
  test(`a loop ${name}`, async () => {
    const lengths = [
      [5, 7],
      [9, 3],
      [21, 22],
      [2, 35],
      [57, 1],
    ]
    const shapes = lengths.map((sizes) =>
      Object.fromEntries(
        Object.entries(inputs).map(([input, shape]) => [
          input,
          shape.map((size, axis) =>
            typeof size === 'number' ? size : sizes[size === 'batch' ? 1 : axis]!,
          ),
        ]),
      ),
    )
    const { wrong, refused, ran } = await checkFree(
      {
        inputs: Object.fromEntries(
          Object.entries(inputs).map(([input, shape]) => [input, { shape, dtype: 'float32' }]),
        ),
        run,
      },
      shapes,
    )
    assert.is(refused, undefined)
    assert.equal(wrong, [])
    assert.is(ran, lengths.length)
  })
}

/** Numbers that JavaScript makes of height and width. */
const NUMBERS: Readonly<Record<string, (h: number, w: number) => number | number[]>> = {
  'h / w': (h, w) => h / w,
  '1 - 1 / w': (_, w) => 1 - 1 / w,
  '(w - 1) / w': (_, w) => (w - 1) / w,
  'h / (h + w)': (h, w) => h / (h + w),
  'sqrt(h / w)': (h, w) => Math.sqrt(h / w),
  'log2(h w)': (h, w) => Math.log2(h * w),
  'log10(h)': (h) => Math.log10(h),
  '[1 / h, 1 / w]': (h, w) => [1 / h, 1 / w],
  '[w / h, 1]': (h, w) => [w / h, 1],
}

for (const [name, of] of Object.entries(NUMBERS)) {
  slow(`times ${name}`, async () => {
    const { wrong, refused, ran } = await checkFree(
      {
        inputs: { x: { shape: [null, null, 2], dtype: 'float32' } },
        run: ({ x }: { readonly x: tf.Tensor3D }) => {
          const number = of(x.shape[0], x.shape[1])
          return { y: tf.mul(x, Array.isArray(number) ? tf.tensor1d(number) : number) }
        },
      },
      [
        [5, 7],
        [9, 4],
        [21, 35],
        [77, 3],
        [2, 141],
      ].map((sizes) => ({ x: [...sizes, 2] })),
    )
    assert.is(refused, undefined)
    assert.equal(wrong, [])
    assert.is(ran, 5)
  })
}

test.run()
