// What somebody gives of a model of several inputs: a part for each, in one form.
import { encodePicture, takenBy } from './encoding.js'
import { addField, sendForm } from './fields.js'
import { acceptedFiles, pictureIn, showPicture } from './picture-source.js'
import { createFields } from './table-form.js'

/** Numbers of an input that a form asks for. */
const MOST_NUMBERS = 64

/**
 * @typedef {import('./encoding.js').ImageEncoding} ImageEncoding
 * @typedef {import('./encoding.js').TableEncoding} TableEncoding
 * @typedef {import('./picture-source.js').Converts} Converts
 * @typedef {import('./protocol.js').TensorInfo} TensorInfo
 * @typedef {import('./protocol.js').Tensor} Tensor
 * @typedef {{ name: string, shape: number[], encoding: ImageEncoding | TableEncoding, isChannelsFirst: boolean, isWhole: boolean }} Part
 */

/**
 * What each input is made of; undefined where one is neither a picture, a table nor a few numbers.
 *
 * @param {Record<string, ImageEncoding | TableEncoding>} said by input
 * @param {TensorInfo[]} inputs
 * @returns {Part[] | undefined}
 */
export function partsOf(said, inputs) {
  const parts = inputs.map((input) => partOf(said[input.name], input))
  return parts.every((part) => part !== undefined) ? parts : undefined
}

/**
 * @param {ImageEncoding | TableEncoding | undefined} said
 * @param {TensorInfo} input
 * @returns {Part | undefined}
 */
function partOf(said, input) {
  const { name, datatype } = input
  const taken = takenBy(said, input)
  if (taken !== undefined) return { name, ...taken }
  const sizes = input.shape.slice(1)
  const count = sizes.reduce((product, size) => product * size, 1)
  const isWhole = datatype === 'INT32'
  if (sizes.some((size) => size < 1) || count > MOST_NUMBERS) return undefined
  if (!isWhole && datatype !== 'FP32') return undefined
  const columns = Array.from({ length: count }, (_, at) => ({
    kind: /** @type {const} */ ('number'),
    name: count === 1 ? name : `${name} ${at}`,
  }))
  return {
    name,
    shape: [1, ...sizes],
    encoding: { kind: 'table', columns },
    isChannelsFirst: false,
    isWhole,
  }
}

/**
 * The form, with a part for each input.
 *
 * @param {Part[]} parts
 * @param {{ onSample: (sample: Tensor[]) => void, onProblem: (error: unknown) => void, converts: Converts }} told of samples that are whole
 */
export function createParts(parts, { onSample, onProblem, converts }) {
  const form = /** @type {HTMLFormElement} */ (document.querySelector('#parts'))
  const list = /** @type {HTMLElement} */ (document.querySelector('#part-list'))
  /** @type {((isAsked: boolean) => Float32Array | Uint8Array | undefined)[]} */
  const readers = []
  /** @param {boolean} isAsked whether what is missing is told */
  const send = (isAsked) => {
    /** @type {Tensor[]} */
    const sample = []
    for (const [at, { name, shape, isWhole }] of parts.entries()) {
      const data = readers[at]?.(isAsked)
      if (data === undefined) return
      sample.push({ name, shape, data: isWhole ? Int32Array.from(data, Math.round) : data })
    }
    onSample(sample)
  }
  for (const [at, part] of parts.entries()) {
    const group = document.createElement('fieldset')
    const legend = document.createElement('legend')
    legend.textContent = part.name
    group.append(legend)
    list.append(group)
    readers.push(
      part.encoding.kind === 'table'
        ? createFields(part.encoding, group, `part-${at}`).read
        : createPicture(part, group, {
            id: `part-${at}`,
            onChange: () => send(false),
            onProblem,
            converts,
          }),
    )
  }
  sendForm(form, send)
}

/**
 * @param {Part} part of a picture
 * @param {HTMLElement} group
 * @param {{ id: string, onChange: () => void, onProblem: (error: unknown) => void, converts: Converts }} how
 * @returns {(isAsked: boolean) => Float32Array | Uint8Array | undefined}
 */
function createPicture({ name, encoding, isChannelsFirst }, group, how) {
  const { id, onChange, onProblem, converts } = how
  const upload = document.createElement('input')
  Object.assign(upload, { type: 'file', accept: acceptedFiles(converts) })
  const tellField = addField(group, upload, { id, label: 'Picture' })
  const preview = document.createElement('canvas')
  preview.className = 'preview'
  preview.role = 'img'
  preview.ariaLabel = `The picture for ${name}`
  preview.hidden = true
  const hint = document.createElement('p')
  hint.className = 'hint'
  hint.textContent = 'Or drop a picture here.'
  group.append(preview, hint)
  /** @type {Float32Array | Uint8Array | undefined} */
  let data
  /** @param {Blob | undefined} file */
  const take = async (file) => {
    if (file === undefined) return
    try {
      const pixels = await pictureIn(file, converts)
      data = encodePicture(pixels, /** @type {ImageEncoding} */ (encoding), { isChannelsFirst })
      showPicture(pixels, preview)
      tellField('')
      onChange()
    } catch (error) {
      onProblem(error)
    }
  }
  upload.addEventListener('change', () => void take(upload.files?.[0]))
  group.addEventListener('dragover', (event) => event.preventDefault())
  group.addEventListener('drop', (event) => {
    event.preventDefault()
    void take(event.dataTransfer?.files[0])
  })
  return (isAsked) => {
    if (data === undefined && isAsked) {
      tellField(`${name} must be given`)
      upload.focus()
    }
    return data
  }
}
