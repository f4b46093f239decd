import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import {
  describeDrop,
  type ReduceSamples,
  type Reduction,
  type ReductionReport,
  reduceOnnx,
} from '@ashlar/export'
import { formatBytes, formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'

/** What the command line says of a smaller file. */
export interface ReductionRequest {
  /** `fp16`, of `--precision`; `fp32` is the float file alone. */
  readonly precision?: string | undefined
  /** `int8` or `dynamic`, of `--quantize`. */
  readonly quantize?: string | undefined
  /** Points that may be lost. */
  readonly maxDrop?: number | undefined
  readonly keepSensitive?: boolean | undefined
  /** How many samples ranges are found on. */
  readonly calibrationCount?: number | undefined
}

/**
 * What a file is to be reduced to; undefined for none.
 *
 * @throws ConfigError for two at once, and for options of a reduction without one.
 */
export function reductionOf(request: ReductionRequest): Reduction | undefined {
  const { precision, quantize } = request
  if (precision === 'fp16' && quantize !== undefined) {
    throw new ConfigError({
      where: '--quantize',
      expected: 'a file is either of half precision or of int8: --precision fp16 or --quantize',
      given: quantize,
    })
  }
  const to = precision === 'fp16' ? 'fp16' : (quantize as Reduction | undefined)
  if (to !== undefined) return to
  const [option] = (
    [
      ['--max-drop', request.maxDrop],
      ['--keep-sensitive', request.keepSensitive],
      ['--calibration-samples', request.calibrationCount],
    ] as const
  ).find(([, value]) => value !== undefined) ?? [undefined]
  if (option === undefined) return undefined
  throw new ConfigError({
    where: option,
    expected: 'it is about smaller files: give --precision fp16 or --quantize int8 with it',
  })
}

/** The file beside the float one: `model.int8.onnx`. */
export function reducedName(file: string, to: Reduction): string {
  const end = extname(file)
  return `${file.slice(0, file.length - end.length)}.${to}${end}`
}

/** A smaller file that was written. */
export interface ReducedFile {
  readonly path: string
  readonly bytes: number
  readonly report: ReductionReport
}

/** Writes a smaller file of a float file, and says what is gained and lost. */
export async function writeReduced(
  request: ReductionRequest & {
    readonly to: Reduction
    readonly from: string
    readonly path: string
    readonly calibration?: ReduceSamples | undefined
    readonly samples?: ReduceSamples | undefined
  },
  output: Output,
): Promise<ReducedFile> {
  const { from, precision: _, quantize: __, ...options } = request
  const path = resolve(request.path)
  if (path === resolve(from)) {
    throw new ConfigError({
      where: '--out',
      expected: 'the smaller file must have another place than the float file',
      given: formatPath(path),
    })
  }
  const { report } = await reduceOnnx(from, { ...options, path })
  const { bytes } = await stat(path).then(({ size }) => ({ bytes: size }))
  for (const line of describeReduction(report)) output.line(line)
  return { path, bytes, report }
}

function describeReduction(report: ReductionReport): string[] {
  const { file, from, size, speed, judgement, kept, reduction, layers, judgedOn } = report
  const times = speed.map(
    ({ batch, times: ratio }) => `${ratio.toFixed(2)} times as fast at batch ${batch}`,
  )
  return [
    `${reduction.padEnd(9)} ${formatPath(file.path ?? '')} (${formatBytes(file.bytes)}, ${size.toFixed(2)} of ${formatBytes(from.bytes)}; ${layers} layers)`,
    `speed     ${times.join(', ')} (${report.runtime.name} ${report.runtime.version})`,
    `loses     ${describeDrop(judgement)}, on ${judgement.samples} ${judgedOn === 'samples' ? 'samples' : 'made-up inputs'}`,
    ...(kept.length === 0 ? [] : [`kept      ${kept.join(', ')} in float`]),
  ]
}
