import { EngineError } from '@ashlar/errors'
import type { TypedArray } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import type { NamedData, NamedTexts, TensorData } from '../tensors.ts'

/** What runs exported files here. */
export const runtime: { readonly name: string; readonly version: string } = {
  name: 'onnxruntime-node',
  version: (ort.env.versions as { readonly node?: string }).node ?? ort.env.versions.common,
}

/** The outputs of numbers, or those of text. */
export function outputNamesOf(session: ort.InferenceSession, kind: 'numbers' | 'texts'): string[] {
  const isText = new Set(
    session.outputMetadata.flatMap((each) =>
      each.isTensor && each.type === 'string' ? [each.name] : [],
    ),
  )
  return session.outputNames.filter((name) => isText.has(name) === (kind === 'texts'))
}

/**
 * Runs a file's session on named numbers.
 *
 * @returns its outputs of numbers.
 * @throws EngineError with onnxruntime's reason when it does not run.
 */
export async function runSession(
  session: ort.InferenceSession,
  feeds: NamedData,
): Promise<Record<string, TensorData>> {
  const results = await runWith(feeds, (inputs) => session.run(inputs))
  return Object.fromEntries(
    Object.entries(results)
      .filter(([, { type }]) => type !== 'string')
      .map(([name, tensor]) => [
        name,
        {
          shape: [...tensor.dims],
          dtype: tensor.type as TensorData['dtype'],
          data: tensor.data as TypedArray,
        },
      ]),
  )
}

/** The same for its outputs of text. */
export async function runForTexts(
  session: ort.InferenceSession,
  feeds: NamedData,
): Promise<NamedTexts> {
  const names = outputNamesOf(session, 'texts')
  if (names.length === 0) return {}
  const results = await runWith(feeds, (inputs) => session.run(inputs, names))
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, [...(data as string[])]]),
  )
}

async function runWith(
  feeds: NamedData,
  run: (inputs: Record<string, ort.Tensor>) => Promise<ort.InferenceSession.OnnxValueMapType>,
): Promise<Readonly<Record<string, ort.Tensor>>> {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [
      name,
      new ort.Tensor(dtype, data as never, [...shape]),
    ]),
  )
  return await run(inputs).catch((cause: Error) => {
    throw new EngineError({
      where: 'onnxruntime',
      expected: 'the file must run',
      hint: cause.message,
      cause,
    })
  })
}
