import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import { defineKernel } from '../../src/ops/declaration.ts'
import { findKernel, listKernels, registerKernels } from '../../src/ops/registry.ts'
import { isOwnKernel, registerOps } from '../../src/ops/table.ts'

registerOps()

const test = suite('op table')

/** All names in tfjs-core's kernel_names. */
function kernelNames(): string[] {
  const require = createRequire(createRequire(import.meta.url).resolve('@tensorflow/tfjs'))
  const core = dirname(require.resolve('@tensorflow/tfjs-core/package.json'))
  const text = readFileSync(join(core, 'dist/kernel_names.d.ts'), 'utf8')
  return [...text.matchAll(/export declare const \w+ = "([^"]+)"/g)].map(([, name]) => name!)
}

test('declares every kernel that tfjs-core names, and says which are its own', () => {
  const names = kernelNames()
  assert.ok(names.length >= 180, `${names.length} names`)
  const missing = names.filter((name) => findKernel(name) === undefined)
  assert.equal(missing, [], 'kernels without a declaration')
  const others = listKernels().filter(({ kernel, isOwn }) => !names.includes(kernel) && !isOwn)
  assert.equal(
    others.map(({ kernel }) => kernel),
    [],
    'kernels that tfjs does not have',
  )
})

test('declares every kernel that the CPU backend has', () => {
  const missing = tf
    .getKernelsForBackend('cpu')
    .filter(({ kernelName }) => findKernel(kernelName) === undefined)
  assert.equal(missing, [])
})

test('has an example for each lowering, or says what checks it instead', () => {
  for (const { kernel, lower, examples, unchecked } of listKernels()) {
    if (typeof lower !== 'function') continue
    assert.ok(examples.length > 0 || (unchecked ?? '').length > 30, kernel)
    assert.ok(examples.length === 0 || unchecked === undefined, `${kernel} is checked`)
  }
})

test('names tests that exist where examples cannot do', () => {
  for (const { kernel, unchecked = '' } of listKernels()) {
    for (const [path] of unchecked.matchAll(/test\/[\w/.-]+\.test\.ts/g)) {
      const file = new URL(`../../${path}`, import.meta.url)
      assert.ok(readFileSync(file, 'utf8').length > 0, `${kernel}: ${path}`)
    }
  }
})

for (const { kernel, lower } of listKernels()) {
  if (typeof lower === 'function') continue
  test(`refuses ${kernel} with a reason that a user understands`, () => {
    assert.ok(lower.refused.length > 40 && lower.refused.endsWith('.'), lower.refused)
    try {
      capture(
        ({ x }) => ({ y: tf.engine().runKernel(kernel, { x: x! }) as unknown as tf.Tensor }),
        { inputs: { x: { shape: [2], dtype: 'float32' } } },
      )
      assert.unreachable()
    } catch (error) {
      const { message } = error as Error
      assert.ok(message.includes(`kernel ${kernel} must have a meaning in ONNX`), message)
      assert.ok(message.includes(lower.refused), message)
    }
  })
}

test('takes further kernels, each once', () => {
  const twice = defineKernel({
    kernel: 'Twice',
    infer: ({ inputs }) => inputs.x!,
    lower: ({ builder, input }) => builder.add(input('x'), input('x')),
    isOwn: true,
    examples: [{ inputs: { x: { shape: [2] } } }],
  })
  registerKernels([twice])
  assert.is(isOwnKernel('Twice'), false)
  assert.is(isOwnKernel('Add'), true)
  assert.is(findKernel('Twice'), twice)
  assert.throws(() => registerKernels([twice]), /kernel Twice must be declared once/)
})

test.run()
