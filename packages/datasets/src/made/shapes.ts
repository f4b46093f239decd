import { type DatasetInfo, definePlugin, type FieldSplit, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { MADE, madeDataset, madeShape } from './made-dataset.ts'
import type { Random } from './random.ts'

const KINDS = ['disc', 'square', 'triangle'] as const

/** Where a shape covers a pixel, by how far that is from its centre in parts of its size. */
const COVERS: Readonly<Record<(typeof KINDS)[number], (down: number, across: number) => boolean>> =
  {
    disc: (down, across) => down * down + across * across < 1,
    square: (down, across) => Math.max(Math.abs(down), Math.abs(across)) < 0.85,
    triangle: (down, across) => down < 0.8 && down > -1 && Math.abs(across) < (down + 1) / 1.8,
  }

type Task = 'segmentation' | 'multi-label' | 'reconstruction'

function infoOf(task: Task, size: number): DatasetInfo {
  const picture = {
    name: 'shapes',
    inputShape: [size, size, 1],
    inputDtype: 'uint8',
    inputRange: [0, 255],
    ...MADE,
  } as const
  switch (task) {
    case 'segmentation':
      return { ...picture, labelShape: [size, size], classes: ['ground', ...KINDS] }
    case 'multi-label':
      return { ...picture, labelShape: [KINDS.length], classes: [...KINDS], multiLabel: true }
    default:
      return { ...picture, labelShape: [size * size], classes: [] }
  }
}

/** `shapes` as a plugin. */
export const shapes: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'shapes',
  description: 'Discs, squares and triangles in noise, made by code.',
  options: z.strictObject({
    task: z
      .enum(['segmentation', 'multi-label', 'reconstruction'])
      .default('segmentation')
      .describe(
        'What labels say: the shape of each pixel, which shapes there are, or the picture itself.',
      ),
    size: z.int().min(8).default(32).describe('Height and width of a picture.'),
    noise: z.number().min(0).max(1).default(0.25).describe('How much noise there is.'),
    ...madeShape(1500, 300),
  }),
  create({ task, size, noise, ...options }, { seed }) {
    const info = infoOf(task, size)
    return madeDataset(info, options, seed, (length, random) =>
      draw(length, { task, size, noise }, random),
    )
  },
})

function draw(
  length: number,
  { task, size, noise }: { readonly task: Task; readonly size: number; readonly noise: number },
  random: Random,
): FieldSplit {
  const pixels = size * size
  const inputs = new Uint8Array(length * pixels)
  const kinds = new Uint8Array(length * pixels)
  const answers = new Float32Array(length * KINDS.length)
  for (let row = 0; row < length; row++) {
    const own = kinds.subarray(row * pixels, (row + 1) * pixels)
    const count = task === 'reconstruction' ? 1 : 1 + random.below(3)
    for (let shape = 0; shape < count; shape++) {
      const kind = random.below(KINDS.length)
      const reach = size * (0.13 + 0.12 * random.next())
      const place = () => reach + random.next() * (size - 2 * reach)
      const [y, x] = [place(), place()]
      const covers = COVERS[KINDS[kind]!]
      for (let pixel = 0; pixel < pixels; pixel++) {
        const down = (Math.floor(pixel / size) + 0.5 - y) / reach
        const across = ((pixel % size) + 0.5 - x) / reach
        if (covers(down, across)) own[pixel] = kind + 1
      }
    }
    for (let pixel = 0; pixel < pixels; pixel++) {
      const kind = own[pixel]!
      // One that others hide altogether is not there.
      if (kind > 0) answers[row * KINDS.length + kind - 1] = 1
      const shade = kind === 0 ? 0.2 : 0.75
      const value = shade + noise * (random.next() - 0.5)
      inputs[row * pixels + pixel] = Math.round(255 * Math.min(1, Math.max(0, value)))
    }
  }
  const labels =
    task === 'segmentation'
      ? kinds
      : task === 'multi-label'
        ? answers
        : Float32Array.from(inputs, (value) => value / 255)
  return { inputs, labels, length }
}
