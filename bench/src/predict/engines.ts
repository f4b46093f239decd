import { fileURLToPath } from 'node:url'
import { packageVersions } from '@ashlar/experiment'
import { missingModule } from '../harness/commands.ts'
import type { Installable } from '../harness/partition.ts'
import type { Prepared } from './prepare.ts'

/** Something that is started to say what one picture is. */
export interface PredictEngine extends Installable<string> {
  /** The program and its arguments. */
  command(prepared: Prepared, python: string): readonly string[]
  /** What it has printed. */
  read(out: string): Said
}

/** What an engine says. */
export interface Said {
  readonly class: string
  /** `onnxruntime 1.32.0, Pillow 12.1.0` */
  readonly version: string
}

/** Ours, which ratios compare with the others. */
export const OURS = 'ashlar'

const MODULES = ['onnxruntime', 'PIL', 'numpy']

/** Ashlar, with a file and with the run that it comes from, and Python on the same file. */
export const engines: readonly PredictEngine[] = [
  ashlar(OURS, 'file'),
  ashlar('ashlar, by its run', 'run'),
  {
    name: 'onnxruntime and Pillow',
    missing: (python) => missingModule(python, MODULES),
    command: ({ file, picture }, python) => {
      const program = new URL('peers/onnxruntime_predict.py', import.meta.url)
      return [python, fileURLToPath(program), file, picture]
    },
    read: (out) => JSON.parse(out),
  },
]

function ashlar(name: string, model: 'file' | 'run'): PredictEngine {
  return {
    name,
    missing: () => Promise.resolve(undefined),
    command: ({ command, picture, ...models }) => [
      ...[...command, 'predict', models[model], picture, '--json'],
    ],
    read: (out) => ({
      class: JSON.parse(out).predictions[0].class,
      version: packageVersions()['@ashlar/core']!,
    }),
  }
}
