import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { escapeVariables, interpolate } from '../../src/config/interpolate.ts'

const test = suite('environment in experiments')

const variables = {
  ASHLAR_EPOCHS: '3',
  ASHLAR_TRICK: `$\{env:SECRET}`,
  DATA: '/data',
  SECRET: 'hush',
  ASHLAR_MAP: '{a: 1}',
}
const read = (value: string, ...allow: string[]) =>
  interpolate({ list: [value] }, { variables, allow }, 'experiment')

test('a value that is one variable is read as YAML', () => {
  assert.equal(read(`$\{env:ASHLAR_EPOCHS}`), { list: [3] })
  assert.equal(read(`$\{env:ASHLAR_NONE,true}`), { list: [true] })
  assert.equal(read(`$\{env:ASHLAR_MAP}`), { list: ['{a: 1}'] })
})

test('inside of text it is text', () => {
  assert.equal(read(`$\{env:DATA}/mnist-$\{env:ASHLAR_EPOCHS}`, 'DATA'), {
    list: ['/data/mnist-3'],
  })
})

test('a default stands in for a variable that is not set', () => {
  assert.equal(read(`$\{env:ASHLAR_DATA,here}/x`), { list: ['here/x'] })
})

test('only allowed variables are read; the error names none of the others', async () => {
  assert.is(
    await refusal(() => read(`a $\{env:SECRET}`, 'DATA')),
    'experiment.list[0]: environment variable must be one of ASHLAR_*, DATA, got "SECRET"\n' +
      '  Others are read only when you allow it: --allow-env SECRET',
  )
})

test('what lets somebody into a server is no variable for experiments, unless it is allowed', async () => {
  const secrets = { ASHLAR_TOKEN: 'x', ASHLAR_ADMIN_TOKEN: 'x', ASHLAR_API_KEY: 'x' }
  for (const name of Object.keys(secrets)) {
    const value = `$\{env:${name}}`
    const data = { url: value }
    const reading = (allow: string[]) =>
      interpolate(data, { variables: secrets, allow }, 'experiment')
    assert.match(await refusal(() => reading([])), `--allow-env ${name}`)
    assert.equal(reading([name]), { url: 'x' })
  }
})

test('what comes in is not looked at again', () => {
  assert.equal(read(`$\{env:ASHLAR_TRICK}`), { list: [`$\{env:SECRET}`] })
})

test('a variable that is not set is named', async () => {
  assert.is(
    await refusal(() => read(`$\{env:ASHLAR_DATA}`)),
    'experiment.list[0]: the environment variable ASHLAR_DATA must be set\n' +
      `  Set it, or give a default: $\{env:ASHLAR_DATA,default}`,
  )
  assert.match(await refusal(() => read(`$\{env:toString}`, 'toString')), /toString must be set/)
})

test('two dollars stand for one, and nothing is read', () => {
  assert.equal(read(`$$\{env:SECRET}`), { list: [`$\{env:SECRET}`] })
  assert.equal(read(`a $$$\{env:x,y} $$ $1`), { list: [`a $$\{env:x,y} $$ $1`] })
  assert.equal(read(`$$\{env:ASHLAR_EPOCHS} is $\{env:ASHLAR_EPOCHS}`), {
    list: [`$\{env:ASHLAR_EPOCHS} is 3`],
  })
})

test('any text is itself once it is escaped', () => {
  for (const text of [
    ...['', 'plain', '§', '§§', '§{', '§{env:', '§§{env:x', '{env:x}', '\\§{env:x}', '§{env:}'],
    ...['§{env:ASHLAR_X,zz}', '§§{env:x}', '§§§{env:x}', 'a§{env:b}c§§{env:d,e}'],
    ...['§{env:a§{env:b}', '§{env:a,§{env:b}}', '§{env:a\n}', '§&§{env:x}§1'],
  ].map((each) => each.replaceAll('§', '$'))) {
    assert.equal(read(escapeVariables(text)), { list: [text] })
  }
})

test('keys stay as they are', () => {
  const data = { '${env:ASHLAR_EPOCHS}': 1 }
  assert.equal(interpolate(data, { variables }, 'experiment'), data)
})

test.run()
