import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DynamicInput } from '../../src/capture/dynamic.ts'
import { checkFree } from '../support/check-free.ts'

await tf.setBackend('cpu')

const test = suite('what is refused of sizes that vary, and the list of it')

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url))
const GUIDE = fileURLToPath(new URL('../../../../docs/guides/convert.md', import.meta.url))

/** First column of the guide's table. */
const listed = readFileSync(GUIDE, 'utf8')
  .split('### What is refused, and what to do')[1]!
  .split('###')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .slice(1)

const said = listed.map(([, message]) => message!)

type Image = tf.Tensor4D

const IMAGE: DynamicInput = { shape: [1, null, null, 2], dtype: 'float32' }

/** A program for each, but for what no program is known to run into. */
const PROGRAMS: Readonly<Record<string, (x: Image) => tf.Tensor>> = {
  'the kernels of a program must not depend on the size of its input': (x) =>
    x.shape[1] > 50 ? tf.relu(x) : tf.neg(x),
  'a number computed from sizes must be a sum, product, quotient, remainder or bound of them': (
    x,
  ) => tf.slice(x, 0, [1, Math.ceil(Math.sqrt(x.shape[1]))]),
  'must not follow a size that varies': (x) => tf.leakyRelu(x, 1 / x.shape[1]),
  'numbers made in JavaScript must not depend on the size of an input, but for sines, progressions and bands around a diagonal':
    (x) =>
      tf.mul(
        x,
        tf.tensor(
          Array.from({ length: x.shape[1] }, (_, at) => Math.sin(at * at)),
          [1, x.shape[1], 1, 1],
        ),
      ),
  'each size that varies must be taken whatever the others are': (x) => {
    if (x.shape[1] * x.shape[2] > 5000) throw new Error('too many pixels')
    return tf.relu(x)
  },
  'a model with sizes that vary must take more than one': (x) => {
    if (x.shape[1] !== 64) throw new Error('not 64')
    return tf.relu(x)
  },
  'the shape must be fixed': (x) =>
    tf.grad((filter) => tf.conv2d(x, filter as Image, 2, 'same'))(tf.ones([3, 3, 2, 2])),
  'a pooling window that follows a size that varies must be as large as the image': (x) =>
    tf.grad((each) => tf.avgPool(each as Image, [Math.ceil(x.shape[1] / 2), 1], 1, 'same'))(x),
  'images filled with a colour must have a fixed number of channels': (x) =>
    tf.image.rotateWithOffset(tf.transpose(x, [0, 1, 3, 2]), 1, [1, 2, 3]),
}

/** What follows from numbers where it is not seen. */
const NO_PROGRAM = ['a size that varies must follow from sizes of the inputs']

for (const [message, run] of Object.entries(PROGRAMS)) {
  test(`refused: ${message}`, async () => {
    const { refused } = await checkFree(
      { inputs: { x: IMAGE }, run: ({ x }: { readonly x: Image }) => ({ y: run(x) }) },
      [{ x: [1, 64, 64, 2] }],
    )
    assert.match(refused ?? 'nothing', message)
  })
}

test('the guide lists each once, with a reason and what to do', () => {
  assert.equal([...said].sort(), [...Object.keys(PROGRAMS), ...NO_PROGRAM].sort())
  for (const [, message, why, advice] of listed) {
    assert.ok(why!.length > 20 && advice!.length > 10, message)
  }
})

test('the guide lists whatever the sources say of sizes that vary', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(SOURCE, file), 'utf8')
      const own = file.endsWith('size-errors.ts')
      return [...text.matchAll(/expected:(?:[^']*\?)?\s*'((?:[^'\\]|\\.)*)'(?:\s*:\s*'([^']*)')?/g)]
        .flatMap(([, a, b]) => [a!, ...(b === undefined ? [] : [b])])
        .filter(
          (each) =>
            own ||
            /size that varies|sizes that vary|shape must be fixed|fixed number of c/.test(each),
        )
    })
  assert.equal([...new Set(texts)].sort(), [...said].sort())
})

test.run()
