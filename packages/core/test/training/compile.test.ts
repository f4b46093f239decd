import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { accuracy, adam, meanSquaredError } from '../../src/index.ts'
import { compileTraining } from '../../src/training/compile.ts'

const test = suite('compile')

test("names work in Keras's spelling and in Ashlar's", () => {
  for (const loss of [
    'sparse_categorical_crossentropy',
    'sparse-categorical-crossentropy',
    'SparseCategoricalCrossentropy',
  ]) {
    const compiled = compileTraining({ optimizer: 'Adam', loss, metrics: ['accuracy', 'top_k'] })
    assert.is(compiled.loss.name, 'sparse-categorical-crossentropy')
    assert.is(compiled.optimizer.name, 'adam')
    assert.equal(
      compiled.metrics.map(({ name }) => name),
      ['accuracy', 'top-5'],
    )
  }
})

test('objects are taken as they are', () => {
  const optimizer = adam()
  const loss = meanSquaredError()
  const compiled = compileTraining({ optimizer, loss })
  assert.is(compiled.optimizer, optimizer)
  assert.is(compiled.loss, loss)
  assert.equal(compiled.metrics, [])
})

test('an unknown name shows the known ones and the closest', () => {
  assert.throws(
    () => compileTraining({ optimizer: 'adm', loss: meanSquaredError() }),
    'compile: optimizer must be one of sgd, adam, adamw, rmsprop, got "adm"\n  Did you mean "adam"?',
  )
  assert.throws(
    () => compileTraining({ optimizer: 'adam', loss: 'hinge' }),
    /^compile: loss must be one of sparse-categorical-crossentropy, categorical-crossentropy, .*, huber, got "hinge"$/,
  )
})

test('two metrics of one name are refused', () => {
  assert.throws(
    () =>
      compileTraining({
        optimizer: 'adam',
        loss: meanSquaredError(),
        metrics: [accuracy(), 'accuracy'],
      }),
    /^compile: every metric must have a name of its own, got "accuracy"$/,
  )
})

test.run()
