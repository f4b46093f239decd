import { identity, Value } from '../value/value.ts'
import { type Operator, operator } from './operator.ts'

type Box = readonly [top: number, left: number, bottom: number, right: number]

/** A box by two corners in any order, or by its centre and sizes. */
function boxOf(numbers: readonly number[], at: number, isCentred: boolean): Box {
  const [a, b, c, d] = numbers.slice(at, at + 4) as [number, number, number, number]
  if (isCentred) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2]
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
}

/** What two boxes share, over what they cover. */
function overlap(a: Box, b: Box): number {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (height <= 0 || width <= 0) return 0
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1])
  const shared = height * width
  return shared / (area(a) + area(b) - shared)
}

const nonMaxSuppression: Operator = operator({
  op: 'NonMaxSuppression',
  attributes: { center_point_box: 0 },
  constants: 'all',
  run: ({ input, inputs, numbers, where, attributes: { center_point_box } }) => {
    // How many boxes are left follows from numbers, so they must be known: in TensorFlow.js itself they are.
    const [boxes, scores] = [numbers(0, 'the boxes'), numbers(1, 'the scores')]
    const limit = (index: number) => inputs[index]?.numbers(where, 'the limits')[0]
    const [most, iou, least] = [limit(2) ?? 0, limit(3) ?? 0, limit(4)]
    const [batch, classes, count] = input(1).shape as [number, number, number]
    const found: number[] = []
    for (let sample = 0; sample < batch; sample++) {
      const all = identity(count).map((at) =>
        boxOf(boxes, (sample * count + at) * 4, center_point_box === 1),
      )
      for (let each = 0; each < classes; each++) {
        const score = (at: number) => scores[(sample * classes + each) * count + at]!
        const order = identity(count)
          .filter((at) => least === undefined || score(at) > least)
          .sort((a, b) => score(b) - score(a) || a - b)
        const kept: number[] = []
        for (const at of order) {
          if (kept.length >= most) break
          if (kept.every((other) => overlap(all[at]!, all[other]!) <= iou)) kept.push(at)
        }
        for (const at of kept) found.push(sample, each, at)
      }
    }
    return Value.known('int64', [found.length / 3, 3], found)
  },
})

/** Boxes around things in images. */
export const boxOperators: readonly Operator[] = [nonMaxSuppression]
