import { oneIn, tieredSuite } from '@ashlar/test-support'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import type { TypedArray } from '../../src/ir/index.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import type { KernelDeclaration, KernelExample } from '../../src/ops/declaration.ts'
import { listKernels } from '../../src/ops/registry.ts'
import { registerOps } from '../../src/ops/table.ts'
import { cpuTarget } from '../../src/run/cpu-target.ts'
import { repairTfjs } from '../../src/tfjs/repair.ts'
import { closeTo } from '../support/close-to.ts'
import { callKernel, runCaptured, tensorsOf } from '../support/kernel-example.ts'

registerOps()
repairTfjs()
await tf.setBackend('cpu')

const targets = [portableTarget(), await cpuTarget()]
const { test, slow } = tieredSuite('op table: gradients equal those of the tfjs CPU backend')

/** Examples whose gradients tfjs cannot compute, with the reason. */
const NO_REFERENCE: Readonly<Record<string, string>> = {
  'UnsortedSegmentSum outside': 'tfjs reads rows that are not there',
}

// What has no forms of its own differs by its layout at most.
const some = oneIn(12, { test, slow })
// The first example of each kernel is always tried.
const others = oneIn(3, { test, slow })
for (const declaration of listKernels()) {
  const { kernel, examples, lower } = declaration
  if (tf.getGradient(kernel) === undefined || typeof lower !== 'function') continue
  for (const [index, example] of examples.entries()) {
    const name = `${kernel} ${example.name ?? index}`
    if (example.expected !== undefined || name in NO_REFERENCE) continue
    if (differentiable(declaration, example).length === 0) continue
    for (const target of targets) {
      const form = target.portable ? '' : ' in forms for the CPU'
      const base = index === 0 ? test : others
      const declare = target.portable || declaration.forms !== undefined ? base : some
      declare(`${name}${form}`, () => checkGradient(declaration, example, target))
    }
  }
}

/** Names of the inputs that a gradient can be asked for. */
function differentiable({ gradient }: KernelDeclaration, { inputs }: KernelExample): string[] {
  return Object.keys(inputs).filter(
    (name) =>
      (inputs[name]!.dtype ?? 'float32') === 'float32' && gradient?.refused?.[name] === undefined,
  )
}

async function checkGradient(
  declaration: KernelDeclaration,
  example: KernelExample,
  target: Target,
): Promise<void> {
  const { kernel } = declaration
  const wanted = differentiable(declaration, example)
  const gradients = (inputs: Record<string, tf.Tensor>) => {
    const loss = (...given: tf.Tensor[]) => {
      const all = { ...inputs }
      for (const [at, name] of wanted.entries()) all[name] = given[at]!
      const outputs = callKernel(kernel, all, example).filter(({ dtype }) => dtype === 'float32')
      return tf.addN(outputs.map((output) => output.mul(weightsFor(output.shape)).sum()))
    }
    const found = tf.grads(loss)(wanted.map((name) => inputs[name]!))
    return Object.fromEntries(found.map((gradient, at) => [wanted[at]!, gradient]))
  }
  let expected: Record<string, tf.Tensor>
  try {
    expected = tf.tidy(() => gradients(tensorsOf(example.inputs)))
  } catch (error) {
    // Kernels that only give whole numbers have a gradient in name alone.
    assert.match(String(error), /addN|Cannot compute gradient|backprop/i)
    return
  }
  const { results } = await runCaptured(gradients, example.inputs, target)
  for (const [name, gradient] of Object.entries(expected)) {
    closeTo(
      results[name]!,
      gradient.dataSync() as TypedArray,
      Math.max(1e-4, example.tolerance ?? 0),
    )
    gradient.dispose()
  }
}

/** Numbers that are the same for the same shape, so that each output counts differently. */
function weightsFor(shape: readonly number[]): tf.Tensor {
  const random = seedrandom.alea(`weights ${shape}`)
  const size = shape.reduce((product, each) => product * each, 1)
  return tf.tensor(
    Float32Array.from({ length: size }, () => random() + 0.5),
    [...shape],
  )
}

test.run()
