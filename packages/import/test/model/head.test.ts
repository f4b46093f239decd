import { asModel, type Model, withFacts } from '@ashlar/core'
import { allClose } from '@ashlar/core/testing'
import { openContainer, Registry } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importPlugins } from '../../src/index.ts'
import { makeOnnx, numbers, weight, withFile } from '../support/make-onnx.ts'

const test = suite('new heads of networks of files')

const bytes = makeOnnx({
  inputs: { x: ['batch', 4] },
  outputs: ['y'],
  weights: { 'a.w': weight([4, 3], 1), 'b.w': weight([3, 1], 2) },
  nodes: [
    { op: 'MatMul', inputs: ['x', 'a.w'], outputs: ['h'] },
    { op: 'MatMul', inputs: ['h', 'b.w'], outputs: ['y'] },
  ],
})

const registry = new Registry().register(importPlugins, '@ashlar/import')
const SCALE = { mean: [250_000], std: [40_000] }

/** The answers of the plugin as an experiment makes it of data whose numbers lie far away, or near 0. */
function answers(path: string, options: object, isFar: boolean): Float32Array {
  const { plugin } = registry.get('model', 'onnx', 'model')
  const facts = isFar ? { targetScale: SCALE } : {}
  const told = withFacts(plugin.options, { name: 'onnx', path, ...options }, facts)
  const container = openContainer(registry, { seed: 3, folder: '/' })
  const model: Model = asModel(container.create('model', told, 'model'))
  model.seed = 3
  model.build([null, 4])
  const x = tf.tensor(numbers(8, 3), [2, 4])
  const found = tf.tidy(() => (model.apply(x) as tf.Tensor).dataSync() as Float32Array)
  x.dispose()
  model.dispose()
  return found
}

test('a new head gives numbers where those of the data lie, and a network as it is those of its file', () =>
  withFile(bytes, (path) => {
    const headed = { output: 'h', head: { classes: 1 } }
    const [near, far] = [answers(path, headed, false), answers(path, headed, true)]
    allClose(
      far,
      near.map((each) => each * SCALE.std[0]! + SCALE.mean[0]!),
      { relative: 1e-6 },
    )
    assert.equal(answers(path, {}, true), answers(path, {}, false))
    return Promise.resolve()
  }))

test('a scale that somebody gives is refused where there is no new head', () =>
  withFile(bytes, (path) => {
    const head = { output: 'h', head: { classes: 1 } }
    assert.equal(answers(path, { ...head, targetScale: SCALE }, false), answers(path, head, true))
    assert.throws(
      () => answers(path, { targetScale: SCALE }, false),
      /^onnx\.targetScale: must come with `head`: what the file gives by itself .*\n {2}Leave it out, or give/,
    )
    return Promise.resolve()
  }))

test.run()
