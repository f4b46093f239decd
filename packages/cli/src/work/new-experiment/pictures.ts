import type { PictureFacts } from '@ashlar/datasets/look'
import { DataError } from '@ashlar/errors'
import { formatCount, formatPath } from '../../terminal/format.ts'
import { epochsFor, imbalanceOf, LEAST, quoted } from './common.ts'

/** Sides that pictures are brought to: what small networks learn from on a CPU within minutes. */
const SIDES = [28, 32, 48, 64, 96]

/** Widths of the convolutions for pictures of a side. */
function filtersFor(side: number): readonly number[] {
  return side >= 48 ? [16, 32, 64] : [32, 64]
}

/** Sides that the network takes: each convolution takes a pixel off at both ends, and each pooling halves what is left. */
export const sideLimits: readonly [smallest: number, largest: number] = [
  filtersFor(0).reduce((side) => 2 * side + 2, 1),
  1024,
]

/** Files that are listed by name. */
const MOST = 3

/** Sides that suit, the best first: no larger than the middle picture. */
export function sizesFor({ width, height }: PictureFacts): number[] {
  const side = Math.min(width[1], height[1])
  const fits = SIDES.filter((each) => each <= Math.max(side, SIDES[0]!)).reverse()
  const best = fits.find((each) => each <= 64) ?? fits[0]!
  return [best, ...fits.filter((each) => each !== best)]
}

/**
 * An experiment for a folder of pictures, with comments. Its folders are as the file names them.
 *
 * @throws DataError for too few of them.
 */
export function pictureExperiment(facts: PictureFacts, size: number): string {
  const total = facts.classes.reduce((sum, { count }) => sum + count, 0)
  const whole = total - facts.broken.length
  if (facts.test === undefined && whole < LEAST) {
    throw new DataError({
      where: facts.folder,
      expected: `must hold at least ${LEAST} pictures that can be read, to train and to test with`,
      given: whole,
    })
  }
  const batchSize = total < 500 ? 16 : total < 5000 ? 32 : 64
  const epochs = epochsFor(total * 0.8, batchSize)
  const isUneven = imbalanceOf(facts.classes.map(({ count }) => count)) >= 3
  const lines = [
    `# ${facts.classes.length} classes, ${formatCount(total)} pictures. What can follow from the data does: number of outputs, loss, metric.`,
    '# See every option: ashlar plugins image-folder, ashlar plugins simple-cnn.',
    'model:',
    '  name: simple-cnn        # small and quick; mini-resnet and resnet18 are larger',
    `  filters: [${filtersFor(size).join(', ')}]`,
    '  dropout: 0.25',
    'dataset:',
    '  name: image-folder',
    `  folder: ${quoted(facts.folder)}`,
    ...(facts.test === undefined
      ? ['  testPart: 0.2           # held out to test with, chosen by the seed']
      : [`  test: ${quoted(facts.test)}`]),
    ...(facts.validation !== undefined
      ? [`  validationFolder: ${quoted(facts.validation)}  # to stop by`]
      : total >= 60
        ? ['  validation: 0.15        # held out to stop by']
        : []),
    `  size: [${size}, ${size}]`,
    '  fit: cover              # other proportions are cut at the sides; contain adds black',
    `  channels: ${facts.isGrey ? '1             # all are grey' : '3'}`,
    ...(facts.broken.length > 0
      ? ['  broken: skip            # some cannot be read: they are left out and listed']
      : []),
    'augmentations:',
    '  - { name: flip }        # left and right are alike; leave it out for letters and digits',
    '  - { name: shift }',
    'optimizer:',
    '  name: adam',
    '  learningRate: 0.002',
    ...(isUneven ? ['classWeights: balanced    # small classes count as much as large ones'] : []),
    `epochs: ${epochs}`,
    `batchSize: ${batchSize}`,
    ...(total >= 60 || facts.validation !== undefined
      ? ['callbacks:', '  early-stopping: { monitor: val_loss, patience: 12, restoreBest: true }']
      : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What was seen, for people. */
export function describePictures(facts: PictureFacts): string[] {
  const total = facts.classes.reduce((sum, { count }) => sum + count, 0)
  const { width, height, copies, broken } = facts
  const across = (where: string) => copies.filter((each) => each.across === where)
  const list = (files: readonly string[]) => [
    ...files.slice(0, MOST).map((file) => `            ${formatPath(file)}`),
    ...(files.length > MOST ? [`            and ${formatCount(files.length - MOST)} more`] : []),
  ]
  const parts = [
    ...(facts.validationCount === undefined
      ? []
      : [`${formatCount(facts.validationCount)} to validate`]),
    ...(facts.testCount === undefined ? [] : [`${formatCount(facts.testCount)} to test`]),
  ]
  const held = parts.map((part, at) => (at === 0 ? `, and ${part}` : `, ${part}`)).join('')
  const longest = Math.max(...facts.classes.map(({ name }) => name.length))
  const imbalance = imbalanceOf(facts.classes.map(({ count }) => count))
  return [
    `pictures    ${formatCount(total)} in ${facts.classes.length} classes${held}`,
    ...facts.classes
      .slice(0, 20)
      .map(({ name, count }) => `            ${name.padEnd(longest)}  ${formatCount(count)}`),
    ...(facts.classes.length > 20 ? ['            ...'] : []),
    `balance     ${imbalance < 1.5 ? 'even' : `the largest class has ${imbalance.toFixed(1)} times the pictures of the smallest`}`,
    `sizes       ${width[0]} to ${width[2]} wide, ${height[0]} to ${height[2]} high, mostly about ${width[1]} x ${height[1]}`,
    `colour      ${facts.isGrey ? 'none: all are grey' : 'yes'}`,
    ...(broken.length > 0
      ? [`broken      ${formatCount(broken.length)} cannot be read`, ...list(broken)]
      : []),
    ...(across('test').length > 0
      ? [
          `leaks       ${formatCount(across('test').length)} test pictures are training pictures, too${nearIn(across('test'))}: the test says too much`,
          ...list(across('test').map(({ file }) => file)),
        ]
      : []),
    ...(across('validation').length > 0
      ? [
          `leaks       ${formatCount(across('validation').length)} validation pictures are training or test pictures, too${nearIn(across('validation'))}: what is best is told by what is known`,
          ...list(across('validation').map(({ file }) => file)),
        ]
      : []),
    ...(across('class').length > 0
      ? [
          `mistakes    ${formatCount(across('class').length)} pictures lie in two classes${nearIn(across('class'))}`,
          ...list(across('class').map(({ file, of }) => `${file}, as ${formatPath(of)}`)),
        ]
      : []),
    ...(across('nothing').length > 0
      ? [
          `copies      ${formatCount(across('nothing').length)} pictures are there twice${nearIn(across('nothing'))}${facts.test === undefined ? ': copies may fall into training and test' : ''}`,
        ]
      : []),
  ]
}

/** How many copies are other files of the same picture. */
function nearIn(copies: PictureFacts['copies']): string {
  const count = copies.filter(({ near }) => near).length
  return count === 0 ? '' : ` (${formatCount(count)} of them in another size, quality or format)`
}
