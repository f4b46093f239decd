import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CtcDecodeOptions, ctcDecode } from '../../src/index.ts'
import { allClose } from '../../src/testing/index.ts'

const test = suite('ctcDecode')

const [SAMPLES, TIME, CLASSES] = [6, 5, 3]

const output = {
  shape: [SAMPLES, TIME, CLASSES],
  data: Float32Array.from(
    { length: SAMPLES * TIME * CLASSES },
    (_, at) => 2 * Math.sin(1 + 7 * at + Math.floor(at / 15)),
  ),
}

const logitsOf = (sample: number, step: number) =>
  output.data.subarray((sample * TIME + step) * CLASSES, (sample * TIME + step + 1) * CLASSES)

/** The probability of each label, over every way of choosing a class in each step, one after the other. */
function byHand(sample: number, steps: number, blank: number): [labels: string, share: number][] {
  const shares = Array.from({ length: steps }, (_, step) => {
    const own = Array.from(logitsOf(sample, step), Math.exp)
    const sum = own.reduce((total, each) => total + each, 0)
    return own.map((each) => each / sum)
  })
  const found = new Map<string, number>()
  for (let number = 0; number < CLASSES ** steps; number++) {
    const way = shares.map((_, at) => Math.floor(number / CLASSES ** at) % CLASSES)
    const labels = String(way.filter((each, at) => each !== blank && each !== way[at - 1]))
    const share = way.reduce((product, each, step) => product * shares[step]![each]!, 1)
    found.set(labels, (found.get(labels) ?? 0) + share)
  }
  return [...found].sort(([, one], [, other]) => other - one)
}

test('a beam search finds the labels that all ways, one by one, come to, and their probabilities', () => {
  for (const blank of [0, 2]) {
    const lengths = [5, 5, 4, 3, 1, 0]
    const options = {
      strategy: 'beam-search',
      blank,
      lengths,
      beamWidth: 500,
      topPaths: 5,
    } as const
    for (const [sample, paths] of ctcDecode(output, options).entries()) {
      const wanted = byHand(sample, lengths[sample]!, blank).slice(0, 5)
      assert.equal(
        paths.map(({ labels }) => String(labels)),
        wanted.map(([labels]) => labels),
      )
      allClose(
        paths.map(({ logProbability }) => Math.exp(logProbability)),
        wanted.map(([, share]) => share),
        { relative: 1e-9 },
      )
    }
  }
})

test('many ways to one label outweigh the most probable way', () => {
  const shares = { shape: [1, 2, 2], data: Float32Array.of(0.6, 0.4, 0.6, 0.4) }
  const [greedy] = ctcDecode(shares, { fromLogits: false })[0]!
  assert.equal(greedy!.labels, [])
  for (const beamWidth of [1, 2, 100]) {
    const options = { fromLogits: false, strategy: 'beam-search', beamWidth } as const
    const [best] = ctcDecode(shares, options)[0]!
    const isWide = beamWidth > 1
    assert.equal(best!.labels, isWide ? [1] : [])
    allClose([Math.exp(best!.logProbability)], [isWide ? 0.64 : 0.36], { relative: 1e-6 })
  }
})

test('greedy takes the most probable class of each step, without repeats and blanks', () => {
  for (const [sample, paths] of ctcDecode(output).entries()) {
    const way = Array.from({ length: TIME }, (_, step) => {
      const own = logitsOf(sample, step)
      return own.indexOf(Math.max(...own))
    })
    assert.is(paths.length, 1)
    assert.equal(
      paths[0]!.labels,
      way.filter((each, at) => each !== 0 && each !== way[at - 1]),
    )
  }
})

test('what does not fit is told', async () => {
  const told = (options: CtcDecodeOptions, given = output) =>
    refusal(async () => ctcDecode(given, options))
  assert.is(
    await told({}, { ...output, shape: [6, 15] }),
    'ctcDecode: the output must be [samples, time, classes], with a number for each, got {"shape":[6,15],"numbers":90}',
  )
  for (const [options, message] of [
    [{ strategy: 'beam' as 'greedy' }, '`strategy` must be greedy or beam-search, got "beam"'],
    [{ blank: 3 }, '`blank` must be one of the 3 classes, got 3'],
    [{ beamWidth: 0 }, '`beamWidth` must be a positive integer, got 0'],
    [{ topPaths: 2 }, '`topPaths` must be from 1 to 1, what greedy finds, got 2'],
    [{ lengths: [1] }, '`lengths` must be 6 numbers, got [1]'],
  ] as const) {
    assert.is(await told(options), `ctcDecode: ${message}`)
  }
})

test.run()
