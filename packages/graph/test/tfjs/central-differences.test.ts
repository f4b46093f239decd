import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import type { KernelDeclaration, KernelExample } from '../../src/ops/declaration.ts'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { JUMPING } from '../support/jumping-examples.ts'
import { callKernel, tensorsOf } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

// The reference of the engines is tfjs on its CPU backend. Whether its gradients are right is decided by differences of its forward
// kernels, and those by the examples of the op table.
const { test, slow } = tieredSuite('gradients on the tfjs CPU backend are slopes')

const STEP = 2e-3
const DIRECTIONS = 3

/** Why some examples have no slope to compare with. */
const WITHOUT: Readonly<Record<string, string>> = {
  ...JUMPING,
  'DepthToSpace channels first': 'tfjs has it for channels last alone',
  'Sign 0': 'it jumps at zero, which the example holds',
  'UnsortedSegmentSum outside': 'tfjs refuses numbers outside',
  'Select whole rows': 'tf.where() writes rows out before it calls the kernel',
}

const some = oneIn(6, { test, slow })
for (const declaration of listKernels()) {
  const { kernel, examples } = declaration
  const hasKernel = tf.getKernelsForBackend('cpu').some(({ kernelName }) => kernelName === kernel)
  if (!hasKernel || tf.getGradient(kernel) === undefined) continue
  for (const [index, example] of examples.entries()) {
    const name = `${kernel} ${example.name ?? index}`
    if (name in WITHOUT || floatsOf(declaration, example).length === 0) continue
    some(name, () => checkSlopes(declaration, example))
  }
}

function floatsOf({ gradient }: KernelDeclaration, { inputs }: KernelExample): string[] {
  return Object.keys(inputs).filter(
    (name) =>
      (inputs[name]!.dtype ?? 'float32') === 'float32' && gradient?.refused?.[name] === undefined,
  )
}

function checkSlopes(declaration: KernelDeclaration, example: KernelExample): void {
  const { kernel } = declaration
  const inputs = tensorsOf(example.inputs)
  const outputsOf = (given: Record<string, tf.Tensor>) =>
    callKernel(kernel, given, example).filter(({ dtype }) => dtype === 'float32')
  // Kernels that give whole numbers only have a gradient in name alone.
  if (tf.tidy(() => outputsOf(inputs).length) === 0) return
  const names = floatsOf(declaration, example)
  const gradients = tf.tidy(() =>
    tf.grads((...given: tf.Tensor[]) => {
      const all = { ...inputs }
      for (const [at, name] of names.entries()) all[name] = given[at]!
      return tf.addN(
        outputsOf(all).map((output, at) => output.mul(random(output.shape, `w${at}`)).sum()),
      )
    })(names.map((name) => inputs[name]!)),
  )
  // In doubles: what rounding leaves of a sum of many numbers is more than a slope over so short a way can bear.
  const lossOf = (given: Record<string, tf.Tensor>) =>
    tf.tidy(() => {
      let sum = 0
      for (const [at, output] of outputsOf({ ...inputs, ...given }).entries()) {
        const weights = random(output.shape, `w${at}`).dataSync()
        for (const [index, value] of output.dataSync().entries()) sum += value * weights[index]!
      }
      return sum
    })
  for (const [at, name] of names.entries()) {
    const gradient = gradients[at]!
    assert.equal(gradient.shape, inputs[name]!.shape, `shape of the gradient by ${name}`)
    for (let turn = 0; turn < DIRECTIONS; turn++) {
      const direction = random(gradient.shape, `v${turn}`)
      const moved = (by: number) =>
        tf.tidy(() => lossOf({ [name]: inputs[name]!.add(direction.mul(by)) }))
      const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP)
      const along = direction.dataSync()
      let wanted = 0
      let size = 0
      for (const [index, value] of gradient.dataSync().entries()) {
        wanted += value * along[index]!
        size += Math.abs(value * along[index]!)
      }
      const allowed = 0.01 * (size + Math.abs(slope)) + 2e-3
      const message = `by ${name}: gradient ${wanted}, slope ${slope}, allowed difference ${allowed}`
      assert.ok(Math.abs(slope - wanted) <= allowed, message)
    }
  }
}

function random(shape: readonly number[], seed: string): tf.Tensor {
  const next = seedrandom.alea(seed)
  const count = shape.reduce((product, size) => product * size, 1)
  return tf.tensor(
    Float32Array.from({ length: count }, () => next() - 0.5),
    [...shape],
  )
}

test.run()
