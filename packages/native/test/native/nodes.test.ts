import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { whereInstalled } from './support/installed.ts'

const run = promisify(execFile)
const test = suite('loading on other versions of Node')
const check = await whereInstalled(test)

/** Major versions that npm's package `node` is asked for; the oldest that is supported and what came after. */
const NODES = ['20', '22', '24']

/** Loads, trains and asks for a kernel that calls what Node 23 took away. Its answer is the last line. */
const SCRIPT = `
import * as tf from '@tensorflow/tfjs'
import { loadTensorflow } from '@ashlar/native'
const { version } = await loadTensorflow()
await tf.setBackend('tensorflow')
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] })
model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.1) })
const history = await model.fit(tf.ones([8, 2]), tf.ones([8, 1]), { epochs: 20, verbose: 0 })
console.log(JSON.stringify({
  node: process.versions.node,
  backend: tf.getBackend(),
  version,
  top: tf.topk(tf.tensor1d([1, 5, 3]), 2).values.arraySync(),
  loss: history.history.loss.at(-1),
}))
`

const packageFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const tsx = pathToFileURL(
  createRequire(join(packageFolder, '../../package.json')).resolve('tsx'),
).href

for (const major of NODES) {
  check(`Node ${major} loads it in silence, trains, and calls what was taken away`, async () => {
    const { stdout, stderr } = await run(
      'npx',
      [
        ...['--yes', '-p', `node@${major}`, 'node', '--import', tsx],
        ...['--conditions=@ashlar/source', '--input-type=module', '-e', SCRIPT],
      ],
      { cwd: packageFolder, env: { ...process.env, NODE_OPTIONS: '' } },
    )
    const answer = JSON.parse(stdout.trim().split('\n').at(-1)!)
    assert.is(answer.node.split('.')[0], major)
    assert.is(answer.backend, 'tensorflow')
    assert.equal(answer.top, [5, 3])
    assert.ok(answer.loss < 0.01, `loss ${answer.loss}`)
    assert.not.match(stderr, /oneDNN|TensorFlow|Deprecat|node backend/)
    assert.is(stdout.trim().split('\n').length, 1, stdout)
  })
}

test.run()
