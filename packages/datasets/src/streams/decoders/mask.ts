import { DataError } from '@ashlar/errors'
import { loadSharp } from '../../images/open-picture.ts'
import { readMask, type StoredMask } from '../../images/read-mask.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { bytesOf } from './picture.ts'

/** A picture whose pixels are classes, brought to a size as the picture is that it belongs to; each pixel is that of one place, none is mixed. */
export interface MaskPlan extends DecodePlan {
  readonly kind: 'mask'
  readonly field: string
  /** Where files begin that a record names. */
  readonly folder: string
  readonly height: number
  readonly width: number
  readonly fit: 'cover' | 'contain' | 'fill'
  readonly classes: readonly string[]
  /** What a mask has for each class: a number, or a colour `#rrggbb`; by default its place. */
  readonly values?: readonly (number | string)[] | undefined
  /** What does not count. */
  readonly ignore: readonly (number | string)[]
  /** The label of what does not count, and of what `contain` adds. */
  readonly ignoreIndex: number
  /** The field of the picture that it belongs to, which must be as large. */
  readonly beside?: string | undefined
}

/**
 * Masks as int32 `[height, width]`.
 *
 * @throws DataError for a pixel that is no class, and for a mask of another size than its picture.
 */
export async function maskDecoder(plan: MaskPlan): Promise<RecordDecoder> {
  const { field, height, width, beside, ignoreIndex } = plan
  const sharp = await loadSharp()
  const labels = labelTable(plan)
  return async (record, { where, place, into, folder: own }) => {
    const folder = own ?? plan.folder
    const named = `${where}, ${JSON.stringify(field)}`
    const mask = await readMask(
      sharp,
      bytesOf(fieldIn(record, field, where), where, field, folder),
      named,
    )
    if (beside !== undefined) {
      const picture = bytesOf(fieldIn(record, beside, where), where, beside, folder)
      // One that cannot be read is told of by whoever decodes it.
      const size = await sharp(picture)
        .metadata()
        .catch(() => undefined)
      requireSameSize(named, mask, size?.autoOrient)
    }
    const to = into.labels.subarray(place * height * width, (place + 1) * height * width)
    const [down, across] = placesOf(mask, plan)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [fromY, fromX] = [down[y]!, across[x]!]
        to[y * width + x] =
          fromY < 0 || fromX < 0
            ? ignoreIndex
            : labelOf(mask, fromY * mask.width + fromX, { labels, named, plan })
      }
    }
  }
}

/** Labels by what a mask stores. */
interface LabelTable {
  readonly numbers: ReadonlyMap<number, number>
  readonly colours: ReadonlyMap<number, number>
}

function labelTable({ classes, values, ignore, ignoreIndex }: MaskPlan): LabelTable {
  const table = { numbers: new Map<number, number>(), colours: new Map<number, number>() }
  const put = (value: number | string, label: number) => {
    if (typeof value === 'number') table.numbers.set(value, label)
    else table.colours.set(Number.parseInt(value.slice(1), 16), label)
  }
  for (const value of ignore) put(value, ignoreIndex)
  for (const at of classes.keys()) put(values?.[at] ?? at, at)
  return table
}

function labelOf(
  mask: StoredMask,
  pixel: number,
  { labels, named, plan }: { labels: LabelTable; named: string; plan: MaskPlan },
): number {
  const number = mask.numbers?.[pixel]
  const label =
    (number === undefined ? undefined : labels.numbers.get(number)) ??
    (labels.colours.size === 0 ? undefined : labels.colours.get(mask.colour(pixel)))
  if (label !== undefined) return label
  const colour = `#${mask.colour(pixel).toString(16).padStart(6, '0')}`
  const all = plan.classes.map((name, at) => `${plan.values?.[at] ?? at} (${name})`)
  throw new DataError({
    where: `${named}, pixel ${pixel % mask.width}, ${Math.floor(pixel / mask.width)}`,
    expected: `must be one of ${[...all, ...plan.ignore.map((each) => `${each} (ignored)`)].join(', ')}`,
    given: number === undefined ? colour : `${number} (${colour})`,
    hint: 'Say what a mask has for each class by `values`, and what does not count by `ignore`. JPEG changes pixels: save masks as PNG.',
  })
}

function requireSameSize(
  where: string,
  mask: StoredMask,
  picture: { readonly width: number; readonly height: number } | undefined,
): void {
  if (picture === undefined) return
  if (picture.width === mask.width && picture.height === mask.height) return
  throw new DataError({
    where,
    expected: `must have the size of its picture, ${picture.width} by ${picture.height} pixels`,
    given: `${mask.width} by ${mask.height}`,
  })
}

/** The row and the column of the mask that each of the sample is, -1 where there is none. */
function placesOf(
  mask: Pick<StoredMask, 'height' | 'width'>,
  { height, width, fit }: Pick<MaskPlan, 'height' | 'width' | 'fit'>,
): [down: Int32Array, across: Int32Array] {
  const scales = [height / mask.height, width / mask.width]
  const scale = fit === 'cover' ? Math.max(...scales) : Math.min(...scales)
  const side = (from: number, to: number) => {
    const scaled = fit === 'fill' ? to : Math.max(1, Math.round(from * scale))
    // As sharp cuts off and adds.
    const start = Math.ceil((scaled - to) / 2)
    return Int32Array.from({ length: to }, (_, at) => {
      const place = at + start
      if (place < 0 || place >= scaled) return -1
      return Math.min(from - 1, Math.floor(((place + 0.5) * from) / scaled))
    })
  }
  return [side(mask.height, height), side(mask.width, width)]
}
