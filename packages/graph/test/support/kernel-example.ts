import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { capture } from '../../src/capture/capture.ts'
import type { TypedArray } from '../../src/ir/index.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import type { ExampleInput, KernelDeclaration, KernelExample } from '../../src/ops/declaration.ts'
import { compile } from '../../src/run/compile.ts'
import { closeTo } from './close-to.ts'

/** Runs an example on tfjs's CPU backend and, captured and lowered for a target, on onnxruntime; both must agree. */
export async function checkExample(
  declaration: KernelDeclaration,
  example: KernelExample,
  target: Target = portableTarget(),
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(example.inputs).map(([name, input]) => [name, numbers(input, name)]),
  )
  const isList = '0' in example.inputs
  const run = (named: Record<string, tf.Tensor>): tf.Tensor[] => {
    const inputs = isList ? Object.values(named) : named
    const output = tf
      .engine()
      .runKernel(declaration.kernel, inputs as never, (example.attrs ?? {}) as never) as unknown
    return (Array.isArray(output) ? output : [output]) as tf.Tensor[]
  }
  const eager = tf.tidy(() =>
    run(
      Object.fromEntries(
        Object.entries(example.inputs).map(([name, input]) => [
          name,
          tf.tensor(data[name] as never, [...input.shape], input.dtype ?? 'float32'),
        ]),
      ),
    ),
  )
  const graph = capture(
    (inputs) => Object.fromEntries(run(inputs).map((output, index) => [`output${index}`, output])),
    {
      inputs: Object.fromEntries(
        Object.entries(example.inputs).map(([name, input]) => [
          name,
          { shape: input.shape, dtype: (input.dtype ?? 'float32') as 'float32' },
        ]),
      ),
    },
  )
  const program = await compile(graph, { target })
  const results = await program.run(data as Record<string, TypedArray>)
  for (const [index, tensor] of eager.entries()) {
    const output = graph.outputs[index]!
    assert.equal(output.value.shape, tensor.shape, 'inferred shape')
    assert.is(output.value.dtype, tensor.dtype, 'inferred dtype')
    closeTo(results[`output${index}`]!, tensor.dataSync(), example.tolerance)
    tensor.dispose()
  }
  await program.dispose()
}

/** The numbers of an example input: its own, or made up from a seed of its name. */
export function numbers(input: ExampleInput, name: string): TypedArray {
  const size = input.shape.reduce((product, each) => product * each, 1)
  const dtype = input.dtype ?? 'float32'
  const array = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  if (input.values !== undefined) return new array(Array.from(input.values, Number))
  const random = seedrandom.alea(name)
  const [low, high] =
    input.range ?? (dtype === 'float32' ? [-2, 2] : dtype === 'int32' ? [0, 5] : [0, 1])
  const draw = () => low + random() * (high - low)
  const drawn = Array.from({ length: size }, draw)
  return new array(dtype === 'float32' ? drawn : drawn.map(Math.round))
}
