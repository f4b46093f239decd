import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'
import type { Random } from './random.ts'

/** What can be heard; nothing is the first. */
const NOTES = ['blank', 'c', 'd', 'e', 'f', 'g', 'a', 'b'] as const

/** Bands of frequency in which loudness is measured. */
const BANDS = 10

/** Steps that a note and the pause behind it last at most. */
const LONGEST = 5 + 2

/** Loudness of a note in a band: most in its own, some in those beside it and in that of its overtone. */
function loudness(note: number, band: number): number {
  const [own, overtone] = [note, (note + 5) % BANDS]
  return Math.exp(-((band - own) ** 2)) + (band === overtone ? 0.5 : 0)
}

/** Writes a melody into the steps of a row; gives its notes. */
function play(into: Float32Array, notes: number, random: Random): number[] {
  const played: number[] = []
  let step = random.below(4)
  for (let count = 1 + random.below(notes); count > 0; count--) {
    const note = 1 + random.below(NOTES.length - 1)
    // The same twice in a row is parted by a pause; others may follow one another at once.
    if (note === played.at(-1)) step++
    played.push(note)
    const loud = 0.7 + 0.6 * random.next()
    for (const end = step + 2 + random.below(4); step < end; step++) {
      for (let band = 0; band < BANDS; band++) {
        into[step * BANDS + band] = loud * loudness(note, band)
      }
    }
    step += random.below(2)
  }
  return played
}

/** `melodies` as a plugin. */
export const melodies: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'melodies',
  description:
    'Loudness in bands while a melody is played; the labels are its notes, without when they are played, -1 behind the last. For the loss `ctc`; made by code.',
  options: z.strictObject({
    notes: z.int().positive().default(6).describe('Notes of a melody at most.'),
    noise: z.number().min(0).default(0.25).describe('Deviation of the noise.'),
    ...madeShape(3000, 600),
  }),
  create({ notes, noise, ...options }, { seed }) {
    const steps = 4 + notes * LONGEST
    const info: DatasetInfo = {
      name: 'melodies',
      inputShape: [steps, BANDS],
      labelShape: [notes],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes: NOTES,
      ignoreIndex: -1,
      ...MADE,
    }
    return madeDataset(info, options, seed, (length, random) => {
      const inputs = new Float32Array(length * steps * BANDS)
      const labels = new Int32Array(length * notes).fill(-1)
      for (let row = 0; row < length; row++) {
        const size = steps * BANDS
        const own = inputs.subarray(row * size, (row + 1) * size)
        labels.set(play(own, notes, random), row * notes)
        for (let at = 0; at < size; at++) own[at]! += noise * random.normal()
      }
      return { inputs, labels, length }
    })
  },
})
