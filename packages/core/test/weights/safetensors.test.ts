import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  decodeSafetensors,
  encodeSafetensors,
  type StoredTensors,
  tensorNames,
} from '../../src/index.ts'

const test = suite('safetensors')

const stored: StoredTensors = {
  tensors: new Map([
    [
      'a.kernel',
      { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 0.5, Number.POSITIVE_INFINITY) },
    ],
    ['empty', { dtype: 'F32', shape: [0, 3], data: new Float32Array() }],
    ['count', { dtype: 'I32', shape: [], data: Int32Array.of(-7) }],
    ['odd "name"', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
  ]),
  metadata: { format: 'ashlar', note: 'ü' },
}

test('what was written is read back', () => {
  const bytes = encodeSafetensors(stored)
  assert.equal(decodeSafetensors(bytes, 'x'), stored)
  assert.equal(encodeSafetensors(stored), bytes, 'equal tensors give equal bytes')
})

test('a file in the middle of a larger buffer is read', () => {
  const bytes = encodeSafetensors(stored)
  const larger = new Uint8Array(bytes.length + 13)
  larger.set(bytes, 5)
  assert.equal(decodeSafetensors(larger.subarray(5, 5 + bytes.length), 'x'), stored)
})

test('names are told by the header alone, without the numbers behind it', () => {
  const bytes = encodeSafetensors(stored)
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
  assert.equal([...tensorNames(bytes.subarray(0, start), 'x')], [...stored.tensors.keys()])
  assert.throws(
    () => tensorNames(bytes.subarray(0, start - 1), 'x'),
    /^x: the file must hold its header/,
  )
})

/** A file with this header and that many bytes of data. */
function file(header: unknown, data = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

function withLength(length: bigint): Uint8Array {
  const bytes = file({})
  new DataView(bytes.buffer).setBigUint64(0, length, true)
  return bytes
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

const refusals: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', new Uint8Array(), /^w: a safetensors file must have at least 8 bytes, got 0$/],
  [
    'a huge header',
    withLength(2n ** 63n),
    /^w: the header must have at most 100000000 bytes, got 9223372036854775808n$/,
  ],
  [
    'a header beyond the file',
    withLength(99n),
    /^w: the file must hold its header of 99 bytes, got 10$/,
  ],
  [
    'a PNG',
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0),
    /^w: the header must have at most/,
  ],
  ['no object', file('[]'), /^w: the header must begin with \{, got 91$/],
  ['no JSON', file('{x'), /^w: the header must be JSON, got "/],
  [
    'a name twice',
    file(
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
    ),
    /^w: every tensor must be listed once, got "a"$/,
  ],
  [
    'metadata that is no map',
    file({ __metadata__: { a: 1 } }),
    /^w: __metadata__ must map names to strings, got \{"a":1\}$/,
  ],
  [
    'an unknown dtype',
    file({ a: { ...f32(0, 4), dtype: 'F8' } }, 4),
    /^w: tensor a must have dtype F32, I32, U8, got "F8"$/,
  ],
  [
    'a dtype that is a property of objects',
    file({ a: { ...f32(0, 4), dtype: 'toString' } }, 4),
    /^w: tensor a must have dtype/,
  ],
  [
    'no shape',
    file({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4),
    /^w: tensor a must have a shape$/,
  ],
  [
    'a negative size',
    file({ a: f32(0, 4, [-1]) }, 4),
    /^w: tensor a must have a shape, got \[-1\]$/,
  ],
  [
    'offsets backwards',
    file({ a: { dtype: 'F32', shape: [1], data_offsets: [4, 0] } }, 4),
    /^w: tensor a must have data_offsets \[begin, end\], got \[4, 0\]$/,
  ],
  [
    'another size than the shape',
    file({ a: f32(0, 4, [2]) }, 4),
    /^w: tensor a of shape \[2\] must have 8 bytes, got 4$/,
  ],
  ['a size beyond numbers', file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, 4), /^w: tensor a of shape/],
  [
    'a hole',
    file({ a: f32(0, 4), b: f32(8, 12) }, 12),
    /^w: tensor b must begin where the one before ends, at 4, got 8$/,
  ],
  [
    'an overlap',
    file({ a: f32(0, 8), b: f32(4, 8) }, 8),
    /^w: tensor b must begin where the one before ends, at 8, got 4$/,
  ],
  [
    'a truncated file',
    file({ a: f32(0, 8) }, 7),
    /^w: tensor a must end within the file of \d+ bytes, got \d+$/,
  ],
  [
    'bytes at the end',
    file({ a: f32(0, 4) }, 5),
    /^w: the file must end with its last tensor, at byte \d+, got \d+$/,
  ],
]

for (const [name, bytes, message] of refusals) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => decodeSafetensors(bytes, 'w'),
      (error: Error) => {
        assert.is(error.name, 'DataError')
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('a name like __proto__ is a name', () => {
  const bytes = file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1)
  assert.equal([...decodeSafetensors(bytes, 'x').tensors.keys()], ['__proto__'])
})

test('such a name is written, too', () => {
  const tensors = new Map([
    ['__proto__', { dtype: 'U8', shape: [1], data: Uint8Array.of(9) }],
  ] as const)
  const bytes = encodeSafetensors({ tensors, metadata: {} })
  assert.equal(decodeSafetensors(bytes, 'x').tensors, tensors)
})

test('NaN passes through', () => {
  const data = Float32Array.of(Number.NaN)
  const bytes = encodeSafetensors({
    tensors: new Map([['a', { dtype: 'F32', shape: [], data }]]),
    metadata: {},
  })
  assert.ok(Number.isNaN(decodeSafetensors(bytes, 'x').tensors.get('a')!.data[0]))
})

test('every file cut short is refused', () => {
  const bytes = encodeSafetensors(stored)
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSafetensors(bytes.subarray(0, length), 'w'))
  }
})

test.run()
