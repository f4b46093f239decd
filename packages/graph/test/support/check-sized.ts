import type * as tf from '@tensorflow/tfjs'
import { checkFree, type SizedResult } from './check-free.ts'
import { irregularSizes, type SizedProgram } from './sized-programs.ts'

/** Exports a program of images with sizes that vary, and holds the file against tfjs at irregular sizes. */
export function checkSized(program: SizedProgram, count: number): Promise<SizedResult> {
  const names = ['a', 'b'].slice(0, program.images)
  const spec = { shape: ['batch', null, null, 2], dtype: 'float32' } as const
  const run = (inputs: Readonly<Record<string, tf.Tensor4D>>) => ({
    y: program.run(...names.map((name) => inputs[name]!)),
  })
  const shapes = irregularSizes(count, program.images).map((sizes, index) => {
    const batch = index === 3 ? 2 : 1
    const pairs = names.map((name, at) => [name, [batch, sizes[2 * at]!, sizes[2 * at + 1]!, 2]])
    return Object.fromEntries(pairs) as Record<string, number[]>
  })
  return checkFree({ inputs: Object.fromEntries(names.map((name) => [name, spec])), run }, shapes)
}
