import { channelsTaken, type InputEncoding } from '@ashlar/core/encoding'
import { type RawField, rawField, standsForItself, toChannelsFirst } from '@ashlar/datasets/raw'
import type { FileInput, NamedData } from '@ashlar/export/guarded'

/** Makes inputs of what anybody has: of the path of a picture, or of cells by column. */
export interface RawFields {
  /** Undefined for a value that is its numbers already, and for an input that nobody said anything of. */
  make(
    input: FileInput,
    value: unknown,
    place: { readonly where: string; readonly folder: string },
  ): Promise<NamedData[string] | undefined>
  /** What an input may be besides its numbers. */
  describe(input: FileInput): string | undefined
}

/** @param isChannelsFirst whether pictures have their channels first. */
export function rawFields(
  encodings: Readonly<Record<string, InputEncoding>>,
  isChannelsFirst: boolean,
): RawFields {
  const makers = new Map<string, Promise<RawField>>()
  const encodingOf = ({ name }: FileInput) =>
    Object.hasOwn(encodings, name) ? encodings[name] : undefined
  return {
    async make(input, value, { where, folder }) {
      const encoding = encodingOf(input)
      if (encoding === undefined || !isRaw(encoding, value)) return undefined
      const known = makers.get(input.name) ?? rawField(encoding)
      makers.set(input.name, known)
      const data = await (await known)(value, where, folder)
      const dtype = dtypeOf(data)
      if (encoding.kind === 'table') return { shape: [1, data.length], dtype, data }
      const { height, width } = encoding
      const channels = channelsTaken(encoding)
      if (!isChannelsFirst) return { shape: [1, height, width, channels], dtype, data }
      const turned = toChannelsFirst(encoding, data as Float32Array | Uint8Array)
      return { shape: [1, channels, height, width], dtype, data: turned }
    },
    describe(input) {
      const encoding = encodingOf(input)
      if (encoding?.kind !== 'table') return encoding && 'the path of a picture'
      const names = encoding.columns.map(({ name }) => name)
      if (standsForItself(encoding, '')) return `the name of a category of ${names[0]}`
      return `an object with the cells of the columns ${names.join(', ')}`
    },
  }
}

function dtypeOf(data: Float32Array | Int32Array | Uint8Array): 'float32' | 'int32' | 'uint8' {
  if (data instanceof Int32Array) return 'int32'
  return data instanceof Uint8Array ? 'uint8' : 'float32'
}

function isRaw(encoding: InputEncoding, value: unknown): boolean {
  if (encoding.kind === 'image') return typeof value === 'string'
  if (standsForItself(encoding, value)) return true
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
