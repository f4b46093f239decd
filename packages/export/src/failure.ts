import { ExportError } from '@ashlar/errors'
import type {
  BrokenOutput,
  CaseReport,
  LayerDifference,
  OutputDifference,
  Verification,
} from './verify/report.ts'

/** Rows of the table of layers in a message; the whole table is in the error's cause. */
const ROWS = 12

/**
 * The error for a file that does not equal its model: where they part, by how much, and what to do. Its `cause` is the {@link Verification}.
 *
 * @param where the model or file.
 * @param advice what to do.
 */
export function mismatch(where: string, verification: Verification, advice: string): ExportError {
  const { broken } = verification
  if (broken !== undefined) return noNumbers(where, broken, verification)
  const failed = verification.cases.find(({ outputs }) => outputs.some(({ passed }) => !passed))!
  const output = failed.outputs.find(({ passed }) => !passed)!
  const batch = failed.batch === undefined ? '' : ` of batch ${failed.batch}`
  const layers = verification.layers ?? []
  const first = layers.findIndex(({ passed }) => !passed)
  return new ExportError({
    where,
    expected: `the file must equal the model, but output ${output.output} ${output.isLabel ? namesOther(output, failed, batch) : differs(output, failed, batch)}`,
    hint: [
      first < 0
        ? 'No layer differs by itself: the outputs do.'
        : `The first layer that differs is ${layers[first]!.layer}:`,
      ...table(layers, first),
      `The model was run by TensorFlow.js on ${verification.reference.backend}. ${advice}`,
    ].join('\n  '),
    cause: verification,
  })
}

function differs(
  output: OutputDifference,
  { inputs, ...failed }: CaseReport,
  batch: string,
): string {
  const { maxAbsolute, allowed, argMaxAgreement } = output
  return `differs by ${number(maxAbsolute)} on ${inputs} inputs${batch}${atSizes(failed)} where ${number(allowed)} is allowed${agreement(argMaxAgreement)}`
}

/** What an output of names names. */
function namesOther(
  { argMaxAgreement = 0 }: OutputDifference,
  { inputs, ...failed }: CaseReport,
  batch: string,
): string {
  return `names the model's class in ${(100 * argMaxAgreement).toFixed(1)} % of the rows on ${inputs} inputs${batch}${atSizes(failed)}`
}

/** The file may equal the model, but the model gives no numbers. */
function noNumbers(
  where: string,
  { output, inputs, broken, rows }: BrokenOutput,
  cause: Verification,
): ExportError {
  const found =
    inputs === undefined
      ? 'it is NaN or infinite for all inputs but zeros'
      : `it is NaN or infinite for ${broken} of ${rows} ${inputs} inputs`
  return new ExportError({
    where,
    expected: `output ${output} of the model must be finite, but ${found}`,
    hint:
      inputs === undefined
        ? 'Has training diverged? If the model takes numbers of a certain range alone, say so: `inputs` with `range`, or give `samples`.'
        : 'Training has diverged, or the model cannot take such samples. Nothing is proved by a file that gives the same.',
    cause,
  })
}

function atSizes({ sizes }: Pick<CaseReport, 'sizes'>): string {
  const named = Object.entries(sizes ?? {}).map(([name, size]) => `${name} ${size}`)
  return named.length === 0 ? '' : ` at ${named.join(', ')}`
}

function agreement(share: number | undefined): string {
  return share === undefined || share === 1
    ? ''
    : `; the largest element is the same in ${(100 * share).toFixed(1)} % of the rows`
}

function table(layers: readonly LayerDifference[], first: number): string[] {
  if (first < 0) return []
  const start = Math.max(0, first - 2)
  const shown = layers.slice(start, start + ROWS)
  const width = Math.max(...shown.map(({ layer }) => layer.length))
  return shown.map(
    ({ layer, maxAbsolute, allowed, passed }) =>
      `${passed ? ' ' : '!'} ${layer.padEnd(width)}  ${number(maxAbsolute)} (allowed ${number(allowed)})`,
  )
}

function number(value: number): string {
  return value.toPrecision(2)
}
