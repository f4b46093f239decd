import { type DatasetInfo, definePlugin, infoOfFields, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'

/** How many categories each column of them has: town, kind, condition. */
const VOCABULARIES = [40, 12, 5] as const
const NUMBERS = ['area', 'age', 'rooms', 'distance'] as const

/** What a category is worth; in no order of its number. */
function worth(column: number, category: number): number {
  return Math.sin((category + 1) * (2.3 + column)) * (1.2 - 0.3 * column)
}

const info: DatasetInfo = {
  name: 'mixed-table',
  ...infoOfFields({
    inputs: {
      categories: { shape: [VOCABULARIES.length], dtype: 'int32', range: [0, 39] },
      numbers: { shape: [NUMBERS.length], dtype: 'float32' },
    },
    outputs: {
      price: { shape: [1], dtype: 'float32', targets: ['price'] },
      sold: { shape: [], dtype: 'uint8', classes: ['no', 'yes'] },
    },
  }),
  ...MADE,
}

/** `mixed-table` as a plugin. */
export const mixedTable: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'mixed-table',
  description:
    'Houses by three categories and four numbers: their price, and whether they were sold. Made by code.',
  options: z.strictObject(madeShape(6000, 1500)),
  create: (options, { seed }) =>
    madeDataset(info, options, seed, (length, random) => {
      const categories = new Int32Array(length * VOCABULARIES.length)
      const numbers = new Float32Array(length * NUMBERS.length)
      const price = new Float32Array(length)
      const sold = new Uint8Array(length)
      for (let row = 0; row < length; row++) {
        const own = VOCABULARIES.map((count) => random.below(count))
        const found = NUMBERS.map(() => random.normal())
        categories.set(own, row * own.length)
        numbers.set(found, row * found.length)
        const known = own.reduce((sum, category, column) => sum + worth(column, category), 0)
        const [area, age, rooms, distance] = found as [number, number, number, number]
        const value = known + 0.8 * area - 0.4 * age * distance + 0.3 * Math.abs(rooms)
        price[row] = value + 0.2 * random.normal()
        const chance = 1 / (1 + Math.exp(-2 * (value - 1.2 * Math.max(0, worth(0, own[0]!)))))
        sold[row] = Number(random.next() < chance)
      }
      return { inputs: { categories, numbers }, labels: { price, sold }, length }
    }),
})
