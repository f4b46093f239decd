import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../support/packages.ts'
import { installedProject, QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('TypeScript in a project of its own')

const FILES = {
  'tiny.ts': `import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import { relu, type Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'

class Tiny extends Model {
  readonly dense: Layer
  constructor(units: number) {
    super()
    this.dense = layers.dense({ units, activation: 'softmax' })
  }
  override call(x: Tensor): Tensor {
    return this.dense.apply(relu(x)) as Tensor
  }
}

export const tiny: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'tiny',
  description: 'One layer.',
  options: z.strictObject({ units: z.int().positive() }),
  create: ({ units }) => new Tiny(units),
})
`,
  // JavaScript that imports TypeScript is read as well.
  'plugins.mjs': "import { tiny } from './tiny.ts'\nexport const plugins = [tiny]\n",
  'experiment.ts': `import { defineExperiment } from '@ashlar/experiment'

const labels: readonly number[] = [0, 1, 0, 1, 0, 1, 0, 1]
export default defineExperiment({
  plugins: ['./plugins.mjs'],
  model: { name: 'tiny', units: 2 },
  dataset: {
    name: 'arrays',
    inputs: labels.map((label, row) => [row, label]),
    labels: [...labels],
    task: 'classification',
    classes: ['even', 'odd'],
    testPart: 0.5,
  },
})
`,
}

async function project(): Promise<string> {
  const { folder } = await installedProject()
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  return folder
}

const ashlar = (folder: string) =>
  run(join(folder, 'node_modules/.bin/ashlar'), ['run', 'experiment.ts'], folder)

test('a Node that reads no TypeScript says what to install', async () => {
  if ('typescript' in process.features && process.features.typescript) return
  const folder = await project()
  const message = await ashlar(folder).catch((error: Error) => error.message)
  assert.match(message, /must be able to read TypeScript\n.*npm install tsx/s)
})

test('experiments and plugins in TypeScript run', async () => {
  const folder = await project()
  const { catalog } = /tsx: (?<catalog>\S+)/.exec(
    readFileSync(join(ROOT, 'pnpm-workspace.yaml'), 'utf8'),
  )!.groups!
  await run('npm', ['install', '--ignore-scripts', ...QUIET, `tsx@${catalog}`], folder)
  assert.match(await ashlar(folder), /model\.onnx/)
})

test.run()
