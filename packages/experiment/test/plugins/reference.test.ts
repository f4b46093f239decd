import { resolveReference } from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { testRegistry } from '../support/plugins.ts'

const test = suite('plugin references')

const registry = testRegistry()

test('a name alone gets all defaults', () => {
  assert.equal(resolveReference(registry, 'model', 'perceptron', 'x'), {
    name: 'perceptron',
    units: 8,
    numClasses: 3,
  })
})

test('references inside options are resolved as well', () => {
  const learningRate = { name: 'warmup', steps: 5, schedule: { name: 'cosine', initial: 0.1 } }
  const resolved = resolveReference(registry, 'optimizer', { name: 'sgd', learningRate }, 'x')
  assert.equal(resolved.learningRate, {
    name: 'warmup',
    steps: 5,
    schedule: { name: 'cosine', initial: 0.1, alpha: 0 },
  })
  const constant = resolveReference(registry, 'optimizer', { name: 'sgd', learningRate: 0.1 }, 'x')
  assert.is(constant.learningRate, 0.1)
})

test('resolving again changes nothing', () => {
  for (const { plugin } of registry.list('optimizer')) {
    const once = resolveReference(registry, 'optimizer', plugin.name, 'x')
    assert.equal(resolveReference(registry, 'optimizer', once, 'x'), once)
  }
})

test('errors inside are found before anything is made', async () => {
  const learningRate = { name: 'cosine', initial: 1, alpa: 0 }
  assert.is(
    await refusal(() =>
      resolveReference(registry, 'optimizer', { name: 'sgd', learningRate }, 'o'),
    ),
    'o.learningRate: key must be one of initial, alpha, steps, got "alpa"\n  Did you mean "alpha"?',
  )
})

test.run()
