import type { ExportReport, Verification } from '@ashlar/export'
import { formatMetric } from '../terminal/format.ts'

/** What an exported file is, in a few words; nothing for the report of an exporter that says other things. */
export function describeFile(report: unknown): string[] {
  const { file } = (report ?? {}) as Partial<ExportReport>
  return file?.nodes === undefined ? [] : [`${file.nodes} nodes`, `opset ${file.opset}`]
}

/** How a verification came out, in one line; nothing for the report of an exporter that says other things. */
export function describeVerification(report: unknown): string[] {
  const given = (report ?? {}) as Partial<ExportReport & Verification>
  const verification = given.verification ?? given
  const { cases, reference, runtime, maxAbsolute, accuracy } = verification as Verification
  if (cases === undefined || reference === undefined) return []
  const line =
    `equal within ${formatMetric(maxAbsolute)} on ${cases.length} sets of inputs, ` +
    `${runtime.name} ${runtime.version} against TensorFlow.js on ${reference.backend}`
  if (accuracy === undefined) return [line]
  const [model, file] = [accuracy.model, accuracy.file].map((share) => formatMetric(100 * share))
  const both =
    model === file ? `${model} % by both` : `${model} % by the model, ${file} % by the file`
  return [`${line}; accuracy ${both}, on ${accuracy.samples} samples`]
}
