import { createAnswers, createNumbers } from './answers.js'
import { openModel } from './browser-model.js'
import { showCard } from './card.js'
import { toDigit } from './digit.js'
import { encodePicture, inputOf, LARGEST_INK, standardize } from './encoding.js'
import { latestOnly } from './latest.js'
import { createParts, partsOf } from './parts.js'
import { showPicture, takePictures } from './picture-source.js'
import { largestDifference, toProbabilities, toShares } from './probabilities.js'
import { infer, modelInfo } from './protocol.js'
import { showSamples } from './samples.js'
import { createSurface } from './surface.js'
import { createForm } from './table-form.js'

/**
 * @typedef {{ show: (who: 'server' | 'browser', values: Float32Array | undefined, milliseconds?: number) => void }} Answers
 * @typedef {(data: Float32Array | Uint8Array) => void} Ask
 */

const problem = /** @type {HTMLElement} */ (document.querySelector('#problem'))
const difference = /** @type {HTMLElement} */ (document.querySelector('#difference'))

start().catch(tell)

async function start() {
  /** @type {import('./card.js').Card} */
  const card = await (await fetch('page/card.json')).json()
  showCard(card)
  const { inputs, outputs: all } = await modelInfo(card.model)
  // A class in words stands beside its numbers, which say it too.
  const outputs = all.filter(({ datatype }) => datatype !== 'BYTES')
  const isOne = inputs.length === 1 && outputs.length === 1
  const taken = isOne ? inputOf(card.input, inputs) : undefined
  const parts = isOne ? undefined : partsOf(card.inputs ?? {}, inputs)
  const answers = taken === undefined && parts === undefined ? undefined : allAnswers(card, outputs)
  if (answers === undefined) {
    for (const id of ['#give', '#answer']) document.querySelector(id)?.remove()
    return
  }
  const local = openModel('page/model.onnx')
  local.catch(tell)
  const askAll = latestOnly(
    /** @param {import('./protocol.js').Tensor[]} sample */
    async (sample) => {
      const server = await timed(() => infer(card.model, sample))
      answers.show('server', server.result, server.milliseconds)
      const model = await local
      const browser = await timed(() => model.run(sample))
      answers.show('browser', browser.result, browser.milliseconds)
      const most = Math.max(
        ...[...server.result].map(([name, values]) =>
          largestDifference(values, browser.result.get(name) ?? values),
        ),
      )
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
  if (taken === undefined) {
    show('#parts', 'Fill in all parts')
    createParts(parts ?? [], { onSample: askAll, onProblem: tell, converts: card.converts })
    return
  }
  const name = String(inputs[0]?.name)
  /** @param {Float32Array | Uint8Array} data */
  const ask = (data) =>
    askAll([
      { name, shape: taken.shape, data: taken.isWhole ? Int32Array.from(data, Math.round) : data },
    ])
  const { encoding } = taken
  if (encoding.kind === 'table') {
    show('#table', 'Fill in a row')
    createForm(encoding, ask)
  } else {
    const { isChannelsFirst } = taken
    await takeImages(encoding, { ask, clear, isChannelsFirst, converts: card.converts })
  }
}

/**
 * The answers of all outputs, a table each; undefined where none can be shown.
 *
 * @param {import('./card.js').Card} card
 * @param {import('./protocol.js').TensorInfo[]} outputs
 * @returns {{ show: (who: 'server' | 'browser', values: Map<string, Float32Array> | undefined, milliseconds?: number) => void } | undefined}
 */
function allAnswers(card, outputs) {
  const first = /** @type {HTMLTableElement} */ (document.querySelector('#bars'))
  const empty = first.cloneNode(true)
  /** @type {[name: string, answers: Answers][]} */
  const all = []
  for (const { name, datatype, shape } of outputs) {
    // More than a list of numbers is nothing for a table, and of other sorts of numbers the page has no values.
    if (outputs.length > 1 && (shape.length > 2 || datatype !== 'FP32')) continue
    const table = all.length === 0 ? first : /** @type {HTMLTableElement} */ (empty.cloneNode(true))
    const meaning = outputs.length === 1 ? card : meaningOf(card, name)
    const width = shape.length === 1 ? 1 : (shape.at(-1) ?? 0)
    const called = outputs.length > 1 ? name : undefined
    const answers = answersOf(meaning, width, { table, name: called })
    if (answers === undefined) continue
    if (called !== undefined) table.createCaption().textContent = called
    if (all.length > 0) {
      // Each id is there once.
      table.id = `bars-${all.length}`
      for (const time of table.querySelectorAll('[data-time]')) time.removeAttribute('id')
      difference.before(table)
    }
    all.push([name, answers])
  }
  if (all.length === 0) return undefined
  return {
    show(who, values, milliseconds) {
      for (const [name, answers] of all) answers.show(who, values?.get(name), milliseconds)
    },
  }
}

/**
 * @param {import('./card.js').Card} card
 * @param {string} name of an output
 * @returns {Pick<import('./card.js').Card, 'labels' | 'gives' | 'multiLabel' | 'targets'>}
 */
function meaningOf({ outputs }, name) {
  const meaning = outputs?.[name]
  if (meaning === undefined) return { targets: [] }
  if (meaning.task === 'regression') return { targets: meaning.targets }
  const { task, classes, gives } = meaning
  return { labels: classes, gives, ...(task === 'multi-label' && { multiLabel: true }) }
}

/**
 * What an output is shown as: bars of probabilities, or numbers; undefined for one that is neither.
 *
 * @param {Pick<import('./card.js').Card, 'labels' | 'gives' | 'multiLabel' | 'targets'>} meaning
 * @param {number} width of the output
 * @param {import('./answers.js').Place} place
 * @returns {Answers | undefined}
 */
function answersOf({ labels, gives, multiLabel, targets }, width, place) {
  if (targets !== undefined) {
    if (width < 1 && targets.length === 0) return undefined
    const count = Math.max(width, targets.length)
    const names = Array.from({ length: count }, (_, index) => {
      return targets[index] ?? (count === 1 ? 'value' : `value ${index}`)
    })
    return createNumbers(names, place)
  }
  // One number may stand for two classes.
  const classes = width === 1 && !multiLabel ? (labels?.length ?? 0) : width
  if (classes < (multiLabel ? 1 : 2)) return undefined
  const names = labels ?? Array.from({ length: classes }, (_, index) => String(index))
  const bars = createAnswers(names, { ...place, multiLabel })
  return {
    show(who, values, milliseconds) {
      const shares =
        values && (multiLabel ? toShares(values, gives) : toProbabilities(values, gives))
      bars.show(who, shares, milliseconds)
    },
  }
}

/**
 * Pictures from everywhere; where the model takes small grey ones, drawn as well.
 *
 * @param {import('./encoding.js').ImageEncoding} encoding
 * @param {{ ask: Ask, clear: () => void, isChannelsFirst: boolean, converts: import('./picture-source.js').Converts }} how
 */
async function takeImages(encoding, { ask, clear, isChannelsFirst, converts }) {
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
  const onPicture = (/** @type {import('./encoding.js').Pixels} */ pixels) => {
    last = pixels
    showPicture(pixels)
    send()
  }
  takePictures({ onPicture, onProblem: tell }, converts)
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
