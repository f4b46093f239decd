import { type RunFolder, readText, runFiles } from '@ashlar/experiment/runs'
import { z } from 'zod'
import type { VerificationTable } from '../data/run-view.ts'

/**
 * The parts of an exporter's report that can be shown; exporters of others may leave any of them out, and a run that came from somebody else say anything.
 */
const schema = z.object({
  file: z
    .object({
      nodes: z.number().optional(),
      opset: z.number().optional(),
      sha256: z.string().optional(),
    })
    .optional(),
  verification: z
    .object({
      passed: z.boolean().optional(),
      reference: z
        .object({ backend: z.string().optional(), version: z.string().optional() })
        .optional(),
      runtime: z.object({ name: z.string().optional(), version: z.string().optional() }).optional(),
      maxAbsolute: z.number().nullish(),
      argMaxAgreement: z.number().nullish(),
      accuracy: z.object({ samples: z.number(), model: z.number(), file: z.number() }).optional(),
      cases: z
        .array(
          z.object({
            inputs: z.string().optional(),
            batch: z.number().optional(),
            outputs: z.array(z.object({ maxAbsolute: z.number().nullish() })).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
})

/** Reads `verification.json`; undefined for a run that was not exported. */
export async function readVerification(run: RunFolder): Promise<VerificationTable | undefined> {
  let report: z.output<typeof schema>
  try {
    report = schema.parse(JSON.parse(await readText(run.file(runFiles.verification))))
  } catch {
    // Not exported yet, or none that could be shown.
    return undefined
  }
  const { file = {}, verification = {} } = report
  const { reference, runtime, accuracy } = verification
  const facts: [string, string | undefined][] = [
    [
      'outcome',
      verification.passed === undefined ? undefined : verification.passed ? 'equal' : 'not equal',
    ],
    [
      'model computed by',
      reference && `TensorFlow.js ${reference.version} on ${reference.backend}`,
    ],
    ['file computed by', runtime && `${runtime.name} ${runtime.version}`],
    ['largest difference', verification.maxAbsolute?.toExponential(2)],
    ['same class', percent(verification.argMaxAgreement)],
    [
      'accuracy of the model',
      accuracy && `${percent(accuracy.model)} of ${accuracy.samples} samples`,
    ],
    ['accuracy of the file', accuracy && `${percent(accuracy.file)}`],
    ['nodes', file.nodes?.toString()],
    ['operator set', file.opset?.toString()],
    ['SHA-256 of the file', file.sha256],
  ]
  return {
    facts: facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    cases: (verification.cases ?? []).map(({ inputs, batch, outputs = [] }) => ({
      inputs: inputs ?? '',
      batch: batch === undefined ? '' : String(batch),
      largest: outputs.reduce(
        (most, { maxAbsolute }) => Math.max(most, maxAbsolute ?? Number.NaN),
        Number.NEGATIVE_INFINITY,
      ),
    })),
  }
}

function percent(part: number | null | undefined): string | undefined {
  return part == null ? undefined : `${Number((100 * part).toPrecision(5))} %`
}
