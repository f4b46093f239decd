import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultForms } from '../../src/session/options.ts'

const test = suite('engine options')

test('forms are the usual ones, the same in every process, unless the environment says otherwise', () => {
  assert.is(defaultForms(''), 'usual')
  assert.is(defaultForms('portable'), 'portable')
})

test('an unknown word in the environment is an error', () => {
  assert.throws(() => defaultForms('portabel'), /\$ASHLAR_FORMS.*portable/s)
})

test.run()
