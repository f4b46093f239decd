import { missingModule, nodeWorker, pythonWorker } from '../harness/commands.ts'
import type { WorkerCommand } from '../harness/worker.ts'
import type { ExportWork } from './work.ts'

/** Something that exports. */
export interface ExportEngine {
  /** As it stands in the rows. */
  readonly name: string
  /** Which of the worker's ways. */
  readonly variant: string
  /** Whether its file is like another engine's, so that its time alone is of interest. */
  readonly isTimeOnly: boolean
  /** Whether it can express the function. */
  takes(work: ExportWork): boolean
  /** @param python an interpreter that has the packages of requirements.txt. */
  command(python: string): WorkerCommand
  /** Why it cannot be measured here, in words; undefined when it can. */
  missing(python: string): Promise<string | undefined>
}

/** Ours, which ratios compare with the others. */
export const OURS = 'ashlar'

/** Ashlar and its peers. */
export const engines: readonly ExportEngine[] = [
  ashlar(OURS, 'verified'),
  ashlar('ashlar without verification', 'unverified'),
  {
    ...python('keras', 'keras_export.py', ['keras', 'tensorflow', 'tf2onnx', 'onnx']),
    // TensorFlow on a CPU convolves with channels last alone, and the network ends in its softmax.
    takes: ({ name, layout }) => layout === 'nhwc' && !name.endsWith('logits'),
  },
  python('pytorch', 'pytorch_export.py', ['torch', 'onnx', 'onnxscript']),
]

function ashlar(name: string, variant: string): ExportEngine {
  return {
    name,
    variant,
    isTimeOnly: variant === 'unverified',
    takes: () => true,
    command: () => nodeWorker(new URL('workers/ashlar.ts', import.meta.url)),
    missing: () => Promise.resolve(undefined),
  }
}

function python(name: string, file: string, modules: readonly string[]): ExportEngine {
  return {
    name,
    variant: '',
    isTimeOnly: false,
    takes: () => true,
    command: (interpreter) => pythonWorker(interpreter, new URL(`peers/${file}`, import.meta.url)),
    missing: (interpreter) => missingModule(interpreter, modules),
  }
}
