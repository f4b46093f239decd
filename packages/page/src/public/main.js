import { createAnswers } from './answers.js'
import { openModel } from './browser-model.js'
import { showCard } from './card.js'
import { toDigit } from './digit.js'
import { latestOnly } from './latest.js'
import { largestDifference, toProbabilities } from './probabilities.js'
import { infer, modelInfo } from './protocol.js'
import { showSamples } from './samples.js'
import { createSurface } from './surface.js'

/** @typedef {{ shape: number[], data: Float32Array }} Image */

const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'))
const difference = /** @type {HTMLElement} */ (document.querySelector('#difference'))

start().catch(tell)

async function start() {
  /** @type {import('./card.js').Card} */
  const card = await (await fetch('page/card.json')).json()
  showCard(card)
  const { inputs, outputs } = await modelInfo(card.model)
  const size = imageSize(inputs)
  const width = outputs[0]?.shape.at(-1) ?? 0
  // One number may stand for two classes.
  const classes = width === 1 ? (card.labels?.length ?? 0) : width
  if (size === undefined || classes < 2) {
    for (const id of ['#draw', '#answer']) document.querySelector(id)?.remove()
    return
  }
  const labels = card.labels ?? Array.from({ length: classes }, (_, index) => String(index))
  const answers = createAnswers(labels)
  const local = openModel('page/model.onnx')
  local.catch(tell)
  const input = /** @type {import('./protocol.js').TensorInfo} */ (inputs[0])

  const ask = latestOnly(
    /** @param {Image} image */
    async (image) => {
      const server = await timed(() => infer(card.model, { ...image, name: input.name }))
      answers.show('server', toProbabilities(server.result, card.gives), server.milliseconds)
      const model = await local
      const browser = await timed(() => model.run(image))
      answers.show('browser', toProbabilities(browser.result, card.gives), browser.milliseconds)
      const most = largestDifference(server.result, browser.result)
      difference.textContent = `Largest difference between server and browser: ${most.toExponential(1)}`
      difference.dataset.difference = String(most)
      problem.hidden = true
    },
    tell,
  )

  let scheduled = false
  const surface = createSurface(
    /** @type {HTMLCanvasElement} */ (document.querySelector('#canvas')),
    (change) => {
      if (change === 'cleared') {
        answers.show('server', undefined)
        answers.show('browser', undefined)
        difference.textContent = ''
        delete difference.dataset.difference
        return
      }
      if (scheduled) return
      scheduled = true
      requestAnimationFrame(() => {
        scheduled = false
        const digit = toDigit(surface.ink(), size)
        if (digit !== undefined) ask({ shape: size.shape, data: digit })
      })
    },
  )
  document.querySelector('#clear')?.addEventListener('click', surface.clear)
  await showSamples((picture) => {
    surface.show(picture)
    ask({ shape: size.shape, data: picture.data })
  })
}

/**
 * Height and width of the one grey image that a model takes, channels last or first; undefined when it takes something else.
 *
 * @param {import('./protocol.js').TensorInfo[]} inputs
 */
function imageSize(inputs) {
  const [input] = inputs
  if (inputs.length !== 1 || input?.datatype !== 'FP32' || input.shape.length !== 4)
    return undefined
  const [, a, b, c] = /** @type {[number, number, number, number]} */ (input.shape)
  if (c === 1) return { height: a, width: b, shape: [1, a, b, 1] }
  if (a === 1) return { height: b, width: c, shape: [1, 1, b, c] }
  return undefined
}

/**
 * @template T
 * @param {() => Promise<T>} work
 */
async function timed(work) {
  const began = performance.now()
  const result = await work()
  return { result, milliseconds: performance.now() - began }
}

/** @param {unknown} error */
function tell(error) {
  problem.textContent = error instanceof Error ? error.message : String(error)
  problem.hidden = false
}
