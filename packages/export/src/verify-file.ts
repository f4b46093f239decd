import { resolve } from 'node:path'
import { type FileLimits, readEncodings, type Samples } from '@ashlar/core'
import { AshlarError, DataError } from '@ashlar/errors'
import { mismatch } from './failure.ts'
import { buildGraph } from './file/build.ts'
import { labelsSaid } from './file/labels.ts'
import { type InspectedModel, inspectFile, LAYOUT_KEY } from './inspect/inspect.ts'
import { openGuarded } from './run/guarded.ts'
import { type Exportable, openSource } from './source/open.ts'
import type { ExportSource, InputSpecs } from './source/source.ts'
import { checkWeights } from './verify/non-finite.ts'
import type { Verification } from './verify/report.ts'
import { verify } from './verify/verify.ts'

/** What to verify a file with. */
export interface VerifyFileOptions {
  /** As given to the export: needed for plain functions. */
  readonly inputs?: InputSpecs | undefined
  /** Real samples to hold the file against the model on. */
  readonly samples?: Samples | undefined
  /** How many of the samples; default: as many as take about two seconds, at most 1,000. */
  readonly sampleCount?: number | undefined
  /** What the file may take up while it runs. */
  readonly limits?: FileLimits | undefined
}

/**
 * Holds a file against the model that it was made from again, just as the export did. The file may come from anybody: it is checked before
 * a decoder or runtime sees it, and runs in a process of its own that ends at its limits. Nothing is written.
 *
 * @throws DataError when it is no ONNX file, is made to do harm, goes beyond its limits, or takes and gives other tensors than the model.
 * @throws ExportError when it does not equal the model.
 * @example const { maxAbsolute } = await verifyModelFile('model.onnx', model, { samples: test })
 */
export async function verifyModelFile(
  path: string,
  model: Exportable,
  { inputs, samples, sampleCount, limits }: VerifyFileOptions = {},
): Promise<Verification> {
  const file = await inspectFile(path)
  const layout = file.metadata.get(LAYOUT_KEY) === 'nchw' ? 'nchw' : 'nhwc'
  const said = readEncodings(file.metadata, path)
  const { input, inputs: named } = said
  const preprocess = input === undefined ? { inputs: named } : input.inGraph && { input }
  const source = openSource(model, { inputs, layout, preprocess })
  checkSignature(path, file, source)
  checkWeights(path, source)
  const built = await buildGraph(source, file.opset, layout)
  const { cost, memory, free, needs, longestSum } = built
  const { bytes, external } = file
  const verification = await run(path, () =>
    verify({
      file: external.length > 0 ? { bytes, path: resolve(path) } : { bytes },
      source: { ...source, inputs: built.inputs, longestSum },
      cost,
      memory,
      free,
      needs,
      labels: labelsSaid(built.graph, said),
      samples,
      sampleCount,
      open: openGuarded(path, file.size, limits),
    }),
  )
  if (!verification.passed) throw mismatch(path, verification, CHANGED)
  return verification
}

/** A file was equal to its model when it was written. */
const CHANGED =
  'Either the file or the weights of the model have changed since the export: export again.'

function checkSignature(path: string, file: InspectedModel, source: ExportSource): void {
  const wanted = Object.keys(source.inputs)
  if ([...file.inputs].sort().join() === [...wanted].sort().join()) return
  throw new DataError({
    where: path,
    expected: `must take what ${source.name} takes: ${wanted.join(', ')}`,
    given: file.inputs,
    hint: 'Is it the file of another model?',
  })
}

/** What a runtime refuses is the file's fault. */
async function run<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AshlarError && error.code !== 'ENGINE') throw error
    throw new DataError({
      where: path,
      expected: 'onnxruntime must be able to run it',
      hint: (error as Error).message,
      cause: error,
    })
  }
}
