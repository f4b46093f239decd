import { createHash } from 'node:crypto'
import type { FileLimits } from '@ashlar/core'
import { AshlarError, DataError } from '@ashlar/errors'
import { z } from 'zod'
import { inspectFile } from './inspect/inspect.ts'
import { openInspected } from './run/guarded.ts'

/** What is used of a report that was stored with a run: which file equalled the model. */
export interface StoredReport {
  readonly file: {
    /** Hexadecimal. */
    readonly sha256: string
    readonly inputs: readonly { readonly name: string }[]
    readonly outputs: readonly { readonly name: string }[]
  }
}

const tensors = z.array(z.object({ name: z.string() }))

const schema: z.ZodType<StoredReport> = z.object({
  format: z.literal('onnx'),
  file: z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    inputs: tensors,
    outputs: tensors,
  }),
  verification: z.object({ passed: z.literal(true) }),
})

/** A report of an export from its JSON, which may come from anybody; undefined for what is none, or for one of a file that did not equal its model. */
export function parseReport(text: string): StoredReport | undefined {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A file that is what its report says. */
export interface StoredVerification {
  /** Hexadecimal. */
  readonly sha256: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/**
 * Holds a file against the report of its export, without its model: it is that very file, takes and gives what it did, and loads into a process of its own
 * that ends at its limits. Whether file and model are equal, the report alone says.
 *
 * @throws DataError when it is another file, no ONNX file, made to do harm, or goes beyond its limits.
 */
export async function verifyStoredFile(
  path: string,
  { file }: StoredReport,
  { limits }: { readonly limits?: FileLimits | undefined } = {},
): Promise<StoredVerification> {
  const inspected = await inspectFile(path)
  const { bytes, inputs, outputs } = inspected
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 !== file.sha256) {
    throw new DataError({
      where: path,
      expected: `must be the file that equalled its model, with the SHA-256 ${file.sha256}`,
      given: sha256,
      hint: 'It has changed since the export, or is another one.',
    })
  }
  const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name)
  const [wanted, found] = [
    [...names(file.inputs).sort(), ...names(file.outputs).sort()],
    [...[...inputs].sort(), ...[...outputs].sort()],
  ]
  if (JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw new DataError({
      where: path,
      expected: `must take and give what its report says: ${wanted.join(', ')}`,
      given: found,
    })
  }
  const runner = await openInspected(path, inspected, limits).catch((error: unknown) => {
    if (error instanceof DataError || !(error instanceof AshlarError)) throw error
    throw new DataError({
      where: path,
      expected: 'onnxruntime must be able to load it',
      hint: error.message,
      cause: error,
    })
  })
  await runner.release()
  return { sha256, inputs, outputs }
}
