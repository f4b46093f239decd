import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Augmentation,
  blur,
  colorJitter,
  cutmix,
  type DatasetInfo,
  grayscale,
  loadSamples,
  type Normalize,
  randAugment,
  randomResizedCrop,
  rotate,
} from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'
import { normalizeInputs, scaleInputs } from '../../src/training/inputs.ts'

/** A Python that has the packages `torchvision`, `timm` and `pillow`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const program = fileURLToPath(new URL('augmented.py', import.meta.url))
const networks = new URL('../../../../scripts/peers/torch_networks.py', import.meta.url)
const found = spawnSync(python, [fileURLToPath(networks)])

const test = suite('augmentations beside torchvision and Pillow')
const run = found.status === 0 ? test : test.skip

const [COUNT, HEIGHT, WIDTH] = [2, 24, 32] as const
const SHAPE = [COUNT, HEIGHT, WIDTH, 3] as const

/** Bytes of two pictures: slopes with noise on them, every byte from black to white among them. */
const PICTURES = Array.from({ length: COUNT * HEIGHT * WIDTH * 3 }, (_, at) => {
  const [channel, pixel] = [at % 3, Math.floor(at / 3) % (HEIGHT * WIDTH)]
  const [y, x] = [Math.floor(pixel / WIDTH), pixel % WIDTH]
  const image = Math.floor(at / (HEIGHT * WIDTH * 3))
  const slope = channel === 0 ? x * 8 : channel === 1 ? y * 10 : (x + y) * 4
  return (slope + ((at * 7919) % 61) + image * 90) % 256
})

/** Two pictures after an augmentation, both with the same draws, and the share of the partner where they are mixed. */
function augmented(augmentation: Augmentation, draws: readonly number[]) {
  return tf.tidy(() => {
    const inputs = tf.div(tf.tensor4d(PICTURES, [...SHAPE]), 255)
    const columns = Array.from({ length: augmentation.draws }, (_, at) =>
      tf.fill([COUNT], draws[at] ?? 0),
    )
    const labels = tf.range(0, COUNT, 1, 'int32')
    const { inputs: pixels, mixed } = augmentation.apply({ inputs, labels }, columns)
    return { pixels: pixels.dataSync(), share: mixed?.share.dataSync()[0] }
  })
}

/** How far a job's picture may be from ours. */
interface Allowed {
  readonly job: Readonly<Record<string, unknown>>
  /** The largest difference of a number between 0 and 1. */
  readonly within: number
  /** Part of the numbers that may differ by more: pixels whose place lies in the middle between two. */
  readonly ties?: number
}

interface Case extends Allowed {
  readonly augmentation: Augmentation
  readonly draws: readonly number[]
}

/** torchvision's luma of red is 0.2989, Pillow's 0.299: factors make at most twice that of it. */
const LUMA = 2e-4
/** Results of bytes are cut to bytes, those of Pillow and torchvision twice. */
const BYTE = 2 / 255 + 1e-6
const ROUNDING = 1e-5

/** A jitter of one property alone, by a factor from 0 to 2. */
function jitter(kind: 'brightness' | 'contrast' | 'saturation', factor: number) {
  const none = { brightness: 0, contrast: 0, saturation: 0 }
  const at = ['brightness', 'contrast', 'saturation'].indexOf(kind)
  const draws = [0, 0, 0, 0].map((zero, place) => (place === at ? factor / 2 : zero))
  return { augmentation: colorJitter({ ...none, [kind]: 1 }), draws }
}

const jitters = (['brightness', 'contrast', 'saturation'] as const).flatMap((kind) =>
  [0.25, 0.75, 1, 1.5, 1.9].flatMap((factor): Case[] => [
    { ...jitter(kind, factor), job: { kind, factor }, within: LUMA },
    { ...jitter(kind, factor), job: { kind: 'pillow', change: kind, factor }, within: BYTE },
  ]),
)

const hues = [-0.5, -0.2, 0.05, 0.3].map(
  (factor): Case => ({
    job: { kind: 'hue', factor },
    augmentation: colorJitter({ brightness: 0, contrast: 0, saturation: 0, hue: 0.5 }),
    draws: [0, 0, 0, factor + 0.5],
    within: ROUNDING,
  }),
)

const grays: readonly Case[] = [
  { kind: 'grayscale', within: LUMA },
  { kind: 'pillow', change: 'grayscale', within: BYTE },
].map(({ within, ...job }) => ({
  ...{ job, within, draws: [0] },
  augmentation: grayscale({ probability: 1 }),
}))

const blurs = [
  [3, 0.3],
  [5, 1],
  [9, 2.5],
].map(
  ([kernelSize, sigma]): Case => ({
    job: { kind: 'blur', kernelSize, sigma },
    augmentation: blur({ probability: 1, kernelSize: kernelSize!, sigma: [sigma!, sigma!] }),
    draws: [0, 0],
    within: ROUNDING,
  }),
)

/** Rectangles of whole pixels, as torchvision cuts them: top, left, height, width. */
const crops = [
  [0, 0, 24, 32],
  [3, 5, 12, 16],
  [12, 16, 12, 16],
  [7, 2, 9, 21],
  [10, 20, 3, 4],
].flatMap((box) =>
  (['bilinear', 'nearest'] as const).map((interpolation): Case => {
    const [top, left, height, width] = box as [number, number, number, number]
    const part = (height * width) / (HEIGHT * WIDTH)
    const place = (first: number, length: number, size: number) =>
      length === size ? 0 : first / (size - length)
    return {
      job: { kind: 'crop', box, interpolation },
      augmentation: randomResizedCrop({
        ...{ scale: [part, part], ratio: [width / height, width / height], interpolation },
      }),
      draws: [0, 0, place(top, height, HEIGHT), place(left, width, WIDTH)],
      within: interpolation === 'nearest' ? 1e-6 : 1e-4,
      ...(interpolation === 'nearest' && { ties: 0.01 }),
    }
  }),
)

const turns = [-15, 7.5].map(
  (degrees): Case => ({
    job: { kind: 'rotate', degrees },
    augmentation: rotate({ degrees: 15 }),
    draws: [(15 + degrees) / 30],
    within: 1e-4,
  }),
)

const CHANGES = [
  ...['identity', 'shear-x', 'shear-y', 'translate-x', 'translate-y', 'rotate', 'brightness'],
  ...['saturation', 'contrast', 'sharpness', 'posterize', 'solarize', 'autocontrast'],
] as const
const MOVES: readonly string[] = CHANGES.slice(1, 6)

const changes = [5, 9, 30].flatMap((magnitude) =>
  CHANGES.flatMap((change, at) =>
    [1, -1].map(
      (sign): Case => ({
        job: { kind: 'rand-augment', change, magnitude, sign },
        augmentation: randAugment({ layers: 1, magnitude }),
        draws: [(at + 0.5) / CHANGES.length, sign > 0 ? 0.25 : 0.75],
        within: MOVES.includes(change) ? 1e-6 : BYTE,
        ...(MOVES.includes(change) && { ties: 0.01 }),
      }),
    ),
  ),
)

/** Draws that lead to a rectangle of this part: the table of quantiles is a straight line for `alpha` 1. */
const pastes = [
  [0.3, 11, 14],
  [0.06, 0, 31],
  [0.49, 23, 3],
].map(
  ([share, y, x]): Case => ({
    job: { kind: 'cutmix', share, y, x },
    augmentation: cutmix(),
    draws: [share! * 2, (y! + 0.5) / HEIGHT, (x! + 0.5) / WIDTH],
    within: 1e-6,
  }),
)

const cases: readonly Case[] = [
  ...[jitters, hues, grays, blurs, crops, turns, changes, pastes].flat(),
]

/** How channels are normalized, and what they become as a model sees them. */
const scalings = [
  { job: { kind: 'data' }, normalize: 'data' },
  ...[{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }].map((normalize) => ({
    job: { kind: 'normalize', ...normalize },
    normalize,
  })),
] as const satisfies readonly { job: Case['job']; normalize: Normalize }[]

async function normalized(normalize: Normalize): Promise<ArrayLike<number>> {
  const split = {
    inputs: Uint8Array.from(PICTURES),
    labels: Uint8Array.of(0, 1),
    length: COUNT,
  }
  const info: DatasetInfo = {
    ...{ name: 'pictures', inputShape: SHAPE.slice(1), labelShape: [], classes: ['a', 'b'] },
    ...{ inputDtype: 'uint8', inputRange: [0, 255], normalize, licence: 'none', source: 'made' },
  }
  const load = () => Promise.resolve({ train: split, test: split, digest: 'sha256:0' })
  const { train } = await loadSamples({ info, load })
  return tf.tidy(() => {
    const scaled = scaleInputs(tf.tensor4d(PICTURES, [...SHAPE]), train.info)
    return (normalizeInputs(scaled, train.info) as tf.Tensor).dataSync()
  })
}

run('the same picture and the same parameters give the same picture', async () => {
  const asked = spawnSync(python, [program], {
    ...{ encoding: 'utf8', maxBuffer: 2 ** 28 },
    input: JSON.stringify({
      ...{ pictures: PICTURES, shape: SHAPE },
      jobs: [...cases, ...scalings].map(({ job }) => job),
    }),
  })
  assert.is(asked.status, 0, asked.stderr)
  const answers = JSON.parse(asked.stdout) as { pixels: number[]; share: number | null }[]
  const differences: string[] = []
  const compare = (at: number, pixels: ArrayLike<number>, { job, within, ties = 0 }: Allowed) => {
    const expected = answers[at]!.pixels
    const apart = Array.from(pixels, (one, place) => Math.abs(one - expected[place]!))
    const far = apart.filter((each) => !(each <= within)).length
    if (apart.length === expected.length && far <= ties * apart.length) return
    differences.push(`${JSON.stringify(job)}: ${far} numbers, by up to ${Math.max(...apart)}`)
  }
  for (const [at, each] of cases.entries()) {
    const { pixels, share } = augmented(each.augmentation, each.draws)
    compare(at, pixels, each)
    if (share !== undefined) allClose([share], [answers[at]!.share!], { absolute: 1e-6 })
  }
  for (const [at, { job, normalize }] of scalings.entries()) {
    compare(cases.length + at, await normalized(normalize), { job, within: ROUNDING })
  }
  assert.equal(differences, [])
})

test.run()
