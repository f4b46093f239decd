import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
  formatMetrics,
  formatPath,
} from '../../src/terminal/format.ts'

const test = suite('format')

test('counts have separators', () => {
  assert.is(formatCount(999), '999')
  assert.is(formatCount(11_189_770), '11,189,770')
})

test('durations are minutes and seconds, with hours where there are any', () => {
  assert.is(formatDuration(0.4), '0:00')
  assert.is(formatDuration(59.6), '1:00')
  assert.is(formatDuration(3723), '1:02:03')
  assert.is(formatDuration(-5), '0:00')
})

test('sizes have two or three digits and a unit', () => {
  assert.is(formatBytes(512), '512 bytes')
  assert.is(formatBytes(9_400), '9.4 KB')
  assert.is(formatBytes(612_345), '612 KB')
  assert.is(formatBytes(999_600), '1.0 MB')
  assert.is(formatBytes(44_800_000), '45 MB')
})

test('metrics have four digits, and those of large whole numbers', () => {
  assert.is(formatMetric(0.98765), '0.9877')
  assert.is(formatMetric(12.3456), '12.35')
  assert.is(formatMetric(0.00001234), '1.23e-5')
  assert.is(formatMetric(1), '1')
  // Prices are no powers of ten to anybody.
  assert.is(formatMetric(9876.54), '9877')
  assert.is(formatMetric(379_123.4), '379,123')
  assert.is(formatMetric(-12_345.6), '-12,346')
  assert.is(formatMetric(1.5e9), '1.50e+9')
  assert.is(formatMetric(0), '0')
  assert.is(formatMetrics({ loss: 0.5, accuracy: 0.25 }), 'loss 0.5, accuracy 0.25')
})

test('paths inside of the working folder are relative', () => {
  assert.is(formatPath(join(process.cwd(), 'runs', 'x')), join('runs', 'x'))
  assert.is(formatPath('/elsewhere/x'), '/elsewhere/x')
})

test.run()
