import type { ExportReport, Verification } from '@ashlar/export'
import { z } from 'zod'
import { formatMetric } from '../terminal/format.ts'

/** What an exported file is, in a few words; nothing for the report of an exporter that says other things. */
export function describeFile(report: unknown): string[] {
  const { file } = (report ?? {}) as Partial<ExportReport>
  return file?.nodes === undefined ? [] : [`${file.nodes} nodes`, `opset ${file.opset}`]
}

/** JSON has neither NaN nor infinities. */
const number = z
  .custom<number | null>((value) => typeof value === 'number' || value === null)
  .transform((value) => value ?? Number.NaN)

/** The parts that are told. A run may come from anybody, and its report say anything. */
const schema = z.object({
  reference: z.object({ backend: z.string() }),
  runtime: z.object({ name: z.string(), version: z.string() }),
  cases: z.array(
    z.object({
      outputs: z.array(z.object({ maxAbsolute: number, sensitivity: z.unknown().optional() })),
    }),
  ),
  maxAbsolute: number,
  maxRelative: number.optional(),
  accuracy: z.object({ samples: number, model: number, file: number }).optional(),
})

type Told = z.output<typeof schema>

/** How a verification came out, a line each; nothing for the report of an exporter that says other things. */
export function describeVerification(report: unknown): string[] {
  const given = (report ?? {}) as Partial<ExportReport & Verification>
  const told = schema.safeParse(given.verification ?? given)
  if (!told.success) return []
  const { cases, reference, runtime, maxAbsolute, maxRelative } = told.data
  const line =
    `equal within ${formatMetric(maxAbsolute)}${ofLarge(maxAbsolute, maxRelative)} on ${cases.length} sets of inputs, ` +
    `${runtime.name} ${runtime.version} against TensorFlow.js on ${reference.backend}`
  return [line + inAccuracy(told.data), ...beyondTolerance(cases)]
}

/** Above this, a difference looks like much where outputs are large. */
const LOOKS_LARGE = 1e-3

function ofLarge(maxAbsolute: number, maxRelative: number | undefined): string {
  if (maxAbsolute <= LOOKS_LARGE || maxRelative === undefined) return ''
  return ` (${formatMetric(maxRelative)} of the largest output)`
}

function inAccuracy({ accuracy }: Told): string {
  if (accuracy === undefined) return ''
  const [model, file] = [accuracy.model, accuracy.file].map((share) => formatMetric(100 * share))
  const both =
    model === file ? `${model} % by both` : `${model} % by the model, ${file} % by the file`
  return `; accuracy ${both}, on ${accuracy.samples} samples`
}

/** Outputs that passed for a reason of their own are not passed over in silence. */
function beyondTolerance(cases: Told['cases']): string[] {
  const loose = cases.flatMap(({ outputs }) =>
    outputs.filter(({ sensitivity }) => sensitivity !== undefined),
  )
  if (loose.length === 0) return []
  const most = Math.max(...loose.map((output) => output.maxAbsolute))
  const outputs = loose.length === 1 ? '1 output' : `${loose.length} outputs`
  return [
    `${outputs} beyond that, by up to ${formatMetric(most)}: no further than rounding moves the model itself`,
  ]
}
