import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { accuracy, adam, meanSquaredError } from '../../src/index.ts'
import { type CompileOptions, compileTraining } from '../../src/training/compile.ts'

const test = suite('compile')

test("names work in Keras's spelling and in Ashlar's", () => {
  for (const loss of [
    'sparse_categorical_crossentropy',
    'sparse-categorical-crossentropy',
    'SparseCategoricalCrossentropy',
  ]) {
    const compiled = compileTraining({ optimizer: 'Adam', loss, metrics: ['accuracy', 'top_k'] })
    assert.is(compiled.heads[0]!.loss.name, 'sparse-categorical-crossentropy')
    assert.is(compiled.optimizer.name, 'adam')
    assert.equal(
      compiled.heads[0]!.metrics.map(({ name }) => name),
      ['accuracy', 'top-5'],
    )
  }
})

test("Keras's short names work, and results have the names that they stand for", () => {
  const named = (loss: string) =>
    compileTraining({ optimizer: 'RMSprop', loss }).heads[0]!.loss.name
  for (const loss of ['mse', 'MSE', 'mean_squared_error', 'MeanSquaredError', 'meanSquaredError']) {
    assert.is(named(loss), 'mean-squared-error', loss)
  }
  assert.is(named('mae'), 'mean-absolute-error')
  assert.is(named('bce'), 'binary-crossentropy')
  assert.is(named('BinaryCrossentropy'), 'binary-crossentropy')
  const metrics = ['acc', 'mse', 'mae', 'binary_accuracy', 'SparseCategoricalAccuracy']
  const compiled = compileTraining({ optimizer: 'adam', loss: 'mse', metrics })
  assert.equal(
    compiled.heads[0]!.metrics.map(({ name }) => name),
    [
      'accuracy',
      'mean-squared-error',
      'mean-absolute-error',
      'binary-accuracy',
      'categorical-accuracy',
    ],
  )
})

test('unknown options and parts that are missing are refused', () => {
  const compile = (options: object) => () => compileTraining(options as CompileOptions)
  assert.throws(
    compile({ optimizer: 'adam', loss: 'mse', metric: ['mae'] }),
    /^compile: option must be one of optimizer, loss, lossWeights, metrics, got "metric"\n {2}Did you mean "metrics"\?$/,
  )
  assert.throws(
    compile({ optimizer: 'adam' }),
    /^compile: loss must be a name, or an object made by one of Ashlar's factories$/,
  )
  assert.throws(
    compile({ optimizer: 'adam', loss: (x: number) => x }),
    /^compile: loss must be a name, or an object .*, got function loss$/,
  )
  assert.throws(
    compile({ optimizer: 'adam', loss: 'mse', metrics: 'mae' }),
    /^compile: `metrics` must be a list, got "mae"$/,
  )
})

test('objects are taken as they are', () => {
  const optimizer = adam()
  const loss = meanSquaredError()
  const compiled = compileTraining({ optimizer, loss })
  assert.is(compiled.optimizer, optimizer)
  assert.is(compiled.heads[0]!.loss, loss)
  assert.equal(compiled.heads[0]!.metrics, [])
})

test('an unknown name shows the known ones and the closest', () => {
  assert.throws(
    () => compileTraining({ optimizer: 'adm', loss: meanSquaredError() }),
    'compile: optimizer must be one of sgd, adam, adamw, rmsprop, got "adm"\n  Did you mean "adam"?',
  )
  assert.throws(
    () => compileTraining({ optimizer: 'adam', loss: 'hing' }),
    /^compile: loss must be one of auto, sparse-categorical-crossentropy, categorical-crossentropy, .*, huber, .*, got "hing"\n {2}Did you mean "hinge"\?$/,
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
