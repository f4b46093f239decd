import { suite } from 'uvu'
import { adam, adamw, type Optimizer, rmsprop, sgd } from '../../src/index.ts'
import { sameWithin } from '../engines/differential.ts'
import { numbersOf } from '../support/tiny-models.ts'
import { texts, Words } from '../support/words.ts'

const test = suite('optimizers over large tables')

/** So many that the rows which a batch picks are updated by themselves. */
const WORDS = 16_500

/** Texts of three words: the second batch picks some of the rows of the first, and some others. */
const samples = texts((at) => (at % 5 === 0 ? 7 : (at * 1777) % WORDS))

async function trained(optimizer: Optimizer, engine: string) {
  const model = new Words(WORDS, 16)
  model.seed = 3
  model.build([null, 3])
  model.compile({ optimizer, loss: 'sparse-categorical-crossentropy' })
  await model.fit(samples, { batchSize: 4, shuffle: false, engine })
  const weights = numbersOf(model)
  model.dispose()
  return { weights }
}

for (const [name, make] of [
  ['adam', () => adam({ learningRate: 0.01 })],
  ['adamw with an average', () => adamw({ learningRate: 0.01, average: 0.9 })],
  ['adam with a bound on all gradients', () => adam({ globalClipNorm: 0.1 })],
  ['momentum', () => sgd({ learningRate: 0.1, momentum: 0.9 })],
  ['nesterov', () => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ['rmsprop', () => rmsprop({ learningRate: 0.01 })],
  ['rmsprop with momentum', () => rmsprop({ learningRate: 0.01, momentum: 0.5 })],
] as const) {
  test(`${name}: a table trains as in tfjs, in rows that are picked and in all others`, async () => {
    sameWithin(await trained(make(), 'onnxruntime'), await trained(make(), 'tfjs'))
  })
}

test.run()
