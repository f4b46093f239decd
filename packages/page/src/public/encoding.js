// How raw data becomes what a model takes, as its file says. The same as the datasets do, with what a browser has.
import { toGrey } from './grey.js'

/**
 * @typedef {{ kind: 'image', height: number, width: number, channels: 1 | 3, fit: 'cover' | 'contain' | 'fill', background?: string, mean?: number[], std?: number[], inGraph?: true | 'resize', colors?: true }} ImageEncoding `colors`: the file of a grey network takes red, green and blue
 * @typedef {{ kind: 'number', name: string, fill?: number, indicator?: boolean, mean?: number, std?: number }} NumberColumn
 * @typedef {{ kind: 'category', name: string, categories: string[], spellings?: Record<string, string>, fill?: string, indicator?: boolean, unseen: 'refuse' | 'ignore' }} CategoryColumn
 * @typedef {{ kind: 'index', name: string, categories: string[], spellings?: Record<string, string>, unseen: 'refuse' | 'ignore', fill?: undefined, indicator?: undefined }} IndexColumn 0 for what is missing, 1 for what is no category, then the categories
 * @typedef {NumberColumn | CategoryColumn | IndexColumn} Column
 * @typedef {{ kind: 'table', columns: Column[], decimal?: '.' | ',', inGraph?: true }} TableEncoding
 * @typedef {{ height: number, width: number, data: Uint8ClampedArray }} Pixels red, green, blue and opacity, row by row
 */

/** Pixels of the longer side of grey pictures that can be drawn; larger ones are given alone. */
export const LARGEST_INK = 64

/**
 * What a model takes: as its file says, else by the shape of its one input; undefined when that is neither pictures nor a table.
 *
 * @param {ImageEncoding | TableEncoding | undefined} said
 * @param {import('./protocol.js').TensorInfo[]} inputs
 * @returns {{ encoding: ImageEncoding | TableEncoding, shape: number[], isChannelsFirst: boolean, isWhole: boolean } | undefined} `isWhole`: its numbers are int32
 */
export function inputOf(said, inputs) {
  const [input] = inputs
  if (inputs.length !== 1 || input === undefined) return undefined
  return takenBy(said, input)
}

/**
 * The same of one input.
 *
 * @param {ImageEncoding | TableEncoding | undefined} said
 * @param {import('./protocol.js').TensorInfo} input
 * @returns {ReturnType<typeof inputOf>}
 */
export function takenBy(said, input) {
  // A file that scales pictures itself takes their bytes.
  const takesBytes = said?.kind === 'image' && said.inGraph !== undefined
  const isWhole = said?.kind === 'table' && areIndices(said)
  if (input.datatype !== (takesBytes ? 'UINT8' : isWhole ? 'INT32' : 'FP32')) return undefined
  if (said?.kind === 'table') {
    const width = said.inGraph ? 1 : undefined
    const shape = [1, said.columns.reduce((sum, column) => sum + (width ?? widthOf(column)), 0)]
    return { encoding: said, shape, isChannelsFirst: false, isWhole }
  }
  if (input.shape.length !== 4) return undefined
  const [, a, b, c] = /** @type {[number, number, number, number]} */ (input.shape)
  const isChannelsFirst = !isChannels(c) && isChannels(a)
  const channels = isChannelsFirst ? a : c
  if (!isChannels(channels)) return undefined
  const [height, width] = isChannelsFirst ? [b, c] : [a, b]
  const encoding = said ?? { kind: 'image', height, width, channels, fit: 'contain' }
  // A size that varies is what the file says it was trained with.
  if (channelsTaken(encoding) !== channels || !(encoding.height > 0 && encoding.width > 0))
    return undefined
  const sides = [encoding.height, encoding.width]
  const shape = isChannelsFirst ? [1, channels, ...sides] : [1, ...sides, channels]
  return { encoding, shape, isChannelsFirst, isWhole }
}

/**
 * Numbers of each pixel, as the file takes it.
 *
 * @param {ImageEncoding} encoding
 */
function channelsTaken({ channels, colors }) {
  return colors ? 3 : channels
}

/** @param {TableEncoding} table */
function areIndices({ columns }) {
  return columns.length > 0 && columns.every(({ kind }) => kind === 'index')
}

/**
 * @param {number} count
 * @returns {count is 1 | 3}
 */
function isChannels(count) {
  return count === 1 || count === 3
}

/**
 * A picture as a model takes it: brought to its size, then `(byte / 255 - mean) / std` for each channel; bytes where the file does that itself.
 *
 * @param {Pixels} pixels
 * @param {ImageEncoding} encoding
 * @param {{ isChannelsFirst?: boolean, isInverted?: boolean }} [how]
 * @returns {Float32Array | Uint8Array}
 */
export function encodePicture(
  pixels,
  encoding,
  { isChannelsFirst = false, isInverted = false } = {},
) {
  const bytes = toSize(pixels, encoding)
  if (isInverted) for (let i = 0; i < bytes.length; i++) bytes[i] = 255 - Number(bytes[i])
  return standardize(
    Float32Array.from(bytes, (byte) => byte / 255),
    encoding,
    isChannelsFirst,
  )
}

/**
 * Numbers from 0 to 1, channels last, as a model takes them.
 *
 * @param {Float32Array} numbers
 * @param {ImageEncoding} encoding
 * @param {boolean} isChannelsFirst
 * @returns {Float32Array | Uint8Array}
 */
export function standardize(numbers, encoding, isChannelsFirst) {
  const { mean = [], std = [], inGraph } = encoding
  const channels = channelsTaken(encoding)
  // A grey is mixed of itself.
  const repeat = channels / encoding.channels
  const length = numbers.length * repeat
  const size = length / channels
  const encoded = inGraph ? new Uint8Array(length) : new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const channel = i % channels
    const place = isChannelsFirst ? channel * size + (i - channel) / channels : i
    const number = Number(numbers[Math.floor(i / repeat)])
    encoded[place] = inGraph
      ? Math.round(255 * number)
      : (number - (mean[channel] ?? 0)) / (std[channel] ?? 1)
  }
  return encoded
}

/**
 * A picture brought to a size: what is too much cut off, the background or black added, or distorted.
 *
 * @param {Pixels} pixels
 * @param {Pick<ImageEncoding, 'height' | 'width' | 'channels' | 'fit' | 'background'>} size
 * @returns {Uint8ClampedArray} `[height, width, channels]`
 */
export function toSize(pixels, { height, width, channels, fit, background }) {
  const scales = [width / pixels.width, height / pixels.height]
  const scale = fit === 'cover' ? Math.max(...scales) : Math.min(...scales)
  const sides =
    fit === 'fill'
      ? { width, height }
      : {
          width: Math.max(1, Math.round(pixels.width * scale)),
          height: Math.max(1, Math.round(pixels.height * scale)),
        }
  const below = background === undefined ? undefined : colourOf(background)
  // Not by the sides, which are rounded.
  const steps =
    fit === 'fill'
      ? { across: pixels.width / width, down: pixels.height / height }
      : { across: 1 / scale, down: 1 / scale }
  const small = resample(below === undefined ? pixels : over(pixels, below), sides, steps)
  const [red, green, blue] = below ?? [0, 0, 0]
  const added = channels === 3 ? [red, green, blue] : [toGrey(red, green, blue)]
  const [left, top] = [Math.ceil((sides.width - width) / 2), Math.ceil((sides.height - height) / 2)]
  const sized = new Uint8ClampedArray(height * width * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x + left, y + top]
      const to = (y * width + x) * channels
      if (fromX < 0 || fromY < 0 || fromX >= sides.width || fromY >= sides.height) {
        sized.set(added, to)
        continue
      }
      const from = (fromY * sides.width + fromX) * 3
      if (channels === 3) for (let c = 0; c < 3; c++) sized[to + c] = Number(small[from + c])
      else sized[to] = toGrey(Number(small[from]), Number(small[from + 1]), Number(small[from + 2]))
    }
  }
  return sized
}

/**
 * @param {string} colour `#rrggbb`
 * @returns {[red: number, green: number, blue: number]}
 */
function colourOf(colour) {
  const at = (/** @type {number} */ place) => Number.parseInt(colour.slice(place, place + 2), 16)
  return [at(1), at(3), at(5)]
}

/**
 * A picture over a colour, which shows through what is transparent.
 *
 * @param {Pixels} pixels
 * @param {[red: number, green: number, blue: number]} below
 * @returns {Pixels}
 */
function over({ width, height, data }, below) {
  const shown = new Uint8ClampedArray(data.length)
  for (let i = 0; i < data.length; i++) {
    const channel = i % 4
    const opacity = Number(data[i - channel + 3]) / 255
    shown[i] =
      channel === 3 ? 255 : Number(data[i]) * opacity + Number(below[channel]) * (1 - opacity)
  }
  return { width, height, data: shown }
}

/** Widths of the kernels on each side, in pixels of the smaller picture. */
const LOBES = 3
const CUBIC = 2

/**
 * The curve of Catmull and Rom, which goes through every pixel: for pictures that are made larger.
 *
 * @param {number} x
 */
function cubic(x) {
  const size = Math.abs(x)
  if (size < 1) return 1.5 * size ** 3 - 2.5 * size ** 2 + 1
  return size < CUBIC ? -0.5 * size ** 3 + 2.5 * size ** 2 - 4 * size + 2 : 0
}

/** @param {number} x */
function lanczos(x) {
  if (x === 0) return 1
  if (Math.abs(x) >= LOBES) return 0
  const angle = Math.PI * x
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle)
}

/**
 * Red, green and blue at another size, by Lanczos' kernel of three lobes where it is smaller, first across, then down; opacity is dropped.
 *
 * @param {Pixels} pixels
 * @param {{ width: number, height: number }} size
 * @param {{ across: number, down: number }} steps pixels of the picture for each of the other
 * @returns {Uint8ClampedArray} `[height, width, 3]`
 */
function resample({ width, height, data }, size, steps) {
  // Where libvips looks, which the datasets use: half a pixel earlier on both axes when it makes pictures larger on one.
  const isEarlier = steps.across < 1 || steps.down < 1
  const across = weightsOf(width, size.width, steps.across, isEarlier)
  const rows = new Float32Array(height * size.width * 3)
  for (let y = 0; y < height; y++) {
    for (const [x, { first, weights }] of across.entries()) {
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let i = 0; i < weights.length; i++) {
          sum += Number(weights[i]) * Number(data[(y * width + first + i) * 4 + c])
        }
        rows[(y * size.width + x) * 3 + c] = sum
      }
    }
  }
  const sized = new Uint8ClampedArray(size.height * size.width * 3)
  for (const [y, { first, weights }] of weightsOf(
    height,
    size.height,
    steps.down,
    isEarlier,
  ).entries()) {
    for (let i = 0; i < size.width * 3; i++) {
      let sum = 0
      for (let k = 0; k < weights.length; k++) {
        sum += Number(weights[k]) * Number(rows[(first + k) * size.width * 3 + i])
      }
      sized[y * size.width * 3 + i] = sum
    }
  }
  return sized
}

/**
 * Which pixels of a line make each of a shorter or longer one.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} step pixels of the one for each of the other
 * @param {boolean} isEarlier
 */
function weightsOf(from, to, step, isEarlier) {
  const isLarger = step < 1
  const kernel = isLarger ? cubic : lanczos
  const reach = isLarger ? CUBIC : LOBES * step
  return Array.from({ length: to }, (_, place) => {
    const centre = isEarlier ? place * step : (place + 0.5 - to / 2) * step + from / 2
    const first = Math.max(0, Math.ceil(centre - reach - 0.5))
    const last = Math.min(from - 1, Math.floor(centre + reach - 0.5))
    const weights = Array.from({ length: last - first + 1 }, (_, i) =>
      kernel((first + i + 0.5 - centre) / Math.max(1, step)),
    )
    const sum = weights.reduce((all, each) => all + each, 0)
    return { first, weights: weights.map((each) => each / sum) }
  })
}

/** `1.234.567,89`: points between groups of three digits. */
const IN_GROUPS = /^[+-]?\d{1,3}(\.\d{3})+(?=,|e|$)/i

/**
 * A number whose decimal sign is a comma, as JavaScript has it. Either sign is taken, as what people type goes by their keyboard; but a point that parts thousands in tables does so here.
 *
 * @param {string} text
 */
function withPoint(text) {
  return text.replace(IN_GROUPS, (whole) => whole.replaceAll('.', '')).replace(',', '.')
}

/** Words for nothing in a column of numbers. */
const NOTHING = /^(na|n\/a|#n\/a|nan|null|none|\?|-)$/i

/**
 * The cells of a row as a model takes them; where the file makes samples itself, numbers as they stand there, NaN for one that is missing, and the indices of names.
 *
 * @param {Record<string, string>} cells by column; an empty one is missing
 * @param {TableEncoding} encoding
 * @returns {{ data: Float32Array, problems: Record<string, string> }} problems by column; without any, the data is whole
 */
export function encodeRow(cells, { columns, decimal, inGraph }) {
  /** @type {Record<string, string>} */
  const problems = {}
  /** @type {number[]} */
  const data = []
  for (const column of columns) {
    const given = (Object.hasOwn(cells, column.name) ? String(cells[column.name]) : '').trim()
    const text = decimal === ',' && column.kind === 'number' ? withPoint(given) : given
    const isMissing = text === '' || (column.kind === 'number' && NOTHING.test(text))
    const taken = inGraph ? asItStands(column) : column
    const own = new Array(widthOf(taken)).fill(0)
    const problem =
      isMissing && column.fill === undefined && column.kind !== 'index'
        ? 'must be given'
        : write(own, taken, isMissing ? undefined : text)
    if (problem !== undefined) problems[column.name] = problem
    if (isMissing && taken.indicator) own[own.length - 1] = 1
    data.push(...own)
  }
  return { data: Float32Array.from(data), problems }
}

/**
 * A column of which the file makes what it takes.
 *
 * @param {Column} column
 * @returns {Column}
 */
function asItStands(column) {
  const { name } = column
  if (column.kind === 'number') return { kind: 'number', name, fill: Number.NaN }
  const { categories, spellings, unseen } = column
  return { kind: 'index', name, categories, ...(spellings && { spellings }), unseen }
}

/**
 * @param {number[]} to
 * @param {Column} column
 * @param {string | undefined} text undefined for a cell that is missing
 * @returns {string | undefined} what is wrong with it
 */
function write(to, column, text) {
  if (column.kind === 'number') {
    const number = text === undefined ? Number(column.fill) : Number(text)
    if (text !== undefined && !Number.isFinite(Math.fround(number))) return 'must be a number'
    to[0] = (Math.fround(number) - (column.mean ?? 0)) / (column.std ?? 1)
    return undefined
  }
  const { categories, spellings = {}, fill = '', unseen, kind } = column
  const said = text ?? fill
  // 0 stands for what is missing.
  if (kind === 'index' && text === undefined) return undefined
  const known = Object.hasOwn(spellings, said) ? spellings[said] : said
  const at = categories.indexOf(String(known))
  if (kind === 'index') to[0] = at + 2
  else if (at >= 0) to[at] = 1
  if (at < 0 && unseen === 'refuse') return `must be one of ${categories.join(', ')}`
  return undefined
}

/** @param {Column} column */
function widthOf(column) {
  return (
    (column.kind === 'category' ? column.categories.length : 1) + Number(column.indicator ?? false)
  )
}
