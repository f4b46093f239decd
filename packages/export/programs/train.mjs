// Goes on with a training in Node: node train.mjs --steps 100 --out state.safetensors
//
// Needs onnxruntime-node: npm install onnxruntime-node

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as ort from 'onnxruntime-node'
import { readSafetensors, Trainer } from './training.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '50' },
    seed: { type: 'string', default: '0' },
    'learning-rate': { type: 'string' },
    data: { type: 'string', default: join(here, 'data.safetensors') },
    state: { type: 'string', default: join(here, 'state.safetensors') },
    out: { type: 'string' },
  },
})

const read = (name) => readFileSync(join(here, name))
const trainer = await Trainer.open(ort, {
  train: read('train.onnx'),
  evaluate: read('eval.onnx'),
  state: readFileSync(values.state),
  description: JSON.parse(read('training.json')),
})
const { tensors } = readSafetensors(readFileSync(values.data))
const rate = values['learning-rate']
for (let count = 0; count < Number(values.steps); count++) {
  const loss = await trainer.step(trainer.batch(tensors), {
    seed: Number(values.seed),
    ...(rate !== undefined && { learningRate: Number(rate) }),
  })
  process.stdout.write(`step ${trainer.done} loss ${loss}\n`)
}
const { loss } = await trainer.evaluate(trainer.batch(tensors))
process.stdout.write(`evaluated ${loss}\n`)
if (values.out !== undefined) writeFileSync(values.out, trainer.save())
