import { DataError } from '@ashlar/errors'

/** A tensor in a safetensors file. */
export interface StoredTensor {
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  /** Row after row. */
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** The dtypes that Ashlar stores; the format knows more. */
export type StoredDtype = 'F32' | 'I32' | 'U8'

/** What a safetensors file holds. */
export interface StoredTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** Upper bound of the format for its header, in bytes. */
const MAX_HEADER = 100_000_000

const dtypes = {
  F32: { bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  I32: { bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  U8: { bytes: 1, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
} as const

/** What files of other programs hold besides: floats of other widths, which become float32, and whole numbers, which are left out. */
const FOREIGN: Readonly<Record<string, { bytes: number; float?: (bytes: DataView) => number[] }>> =
  {
    F64: { bytes: 8, float: (view) => each(view, 8, (at) => view.getFloat64(at, true)) },
    F16: { bytes: 2, float: (view) => each(view, 2, (at) => ofHalf(view.getUint16(at, true))) },
    BF16: { bytes: 2, float: (view) => each(view, 2, (at) => ofBrain(view.getUint16(at, true))) },
    ...{ I64: { bytes: 8 }, U64: { bytes: 8 }, U32: { bytes: 4 }, I16: { bytes: 2 } },
    ...{ U16: { bytes: 2 }, I8: { bytes: 1 }, BOOL: { bytes: 1 } },
  }

function each(view: DataView, bytes: number, read: (at: number) => number): number[] {
  return Array.from({ length: view.byteLength / bytes }, (_, index) => read(index * bytes))
}

function ofHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

const brain = new DataView(new ArrayBuffer(4))

function ofBrain(bits: number): number {
  brain.setUint32(0, bits << 16)
  return brain.getFloat32(0)
}

/** How a file is read. */
export interface DecodeOptions {
  /** Takes files of other programs: floats of any width become float32, and tensors of whole numbers that Ashlar does not store are left out. */
  readonly foreign?: boolean | undefined
}

/**
 * The bytes of a safetensors file: a length, a JSON header, the numbers in the order of the header. Equal tensors in equal
 * order give equal bytes. See https://github.com/huggingface/safetensors for the format.
 */
export function encodeSafetensors({ tensors, metadata }: StoredTensors): Uint8Array {
  const entries: [string, unknown][] = []
  if (Object.keys(metadata).length > 0) entries.push(['__metadata__', metadata])
  let offset = 0
  for (const [name, { dtype, shape, data }] of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  // fromEntries takes any name as it is, `__proto__` too.
  const header = Object.fromEntries(entries)
  const json = Buffer.from(JSON.stringify(header), 'utf8')
  // Spaces up to a multiple of 8 keep the numbers aligned for readers that map the file.
  const headerLength = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.set(json, 8)
  let position = 8 + headerLength
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

/**
 * Reads a safetensors file with all the checks that the format asks for: offsets without holes or overlap, sizes that match
 * shapes, no name twice.
 *
 * @param where names the file in errors.
 * @throws DataError for anything that is not a well-formed file of known dtypes.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where: string,
  { foreign = false }: DecodeOptions = {},
): StoredTensors {
  const refuse = refusing(where)
  const { entries, metadata, start } = readHeader(bytes, refuse)
  const listed = Object.entries(entries).map(([name, entry]) =>
    readEntry(name, entry, refuse, foreign),
  )
  listed.sort((a, b) => a.begin - b.begin || a.end - b.end)
  const tensors = new Map<string, StoredTensor>()
  let position = 0
  for (const { name, dtype, shape, begin, end } of listed) {
    if (begin !== position) {
      throw refuse(`tensor ${name} must begin where the one before ends, at ${position}`, begin)
    }
    if (start + end > bytes.length) {
      throw refuse(`tensor ${name} must end within the file of ${bytes.length} bytes`, start + end)
    }
    // A copy, because the position may not be aligned and the file's buffer need not live on.
    const own = new Uint8Array(end - begin)
    own.set(bytes.subarray(start + begin, start + end))
    const kept = keep(dtype, own)
    if (kept !== undefined) tensors.set(name, { ...kept, shape })
    position = end
  }
  if (start + position !== bytes.length) {
    throw refuse(
      `the file must end with its last tensor, at byte ${start + position}`,
      bytes.length,
    )
  }
  return { tensors, metadata }
}

/**
 * The names of the tensors in a safetensors file, by its header alone.
 *
 * @param where names the file in errors.
 * @throws DataError for a header that is none.
 */
export function tensorNames(bytes: Uint8Array, where: string): Set<string> {
  return new Set(Object.keys(readHeader(bytes, refusing(where)).entries))
}

interface Header {
  /** What is said of each tensor, not looked at yet. */
  readonly entries: Readonly<Record<string, unknown>>
  readonly metadata: Record<string, string>
  /** Where the numbers begin. */
  readonly start: number
}

function readHeader(bytes: Uint8Array, refuse: Refuse): Header {
  if (bytes.length < 8) throw refuse('a safetensors file must have at least 8 bytes', bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerLength = view.getBigUint64(0, true)
  if (headerLength > BigInt(MAX_HEADER)) {
    throw refuse(`the header must have at most ${MAX_HEADER} bytes`, headerLength)
  }
  const start = 8 + Number(headerLength)
  if (start > bytes.length) {
    throw refuse(`the file must hold its header of ${headerLength} bytes`, bytes.length)
  }
  const { __metadata__, ...entries } = parseHeader(bytes.subarray(8, start), refuse)
  return { entries, metadata: readMetadata(__metadata__, refuse), start }
}

/** The numbers of a tensor as they are kept; undefined for those that are not. */
function keep(
  dtype: string,
  own: Uint8Array<ArrayBuffer>,
): Omit<StoredTensor, 'shape'> | undefined {
  if (isStored(dtype)) return { dtype, data: dtypes[dtype].make(own.buffer) }
  const numbers = FOREIGN[dtype]!.float?.(new DataView(own.buffer))
  return numbers && { dtype: 'F32', data: Float32Array.from(numbers) }
}

function isStored(dtype: string): dtype is StoredDtype {
  return Object.hasOwn(dtypes, dtype)
}

type Refuse = (expected: string, given?: unknown) => DataError

function refusing(where: string): Refuse {
  return (expected, given) => new DataError({ where, expected, given })
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  if (bytes[0] !== 0x7b) throw refuse('the header must begin with {', bytes[0])
  let header: unknown
  const text = Buffer.from(bytes).toString('utf8')
  try {
    header = JSON.parse(text)
  } catch (error) {
    throw new DataError({
      where: refuse('').where,
      expected: 'the header must be JSON',
      given: (error as Error).message,
      cause: error,
    })
  }
  const names = new Set<string>()
  for (const name of topLevelKeys(text)) {
    if (names.has(name)) throw refuse('every tensor must be listed once', name)
    names.add(name)
  }
  return header as Record<string, unknown>
}

/** Keys of the outermost object, repetitions included, which JSON.parse drops. */
function* topLevelKeys(json: string): Generator<string> {
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"(?=\s*:)?|[{}[\]]|:/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token !== ':') yield JSON.parse(token) as string
  }
}

function readMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (value === undefined) return {}
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap || Object.values(value).some((each) => typeof each !== 'string')) {
    throw refuse('__metadata__ must map names to strings', value)
  }
  return value as Record<string, string>
}

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function readEntry(name: string, entry: unknown, refuse: Refuse, foreign: boolean): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  if (!isCounts(shape)) throw refuse(`tensor ${name} must have a shape`, shape)
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw refuse(`tensor ${name} must have data_offsets [begin, end]`, offsets)
  }
  const known = foreign ? { ...dtypes, ...FOREIGN } : dtypes
  if (typeof dtype !== 'string' || !Object.hasOwn(known, dtype)) {
    throw refuse(`tensor ${name} must have dtype ${Object.keys(known).join(', ')}`, dtype)
  }
  const [begin, end] = offsets as [number, number]
  const { bytes } = known[dtype as StoredDtype]
  const size = shape.reduce((product, each) => product * each, bytes)
  if (!Number.isSafeInteger(size) || size !== end - begin) {
    throw refuse(
      `tensor ${name} of shape [${shape.join(', ')}] must have ${size} bytes`,
      end - begin,
    )
  }
  return { name, dtype, shape, begin, end }
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0)
}
