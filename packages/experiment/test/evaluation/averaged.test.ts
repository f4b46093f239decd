import { type Field, infoOfFields, type Samples } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { averagedPredictions } from '../../src/index.ts'

const test = suite('predictions that are averaged over views')

const input: Field = { shape: [2, 2, 1], dtype: 'uint8' }
const label = (more: Partial<Field> = {}): Field => ({ shape: [], dtype: 'float32', ...more })
const classes = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`)

/** Two views: what matters is what is said of them. */
const views = [{}, {}] as Samples[]

/** The mean of two outputs of one sample. */
async function mean(output: Field, ...said: readonly (readonly number[])[]) {
  const left = said.map((each) => Float32Array.from(each))
  const { shape, data } = await averagedPredictions(
    views,
    async () => ({ shape: [1, said[0]!.length], data: left.shift()! }),
    infoOfFields({ input, output }),
  )
  assert.equal(shape, [1, said[0]!.length])
  return data
}

test('probabilities of classes, of logits too', async () => {
  const two = label({ classes: classes(2) })
  allClose(await mean(two, [0, Math.log(3)], [0, 0]), [(0.25 + 0.5) / 2, (0.75 + 0.5) / 2])
  allClose(await mean(two, [0.25, 0.75], [0.75, 0.25]), [0.5, 0.5])
})

test('of one output for two classes that of the second, and of several answers each by itself', async () => {
  const two = label({ classes: classes(2) })
  allClose(await mean(two, [Math.log(3)], [0]), [(0.75 + 0.5) / 2])
  allClose(await mean(two, [0], [-Math.log(3)]), [(0.5 + 0.25) / 2])
  allClose(await mean(two, [0.2], [0.4]), [0.3])
  const answers = label({ shape: [3], classes: classes(3), multiLabel: true })
  allClose(await mean(answers, [0, Math.log(3), -Math.log(3)], [0, 0, 0]), [0.5, 0.625, 0.375])
})

test('numbers as they are', async () => {
  allClose(await mean(label(), [10], [20]), [15])
  allClose(await mean(label({ shape: [2] }), [10, -1], [20, 0]), [15, -0.5])
})

test('outputs by name, each by its labels; of one without labels its numbers', async () => {
  const outputs = { kind: label({ classes: classes(2) }), price: label() }
  const said = [
    { kind: [0, Math.log(3)], price: [10], more: [5, 6] },
    { kind: [0, 0], price: [20], more: [7, 8] },
  ]
  const predict = async () => {
    const all = Object.entries(said.shift()!).map(([name, numbers]) => [
      name,
      { shape: [1, numbers.length], data: Float32Array.from(numbers) },
    ])
    const found = Object.fromEntries(all)
    return { ...found.kind, outputs: found }
  }
  const info = infoOfFields({ input, outputs })
  const averaged = await averagedPredictions(views, predict, info)
  assert.equal(Object.keys(averaged.outputs!), ['kind', 'price', 'more'])
  allClose(averaged.outputs!.kind!.data, [0.375, 0.625])
  allClose(averaged.outputs!.price!.data, [15])
  allClose(averaged.outputs!.more!.data, [6, 7])
  allClose(averaged.data, [0.375, 0.625])
})

test('labels at places of the picture are refused, which views move', async () => {
  for (const output of [
    label({ shape: [2, 2], classes: classes(2) }),
    label({ shape: [2, 2, 3], classes: classes(3), multiLabel: true }),
    label({ shape: [2, 2, 1] }),
  ]) {
    const refused = await refusal(() => mean(output, [0, 1], [0, 1]))
    assert.is(
      refused,
      `--tta: the labels must be of a whole picture: a view has its places elsewhere, got [${output.shape.join(', ')}]`,
    )
  }
  const outputs = { mask: label({ shape: [2, 2], classes: classes(2) }) }
  assert.match(
    await refusal(() =>
      averagedPredictions(
        views,
        () => Promise.reject(new Error('asked')),
        infoOfFields({ input, outputs }),
      ),
    ),
    /^--tta: the labels of mask must be of a whole picture/,
  )
})

test.run()
