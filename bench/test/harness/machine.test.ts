import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { kindOf, thisMachine, vectorsIn, vectorsOf } from '../../src/harness/machine.ts'

const machine = suite('machine')

machine('its kind is what it computes with and its model, without marks and clock rates', () => {
  const base = thisMachine()
  assert.match(kindOf(base), /^[a-z0-9]+(-[a-z0-9]+)*$/)
  const kind = (cpu: string, vectors?: string) => {
    const { vectors: _, ...rest } = base
    return kindOf({ ...rest, cpu, ...(vectors && { vectors }) })
  }
  assert.is(kind('AMD EPYC', 'avx512'), 'avx512-amd-epyc')
  assert.is(kind('AMD EPYC', 'avx2'), 'avx2-amd-epyc')
  assert.is(
    kind('Intel(R) Xeon(R) Platinum 8488C CPU @ 2.40GHz', 'avx512'),
    'avx512-intel-xeon-platinum-8488c-cpu',
  )
  assert.is(kind('Abacus'), 'unknown-abacus')
})

machine('one that was kept to narrower vectors is a kind of its own, and says so', () => {
  const whole = { ...thisMachine(), cpu: 'AMD EPYC', vectors: 'avx512' }
  const kept = { ...whole, keptTo: 'avx2' }
  assert.is(kindOf(kept), 'avx2-of-avx512-amd-epyc')
  assert.is(vectorsIn(kept), ' (avx512, kept to avx2)')
  assert.is(vectorsIn(whole), ' (avx512)')
  const { vectors: _, ...unknown } = whole
  assert.is(vectorsIn(unknown), '')
})

machine('the widest vectors count', () => {
  assert.is(vectorsOf(['sse2', 'avx', 'avx2', 'avx512f']), 'avx512')
  assert.is(vectorsOf(['sse2', 'avx', 'avx2']), 'avx2')
  assert.is(vectorsOf(['fp', 'asimd']), 'asimd')
  assert.is(vectorsOf([]), undefined)
})

machine.run()
