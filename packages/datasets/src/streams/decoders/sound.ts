import { DataError } from '@ashlar/errors'
import wavefile from 'wavefile'
import { reasonOf } from '../../files/read-file.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Sound of one length: cut off what is more, silence for what is less. */
export interface SoundPlan extends DecodePlan {
  readonly kind: 'sound'
  /** The record's field; left out, the record is the file's bytes. */
  readonly field?: string | undefined
  /** Numbers of a sample, for each channel. */
  readonly length: number
  readonly channels: number
  /** Numbers in a second that every file must have. */
  readonly rate: number
}

/** WAV as numbers from -1 to 1, `[length, channels]`; of several channels one is the mean. */
export function soundDecoder({ field, length, channels, rate }: SoundPlan): RecordDecoder {
  return (record, { where: inFile, place, into }) => {
    const value = field === undefined ? record : fieldIn(record, field, inFile)
    const where = field === undefined ? inFile : `${inFile}, ${JSON.stringify(field)}`
    const nested =
      typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : value
    if (!(nested instanceof Uint8Array)) {
      throw new DataError({ where, expected: 'must be the bytes of a WAV file', given: value })
    }
    const parts = read(nested, where, rate)
    if (parts.length !== channels && channels !== 1) {
      throw new DataError({
        where,
        expected: `must have ${channels} channels`,
        given: parts.length,
        hint: 'With `channels: 1` those of a file are brought to their mean.',
      })
    }
    const start = place * length * channels
    into.inputs.fill(0, start, start + length * channels)
    const count = Math.min(length, parts[0]!.length)
    for (let at = 0; at < count; at++) {
      if (channels === 1) {
        let sum = 0
        for (const part of parts) sum += part[at]!
        into.inputs[start + at] = sum / parts.length
      } else {
        for (const [channel, part] of parts.entries()) {
          into.inputs[start + at * channels + channel] = part[at]!
        }
      }
    }
  }
}

function read(bytes: Uint8Array, where: string, rate: number): Float64Array[] {
  let found: { readonly sampleRate: number; readonly parts: Float64Array[] }
  try {
    const wav = new wavefile.WaveFile(bytes)
    wav.toBitDepth('32f')
    const samples = wav.getSamples(false, Float64Array) as unknown as Float64Array | Float64Array[]
    const { sampleRate } = wav.fmt as { sampleRate: number }
    found = { sampleRate, parts: Array.isArray(samples) ? samples : [samples] }
    if ((found.parts[0]?.length ?? 0) === 0) throw new Error('it holds no sound')
  } catch (cause) {
    throw new DataError({
      where,
      expected: `must be a whole WAV file (${reasonOf(cause)})`,
      hint: 'The file is damaged, cut short, or of another format: convert it.',
      cause,
    })
  }
  if (found.sampleRate === rate) return found.parts
  throw new DataError({
    where,
    expected: `must have ${rate} numbers a second`,
    given: found.sampleRate,
    hint: 'Say which by `rate`, or bring all files to one.',
  })
}
