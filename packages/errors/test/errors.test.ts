import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  AshlarError,
  ConfigError,
  DataError,
  EngineError,
  ExportError,
  type Problem,
  ShapeError,
  TrainingError,
  unknownName,
} from '../src/errors.ts'

const test = suite('errors')

test('says where, what was expected and what was given', () => {
  const error = new ShapeError({
    where: 'model.block1.add',
    expected: 'both inputs must have the same shape',
    given: [8, 28, 28, 64],
  })
  assert.is(
    error.message,
    'model.block1.add: both inputs must have the same shape, got [8, 28, 28, 64]',
  )
})

test('leaves out what was given when there is nothing to show', () => {
  const error = new EngineError({ where: 'engine', expected: 'onnxruntime-node must be installed' })
  assert.is(error.message, 'engine: onnxruntime-node must be installed')
})

test('shows null, false, 0 and the empty string', () => {
  for (const [given, shown] of [
    [null, 'null'],
    [false, 'false'],
    [0, '0'],
    ['', '""'],
  ]) {
    const error = new ConfigError({ where: 'x', expected: 'y', given })
    assert.is(error.message, `x: y, got ${shown}`)
  }
})

test('puts the hint on a line of its own', () => {
  const error = new TrainingError({
    where: 'step 120',
    expected: 'the loss must be a number',
    given: Number.NaN,
    hint: 'Try a smaller learning rate.',
  })
  assert.is(
    error.message,
    'step 120: the loss must be a number, got NaN\n  Try a smaller learning rate.',
  )
  assert.is(error.hint, 'Try a smaller learning rate.')
  assert.is(error.where, 'step 120')
})

test('keeps the error underneath, and has no cause without one', () => {
  const cause = new Error('ENOENT')
  const problem = { where: 'a.gz', expected: 'the file must be readable' }
  assert.is(new DataError({ ...problem, cause }).cause, cause)
  assert.not.ok('cause' in new DataError(problem))
})

const CLASSES: readonly (readonly [new (problem: Problem) => AshlarError, string, string])[] = [
  [ConfigError, 'ConfigError', 'CONFIG'],
  [ShapeError, 'ShapeError', 'SHAPE'],
  [DataError, 'DataError', 'DATA'],
  [EngineError, 'EngineError', 'ENGINE'],
  [ExportError, 'ExportError', 'EXPORT'],
  [TrainingError, 'TrainingError', 'TRAINING'],
]

for (const [Class, name, code] of CLASSES) {
  test(`${name} has the code ${code} and can be caught as an AshlarError`, () => {
    const error = new Class({ where: 'here', expected: 'it must work' })
    assert.instance(error, AshlarError)
    assert.instance(error, Error)
    assert.is(error.name, name)
    assert.is(error.code, code)
    assert.is(String(error), `${name}: here: it must work`)
  })
}

test('an unknown name shows the known ones and the closest', () => {
  const known = ['cifar10', 'fashion-mnist', 'mnist']
  const error = new ConfigError(unknownName('experiment', 'dataset', 'minst', known))
  assert.is(
    error.message,
    'experiment: dataset must be one of cifar10, fashion-mnist, mnist, got "minst"\n  Did you mean "mnist"?',
  )
})

test('an unknown name that resembles none gets no hint', () => {
  const far = unknownName('experiment', 'dataset', 'photographs', ['mnist'])
  assert.is(far.hint, undefined)
  assert.is(
    new ConfigError(far).message,
    'experiment: dataset must be one of mnist, got "photographs"',
  )
})

test('says so when no name is known', () => {
  const error = new ConfigError(unknownName('container', 'exporter', 'onnx', []))
  assert.is(error.message, 'container: exporter must be one of (none is known), got "onnx"')
})

test.run()
