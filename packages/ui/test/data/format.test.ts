import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bestEpoch } from '../../src/data/best.ts'
import {
  formatColumn,
  formatMagnitudes,
  formatNumber,
  formatSeconds,
  formatTick,
  formatTicks,
} from '../../src/data/format.ts'
import { smooth } from '../../src/data/smooth.ts'

const test = suite('numbers for people')

test('numbers with four digits that count', () => {
  assert.equal([0, 12_345, 0.123456, 1.5e-7, -2.5, Number.NaN, null, Infinity].map(formatNumber), [
    ...['0', '12,345', '0.1235', '1.50e-7', '-2.5', '–', '–', '∞'],
  ])
})

test('the numbers of a column have as many decimals, so that they stand digit under digit', () => {
  assert.equal(formatColumn([0.5, 0.12345, 12]), ['0.500', '0.123', '12.000'])
  assert.equal(formatColumn([1, 20, 300]), ['1', '20', '300'])
  assert.equal(formatColumn([0.9, null, 0.85]), ['0.9000', '–', '0.8500'])
  assert.equal(formatColumn([1e-9, 0.5]), ['1.000e-9', '5.000e-1'])
  let state = 1
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 5 }, () => {
      state = (state * 48_271) % 2_147_483_647
      return ((state % 2001) - 1000) / 10 ** (round % 6)
    })
    const decimals = formatColumn(values).map((text) => /\.(\d+)/.exec(text)?.[1]?.length ?? 0)
    assert.is(new Set(decimals).size, 1, values.join(' '))
  }
})

test('axes: short, and never cut', () => {
  assert.equal(
    [0, 0.02, 8_176_542.4, 500_000, 1e-6, -1500].map((value) => formatTick(value)),
    [...['0', '0.02', '8.177M', '500K', '1e-6', '-1500']],
  )
  assert.equal(formatTicks([2.25, 2, 1.75], 0.25), ['2.25', '2.00', '1.75'])
  assert.equal(formatTicks([8_176_540, 8_176_542], 2), ['8,176,540', '8,176,542'])
  // Neighbours are told apart.
  for (let power = -3; power < 12; power++) {
    for (const step of [1, 2, 2.5, 5]) {
      const splits = Array.from({ length: 6 }, (_, i) => (i + 3) * step * 10 ** power)
      const texts = formatTicks(splits, step * 10 ** power)
      assert.is(new Set(texts).size, 6, texts.join(' '))
    }
  }
})

test('axes of logarithms: each magnitude by itself, which beside large ones was 0', () => {
  assert.equal(formatMagnitudes([1e-5, 0.0001, 0.001, null, 0.01, 0.3, 1, 10, 10_000, 1_000_000]), [
    '1e-5',
    '0.0001',
    '0.001',
    '',
    '0.01',
    '0.3',
    '1',
    '10',
    '10K',
    '1M',
  ])
})

test('times', () => {
  assert.equal([1.5, 200, 7500, null].map(formatSeconds), ['1.5 s', '3 min 20 s', '2 h 5 min', '–'])
})

test('smoothing: a constant stays, gaps stay, and the mean of what came before is its measure', () => {
  assert.equal(smooth([5, null, 5], 0.9)[1], null)
  for (const value of smooth([5, 5, 5, 5], 0.99)) assert.ok(Math.abs(value! - 5) < 1e-9)
  assert.equal(smooth([1, 2, 3], 0), [1, 2, 3])
  const [first, second] = smooth([1, 4], 0.5)
  assert.is(first, 1)
  // (0.25 × 1 + 0.5 × 4) / 0.75
  assert.ok(Math.abs(second! - 3) < 1e-12)
})

test('the best epoch is that of what callbacks monitor, else of val_loss; without validation there is none', () => {
  const points = (values: number[]) => ({ steps: values.map((_, i) => 10 * (i + 1)), values })
  const epochs = {
    val_loss: points([3, 1, 2]),
    val_accuracy: points([0.1, 0.2, 0.9]),
    loss: points([1]),
  }
  assert.equal(bestEpoch(epochs), { metric: 'val_loss', epoch: 2, step: 20, value: 1 })
  const monitor = { 'callbacks.early-stopping.monitor': 'val_accuracy' }
  assert.is(bestEpoch(epochs, monitor)?.epoch, 3)
  const lower = { ...monitor, 'callbacks.early-stopping.better': 'lower' }
  assert.is(bestEpoch(epochs, lower)?.epoch, 1)
  assert.is(bestEpoch({ loss: points([1, 2]) }), undefined)
  assert.is(bestEpoch({ val_loss: points([]) }), undefined)
})

test('which way a metric gets better is what its log says of it, whatever it is called', () => {
  const points = (values: number[]) => ({ steps: values.map((_, i) => i + 1), values })
  const bestOf = (
    metric: string,
    better: Readonly<Record<string, 'higher' | 'lower'>> | undefined,
    config: object = {},
  ) =>
    bestEpoch(
      { [metric]: points([2, 1, 3]) },
      { 'callbacks.best-weights.monitor': metric, ...config },
      better,
    )?.epoch
  for (const metric of ['val_bleu', 'val_recallError', 'val_stop', 'val_loss', 'constructor']) {
    assert.is(bestOf(metric, { [metric]: 'higher' }), 3, metric)
    assert.is(bestOf(metric, { [metric]: 'lower' }), 2, metric)
    // Who looks for it may say otherwise.
    const config = { 'callbacks.best-weights.better': 'higher' }
    assert.is(bestOf(metric, { [metric]: 'lower' }, config), 3, metric)
  }
  // An old log says nothing: then as metrics do, which get better as they grow unless they are losses.
  for (const better of [undefined, {}]) {
    assert.is(bestOf('val_bleu', better), 3)
    assert.is(bestOf('val_loss', better), 2)
    assert.is(bestOf('val_box_loss', better), 2)
  }
})

test.run()
