import { z } from 'zod'
import { readText } from './read-text.ts'
import { type RunFolder, runFiles } from './run-folder.ts'
import { storedNumber } from './stored-number.ts'

/** A sample to be shown: its pixels as bytes, row after row, channels last, where it is a picture. */
export interface ShownSample {
  /** What it is. */
  readonly label: string
  readonly pixels?: Uint8Array | undefined
}

/** A sample that the model takes for something else. */
export interface ShownMistake extends ShownSample {
  /** Place among the test samples. */
  readonly index: number
  readonly prediction: string
  /** Probability of the wrong class. */
  readonly confidence: number
}

/** What a run shows of its data; `samples.json` holds it. */
export interface ShownSamples {
  /** Of pictures, `[height, width, channels]`, 1 or 3 channels; undefined for samples that are none. */
  readonly shape?: readonly [height: number, width: number, channels: number] | undefined
  /** Names of classes; empty for numbers. */
  readonly classes: readonly string[]
  /** Samples of each class, by split, and by output where these have names; `classes` are those of an output with a name. */
  readonly balance: readonly {
    readonly name: string
    readonly counts: readonly number[]
    readonly classes?: readonly string[] | undefined
  }[]
  /** The first training samples as the first step changes them; empty without augmentations. */
  readonly augmented: readonly ShownSample[]
  /** Of the test split, the worst first; undefined as long as it was not tested. */
  readonly mistakes?: readonly ShownMistake[] | undefined
}

/** Sides of a picture that is kept: enough to see what it is. */
export const LARGEST_SHOWN = 64

const size = z.int().positive().max(LARGEST_SHOWN)
const shape = z.tuple([size, size, z.union([z.literal(1), z.literal(3)])])
const pixels = z
  .base64()
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .optional()
const shown = { label: z.string(), pixels }

const schema = z
  .object({
    version: z.literal(1),
    shape: shape.optional(),
    classes: z.array(z.string()),
    balance: z.array(
      z.object({
        name: z.string(),
        counts: z.array(z.int().nonnegative()),
        classes: z.array(z.string()).optional(),
      }),
    ),
    augmented: z.array(z.object(shown)),
    mistakes: z
      .array(
        z.object({
          ...shown,
          index: z.int().nonnegative(),
          prediction: z.string(),
          confidence: storedNumber,
        }),
      )
      .optional(),
  })
  .refine(({ shape, augmented, mistakes = [] }) => {
    const length = shape === undefined ? 0 : shape[0] * shape[1] * shape[2]
    return [...augmented, ...mistakes].every(
      ({ pixels }) => pixels === undefined || pixels.length === length,
    )
  }, 'pictures must be of the shape that is told')

/** Writes what a run shows of its data. */
export async function writeShownSamples(run: RunFolder, shown: ShownSamples): Promise<void> {
  const encoded = <T extends ShownSample>({ pixels, ...rest }: T) => ({
    ...rest,
    pixels: pixels && Buffer.from(pixels).toString('base64'),
  })
  await run.write(
    runFiles.samples,
    JSON.stringify({
      version: 1,
      ...shown,
      augmented: shown.augmented.map(encoded),
      mistakes: shown.mistakes?.map(encoded),
    }),
  )
}

/** What a run shows of its data; undefined for one that has nothing that could be shown. It may come from anybody. */
export async function readShownSamples(run: RunFolder): Promise<ShownSamples | undefined> {
  try {
    return schema.parse(JSON.parse(await readText(run.file(runFiles.samples)))) as ShownSamples
  } catch {
    return undefined
  }
}
