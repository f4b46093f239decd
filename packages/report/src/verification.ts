import { readFile } from 'node:fs/promises'
import { type RunFolder, runFiles } from '@ashlar/core/runs'

/** What an exported file was held against, as rows for people. */
export interface VerificationTable {
  /** What was compared, and where. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** One row for each set of inputs. */
  readonly cases: readonly {
    readonly inputs: string
    readonly batch: string
    readonly largest: number
  }[]
}

/** The parts of an exporter's report that can be shown; exporters of others may leave any of them out. */
interface Report {
  readonly file?: { readonly nodes?: number; readonly opset?: number; readonly sha256?: string }
  readonly verification?: {
    readonly passed?: boolean
    readonly reference?: { readonly backend?: string; readonly version?: string }
    readonly runtime?: { readonly name?: string; readonly version?: string }
    readonly maxAbsolute?: number
    readonly argMaxAgreement?: number
    readonly accuracy?: { readonly samples: number; readonly model: number; readonly file: number }
    readonly cases?: readonly {
      readonly inputs?: unknown
      readonly batch?: number
      readonly outputs?: readonly { readonly maxAbsolute?: number }[]
    }[]
  }
}

/** Reads `verification.json`; undefined for a run that was not exported. */
export async function readVerification(run: RunFolder): Promise<VerificationTable | undefined> {
  let report: Report
  try {
    report = JSON.parse(await readFile(run.file(runFiles.verification), 'utf8')) as Report
  } catch {
    // Not exported yet.
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
      inputs: String(inputs),
      batch: batch === undefined ? '' : String(batch),
      largest: Math.max(...outputs.map(({ maxAbsolute = Number.NaN }) => maxAbsolute)),
    })),
  }
}

function percent(part: number | undefined): string | undefined {
  return part === undefined ? undefined : `${Number((100 * part).toPrecision(5))} %`
}
