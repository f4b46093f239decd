import { createAnswers, createNumbers } from './answers.js'
import { openModel } from './browser-model.js'
import { showCard } from './card.js'
import { toDigit } from './digit.js'
import { encodePicture, inputOf, LARGEST_INK, standardize } from './encoding.js'
import { latestOnly } from './latest.js'
import { showPicture, takePictures } from './picture-source.js'
import { largestDifference, toProbabilities } from './probabilities.js'
import { infer, modelInfo } from './protocol.js'
import { showSamples } from './samples.js'
import { createSurface } from './surface.js'
import { createForm } from './table-form.js'

/**
 * @typedef {{ show: (who: 'server' | 'browser', values: Float32Array | undefined, milliseconds?: number) => void }} Answers
 * @typedef {(data: Float32Array) => void} Ask
 */

const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'))
const difference = /** @type {HTMLElement} */ (document.querySelector('#difference'))

start().catch(tell)

async function start() {
  /** @type {import('./card.js').Card} */
  const card = await (await fetch('page/card.json')).json()
  showCard(card)
  const { inputs, outputs } = await modelInfo(card.model)
  const taken = inputOf(card.input, inputs)
  const answers = taken && answersOf(card, outputs[0]?.shape.at(-1) ?? 0)
  if (taken === undefined || answers === undefined) {
    for (const id of ['#give', '#answer']) document.querySelector(id)?.remove()
    return
  }
  const name = String(inputs[0]?.name)
  const local = openModel('page/model.onnx')
  local.catch(tell)
  const ask = latestOnly(
    /** @param {Float32Array} data */
    async (data) => {
      const sample = { shape: taken.shape, data }
      const server = await timed(() => infer(card.model, { ...sample, name }))
      answers.show('server', server.result, server.milliseconds)
      const model = await local
      const browser = await timed(() => model.run(sample))
      answers.show('browser', browser.result, browser.milliseconds)
      const most = largestDifference(server.result, browser.result)
      difference.textContent = `Largest difference between server and browser: ${most.toExponential(1)}`
      difference.dataset.difference = String(most)
      problem.hidden = true
    },
    tell,
  )
  const clear = () => {
    answers.show('server', undefined)
    answers.show('browser', undefined)
    difference.textContent = ''
    delete difference.dataset.difference
  }
  const { encoding } = taken
  if (encoding.kind === 'table') {
    show('#table', 'Fill in a row')
    createForm(encoding, ask)
  } else await takeImages(encoding, { ask, clear, isChannelsFirst: taken.isChannelsFirst })
}

/**
 * What an output is shown as: bars of probabilities, or numbers; undefined for one that is neither.
 *
 * @param {import('./card.js').Card} card
 * @param {number} width of the output
 * @returns {Answers | undefined}
 */
function answersOf({ labels, gives, targets }, width) {
  if (targets !== undefined) {
    if (width < 1 && targets.length === 0) return undefined
    const count = Math.max(width, targets.length)
    const names = Array.from({ length: count }, (_, index) => {
      return targets[index] ?? (count === 1 ? 'value' : `value ${index}`)
    })
    return createNumbers(names)
  }
  // One number may stand for two classes.
  const classes = width === 1 ? (labels?.length ?? 0) : width
  if (classes < 2) return undefined
  const names = labels ?? Array.from({ length: classes }, (_, index) => String(index))
  const bars = createAnswers(names)
  return {
    show(who, values, milliseconds) {
      bars.show(who, values && toProbabilities(values, gives), milliseconds)
    },
  }
}

/**
 * Pictures from everywhere; where the model takes small grey ones, drawn as well.
 *
 * @param {import('./encoding.js').ImageEncoding} encoding
 * @param {{ ask: Ask, clear: () => void, isChannelsFirst: boolean }} how
 */
async function takeImages(encoding, { ask, clear, isChannelsFirst }) {
  const isInk = encoding.channels === 1 && Math.max(encoding.height, encoding.width) <= LARGEST_INK
  show('#picture', isInk ? 'Draw, or give a picture' : 'Give a picture')
  const invert = /** @type {HTMLInputElement} */ (document.querySelector('#invert'))
  const preview = /** @type {HTMLCanvasElement} */ (document.querySelector('#preview'))
  /** @type {import('./encoding.js').Pixels | undefined} */
  let last
  const send = () => {
    if (last === undefined) return
    const isInverted = isInk && invert.checked
    ask(encodePicture(last, encoding, { isChannelsFirst, isInverted }))
  }
  takePictures({
    onPicture(pixels) {
      last = pixels
      showPicture(pixels)
      send()
    },
    onProblem: tell,
  })
  const forget = () => {
    last = undefined
    preview.hidden = true
  }
  const surface = isInk ? draw(encoding, { ask, clear, isChannelsFirst, forget }) : undefined
  if (isInk) {
    show('#invert-row')
    invert.addEventListener('change', send)
  }
  await showSamples((sample) => {
    if (sample.channels === 1 && surface !== undefined) {
      forget()
      surface.show(sample)
      ask(standardize(sample.data, encoding, isChannelsFirst))
      return
    }
    last = sample.pixels
    showPicture(sample.pixels)
    ask(standardize(sample.data, encoding, isChannelsFirst))
  })
}

/**
 * @param {import('./encoding.js').ImageEncoding} encoding
 * @param {{ ask: Ask, clear: () => void, isChannelsFirst: boolean, forget: () => void }} how
 */
function draw(encoding, { ask, clear, isChannelsFirst, forget }) {
  show('#draw')
  let scheduled = false
  const surface = createSurface(
    /** @type {HTMLCanvasElement} */ (document.querySelector('#canvas')),
    (change) => {
      forget()
      if (change === 'cleared') {
        clear()
        return
      }
      if (scheduled) return
      scheduled = true
      requestAnimationFrame(() => {
        scheduled = false
        const digit = toDigit(surface.ink(), encoding)
        if (digit !== undefined) ask(standardize(digit, encoding, isChannelsFirst))
      })
    },
  )
  document.querySelector('#clear')?.addEventListener('click', surface.clear)
  return surface
}

/**
 * @param {string} selector
 * @param {string} [title] of the part in which something is given
 */
function show(selector, title) {
  const element = /** @type {HTMLElement} */ (document.querySelector(selector))
  element.hidden = false
  const heading = document.querySelector('#give-title')
  if (title !== undefined && heading !== null) heading.textContent = title
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
