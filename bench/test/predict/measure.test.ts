import { EngineError } from '@ashlar/errors'
import { inScratch } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PredictEngine } from '../../src/predict/engines.ts'
import { measurePredicting } from '../../src/predict/measure.ts'
import { type Prepared, prepare } from '../../src/predict/prepare.ts'

const test = suite('predicting one picture')

const nothing: Prepared = { command: [], run: '', file: '', picture: '' }
const options = { python: 'python3', rounds: 2 }

function saying(name: string, said: string): PredictEngine {
  return {
    name,
    missing: () => Promise.resolve(undefined),
    command: () => ['echo', said],
    read: (out) => ({ class: out.trim(), version: '1' }),
  }
}

test('times each engine in each round', async () => {
  const engines = [saying('ashlar', 'odd'), saying('other', 'odd')]
  const { series, versions } = await measurePredicting(nothing, engines, options)
  assert.equal(
    series.map(({ engine, metric, values }) => [engine, metric, values.length]),
    ['ashlar', 'other'].flatMap((engine) => [
      [engine, 'time', 2],
      [engine, 'processor time', 2],
    ]),
  )
  assert.equal(versions, { ashlar: '1', other: '1' })
})

test('an engine that says something else is refused', async () => {
  const engines = [saying('ashlar', 'odd'), saying('other', 'even')]
  const error = await measurePredicting(nothing, engines, options).catch((caught) => caught)
  assert.instance(error, EngineError)
  assert.match(
    error.message,
    /bench predict, other: must say "odd" of the picture, as ashlar does, got "even"/,
  )
})

test('says how to build what is not there', () =>
  inScratch({}, async (folder) => {
    const error = await prepare(folder, `${folder}/bin.js`).catch((caught) => caught)
    assert.instance(error, EngineError)
    assert.match(
      error.message,
      /bench predict: the packages must be built\n.*node scripts\/build\.js/,
    )
  }))

test.run()
