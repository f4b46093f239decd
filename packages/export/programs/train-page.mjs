// What train.html does.

import * as ort from './ort/ort.wasm.min.mjs'
import { readSafetensors, Trainer } from './training.mjs'

const status = document.querySelector('#status')
const list = document.querySelector('#losses')
const save = document.querySelector('#save')
const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer())

ort.env.wasm.wasmPaths = new URL('./ort/', import.meta.url).href
ort.env.wasm.numThreads = 1

const asked = new URLSearchParams(location.search)
const losses = []
try {
  const trainer = await Trainer.open(ort, {
    train: await bytes('train.onnx'),
    evaluate: await bytes('eval.onnx'),
    state: await bytes('state.safetensors'),
    description: await (await fetch('training.json')).json(),
  })
  const { tensors } = readSafetensors(await bytes('data.safetensors'))
  const steps = Number(asked.get('steps') ?? 50)
  for (let count = 0; count < steps; count++) {
    losses.push(
      await trainer.step(trainer.batch(tensors), { seed: Number(asked.get('seed') ?? 0) }),
    )
    status.textContent = `Step ${trainer.done}`
    list.textContent += `step ${trainer.done} loss ${losses.at(-1)}\n`
    // Lets the page be drawn.
    await new Promise((resolve) => setTimeout(resolve))
  }
  save.disabled = false
  save.addEventListener('click', () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([trainer.save()]))
    link.download = 'state.safetensors'
    link.click()
  })
  status.textContent = 'Done'
} catch (error) {
  status.textContent = `Failed: ${error.message}`
}
