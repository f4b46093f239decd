import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installedProject, QUIET } from '../support/project.ts'
import { run } from '../support/run.ts'

const test = suite('training from packages installed with npm')
const OUT = 'out'

/** The onnxruntime-node that users install beside their models. */
const VERSION = '1.30.0'

test('the ashlar command shows how it is used', async () => {
  const help = await ashlar('--help')
  for (const command of ['run', 'export', 'verify'])
    assert.match(help, new RegExp(`\\b${command}\\b`))
})

test('trains on MNIST, exports and verifies', async () => {
  const { folder } = await installedProject()
  await ashlar('run', 'mnist-mini-resnet', 'dataset.limit=640', '--out', OUT)
  const model = exportedModel(folder)
  await ashlar('verify', model)
})

test("the exported model runs in the user's own onnxruntime, at any batch size", async () => {
  const project = await installedProject()
  // Where nothing of Ashlar is: what a server of somebody's own installs.
  const folder = join(project.folder, '..', 'server')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--ignore-scripts', ...QUIET, `onnxruntime-node@${VERSION}`], folder)
  const program = `
import { InferenceSession, Tensor } from 'onnxruntime-node'
const session = await InferenceSession.create(process.argv[2])
for (const batch of [1, 3]) {
  const images = new Tensor('float32', new Float32Array(batch * 28 * 28), [batch, 28, 28, 1])
  const outputs = await session.run({ [session.inputNames[0]]: images })
  console.log(JSON.stringify(outputs[session.outputNames[0]].dims))
}
`
  writeFileSync(join(folder, 'serve.mjs'), program)
  const model = exportedModel(project.folder)
  assert.is(await run(process.execPath, ['serve.mjs', model], folder), '[1,10]\n[3,10]\n')
})

/** What the installed command writes. */
async function ashlar(...args: readonly string[]): Promise<string> {
  const { folder } = await installedProject()
  return run(join(folder, 'node_modules/.bin/ashlar'), args, folder)
}

/** The one model.onnx under the output folder. */
function exportedModel(folder: string): string {
  const out = join(folder, OUT)
  const models = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?!latest\/).*\bmodel\.onnx$/.test(file),
  )
  assert.is(models.length, 1, `there must be one model.onnx, found ${models.join(', ') || 'none'}`)
  return join(out, models[0]!)
}

test.run()
