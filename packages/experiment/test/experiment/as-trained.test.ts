import type { DatasetInfo, Field, TableEncoding } from '@ashlar/core'
import { widthOfEncoding } from '@ashlar/core/encoding'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { infoAsTrained, requireTrainedClasses } from '../../src/experiment/as-trained.ts'

const test = suite('data as it was trained on')

const towns = (...categories: string[]): TableEncoding => ({
  kind: 'table',
  delimiter: ',',
  columns: [{ kind: 'category', name: 'town', categories, unseen: 'ignore' }],
})

const of = (encoding: TableEncoding, more: Partial<DatasetInfo> = {}): DatasetInfo => ({
  name: 'rows',
  inputShape: [widthOfEncoding(encoding)],
  labelShape: [],
  inputDtype: 'float32',
  inputRange: [0, 1],
  classes: ['no', 'yes'],
  input: encoding,
  licence: 'none',
  source: 'made up',
  ...more,
})

test('a table with other categories is as wide as the one that was trained on', () => {
  const [seen, other] = [towns('Bonn', 'Kiel', 'Ulm'), towns('Bonn', 'Rome')]
  const kept = { data: of(seen), encodings: { input: seen } }
  const info = infoAsTrained(of(other, { name: 'other' }), kept)
  assert.equal([info.name, info.inputShape, info.input], ['other', [3], seen])
  // What is no table stays as it is, and so does all of a run that kept nothing.
  assert.equal(infoAsTrained(of(other), { data: of(seen) }), of(other))
  const picture: Partial<DatasetInfo> = { input: undefined, inputShape: [8, 8, 3] }
  assert.equal(infoAsTrained(of(other, picture), kept), of(other, picture))
})

test('the same of an only input without a name, beside outputs that have names', () => {
  const [seen, other] = [towns('Bonn', 'Kiel', 'Ulm'), towns('Bonn', 'Rome')]
  const outputs = {
    one: { shape: [], dtype: 'float32' },
    two: { shape: [], dtype: 'float32' },
  } as const
  // Files call it so, and runs keep it by that.
  const kept = { data: of(seen, { outputs }), encodings: { inputs: { input: seen } } }
  const info = infoAsTrained(of(other, { outputs }), kept)
  assert.equal([info.inputShape, info.input], [[3], seen])
})

test('the same of inputs by name', () => {
  const field = (encoding: TableEncoding, most: number): Field => ({
    ...{ shape: [1], dtype: 'int32', range: [0, most], encoding },
  })
  const [seen, other] = [towns('Bonn', 'Kiel', 'Ulm'), towns('Bonn', 'Rome')]
  const size: Field = { shape: [4], dtype: 'float32' }
  const named = (town: Field) => of(seen, { input: undefined, inputs: { town, size } })
  const kept = { data: named(field(seen, 4)), encodings: { inputs: { town: seen } } }
  const { inputs, inputShape, inputRange } = infoAsTrained(named(field(other, 3)), kept)
  assert.equal(inputs, { town: field(seen, 4), size })
  assert.equal([inputShape, inputRange], [[1], [0, 4]])
})

test('classes must be those that were trained with, in their order', async () => {
  const known = of(towns('a', 'b'))
  const classes = (...names: string[]) => of(towns('a', 'b'), { classes: names })
  requireTrainedClasses(known, known)
  requireTrainedClasses(of(towns('a', 'b'), { classes: [] }), known)
  const said = async (info: DatasetInfo) => {
    const check = async () => requireTrainedClasses(info, known)
    return refusal(check)
  }
  assert.is(
    await said(classes('no', 'wolf')),
    'rows: the classes must be those that the model was trained with, in their order: no, yes, got "no, wolf"\n  It does not know wolf. There is no sample of yes. Labels are indices of classes: bring the data to these.',
  )
  assert.match(await said(classes('yes', 'no')), /got "yes, no"\n {2}Labels are indices/)
  // Names may have commas.
  requireTrainedClasses(
    of(towns('a'), { classes: ['a, b', 'c'] }),
    of(towns('a'), { classes: ['a, b', 'c'] }),
  )
  const commas = of(towns('a'), { classes: ['a,b', 'c'] })
  const check = async () => requireTrainedClasses(of(towns('a'), { classes: ['a', 'b,c'] }), commas)
  assert.match(await refusal(check), /It does not know a, b,c\./)
  const many = Array.from({ length: 12 }, (_, index) => `c${index}`)
  assert.match(await said(classes(...many)), /c9 and 2 more/)
})

test.run()
