import { type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { datasetOfRecords } from '../streams/record-dataset.ts'
import { MADE, type MadeOptions, type MadeShape, madeShape } from './made-dataset.ts'
import { Random } from './random.ts'
import { writeMade } from './write-made.ts'

const TOWNS = ['Al', 'Ber', 'Cor', 'Dun', 'El'].flatMap((begin) =>
  ['bach', 'dorf', 'feld', 'ford', 'ham', 'ton', 'wick', 'worth'].map((end) => begin + end),
)
const KINDS = [
  ...['bungalow', 'cabin', 'cottage', 'farmhouse', 'flat', 'loft'],
  ...['maisonette', 'mansion', 'semi', 'studio', 'terrace', 'villa'],
]
const CONDITIONS = ['fair', 'good', 'new', 'poor', 'ruin']

/** The categories of a row, and their names. */
const CATEGORIES = { town: TOWNS, kind: KINDS, condition: CONDITIONS } as const
const NUMBERS = ['area', 'age', 'rooms', 'distance'] as const
const COLUMNS = [...Object.keys(CATEGORIES), ...NUMBERS, 'price', 'sold']

/** Share of the rows whose condition nobody wrote down. */
const UNKNOWN = 0.05

/** What a category is worth; in no order of its name. */
function worth(column: number, category: number): number {
  return Math.sin((category + 1) * (2.3 + column)) * (1.2 - 0.3 * column)
}

/** A row: houses by categories and numbers, what they cost, and whether they were sold. */
function rowOf(random: Random): string {
  const own = Object.values(CATEGORIES).map((names) => random.below(names.length))
  const isKnown = random.next() >= UNKNOWN
  const numbers = NUMBERS.map(() => random.normal())
  const known = own.reduce(
    (sum, category, column) => sum + (column < 2 || isKnown ? worth(column, category) : 0),
    0,
  )
  const [area, age, rooms, distance] = numbers as [number, number, number, number]
  const value = known + 0.8 * area - 0.4 * age * distance + 0.3 * Math.abs(rooms)
  const price = value + 0.2 * random.normal()
  const chance = 1 / (1 + Math.exp(-2 * (value - 1.2 * Math.max(0, worth(0, own[0]!)))))
  const sold = random.next() < chance ? 'yes' : 'no'
  const names = Object.values(CATEGORIES).map((all, column) => all[own[column]!]!)
  if (!isKnown) names[2] = ''
  return [...names, ...[...numbers, price].map((each) => each.toFixed(4)), sold].join(',')
}

/** A table as the text of a CSV file. */
function tableOf(length: number, seed: number): string {
  const random = new Random(seed)
  const rows = Array.from({ length }, () => rowOf(random))
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`
}

const options: z.ZodObject<MadeShape, z.core.$strict> = z.strictObject(madeShape(6000, 1500))

/** `mixed-table` as a plugin: two tables in CSV that code writes into the cache folder, read as `csv-stream` reads any. */
export const mixedTable: Plugin<'dataset', typeof options> = definePlugin({
  kind: 'dataset',
  name: 'mixed-table',
  description:
    'Houses by three categories and four numbers: their price, and whether they were sold. Tables in CSV, made by code.',
  options,
  create(chosen: MadeOptions, { seed }) {
    const files = writeMade('mixed-table', {
      'train.csv': tableOf(chosen.samples, 2 * chosen.seed + 1),
      'test.csv': tableOf(chosen.testSamples, 2 * chosen.seed + 2 ** 31),
    })
    const { limit, testLimit, validation } = chosen
    const info: Pick<DatasetInfo, 'licence' | 'source'> = MADE
    return datasetOfRecords({
      ...{ name: 'mixed-table', scan: 'csv', options: { delimiter: ',' } },
      ...{ files, splits: ['train', 'test'], dataFolder: '.', source: info.source, seed },
      chosen: {
        ...{ limit, testLimit, validation, testPart: 0.2, licence: info.licence },
        sampling: 'each',
      },
      inputs: [
        {
          name: undefined,
          from: [],
          table: {
            categorical: Object.keys(CATEGORIES),
            ...{
              categories: 'index',
              standardize: true,
              missing: 'refuse',
              missingIndicator: false,
              unseen: 'ignore',
            },
          },
        },
      ],
      outputs: [
        { name: 'price', field: 'price', task: 'regression' },
        { name: 'sold', field: 'sold', task: 'classification', classes: ['no', 'yes'] },
      ],
    })
  },
})
