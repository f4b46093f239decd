import { type DatasetInfo, definePlugin, type Field, infoOfFields, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'

/** How many categories each field of them has. */
const VOCABULARIES = { town: 40, kind: 12, condition: 5 } as const
const NUMBERS = ['area', 'age', 'rooms', 'distance'] as const

/** What a category is worth; in no order of its number. */
function worth(column: number, category: number): number {
  return Math.sin((category + 1) * (2.3 + column)) * (1.2 - 0.3 * column)
}

function fieldsOfCategories(): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(VOCABULARIES).map(([name, count]): [string, Field] => [
      name,
      { shape: [1], dtype: 'int32', range: [0, count - 1] },
    ]),
  )
}

const info: DatasetInfo = {
  name: 'mixed-table',
  ...infoOfFields({
    inputs: {
      ...fieldsOfCategories(),
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
      const names = Object.keys(VOCABULARIES)
      const categories = names.map(() => new Int32Array(length))
      const numbers = new Float32Array(length * NUMBERS.length)
      const price = new Float32Array(length)
      const sold = new Uint8Array(length)
      for (let row = 0; row < length; row++) {
        const own = Object.values(VOCABULARIES).map((count) => random.below(count))
        const found = NUMBERS.map(() => random.normal())
        for (const [column, category] of own.entries()) categories[column]![row] = category
        numbers.set(found, row * found.length)
        const known = own.reduce((sum, category, column) => sum + worth(column, category), 0)
        const [area, age, rooms, distance] = found as [number, number, number, number]
        const value = known + 0.8 * area - 0.4 * age * distance + 0.3 * Math.abs(rooms)
        price[row] = value + 0.2 * random.normal()
        const chance = 1 / (1 + Math.exp(-2 * (value - 1.2 * Math.max(0, worth(0, own[0]!)))))
        sold[row] = Number(random.next() < chance)
      }
      const named = names.map((name, column) => [name, categories[column]!] as const)
      const inputs = { ...Object.fromEntries(named), numbers }
      return { inputs, labels: { price, sold }, length }
    }),
})
