import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scanLines } from '../../src/streams/scans/lines.ts'
import { requireRoom, scanNpz } from '../../src/streams/scans/npz.ts'
import { scanNumpy } from '../../src/streams/scans/numpy.ts'
import { threadsWithin, unpackFile } from '../../src/streams/shard-files.ts'
import { npy, records } from '../support/records.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { zip } from '../support/zip.ts'

const test = suite('packed files of streams')

const unpacked = (file: string, folder: string, names: readonly string[]) =>
  scanNpz({ kind: 'npz', files: [file], columns: [], options: { folder, names } })

test('arrays of a .npz file are those that were packed', () =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'a.npz')
    const x = npy('<f4', [4, 2], Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]))
    const y = npy('|u1', [4], Uint8Array.from([0, 1, 2, 1]))
    await writeFile(file, zip({ 'x.npy': x, 'other.npy': Buffer.alloc(9), 'y.npy': y }))
    const to = join(folder, 'to')
    await unpacked(file, to, ['x', 'y'])
    assert.equal((await readdir(to)).sort(), ['x.npy', 'y.npy'])
    assert.equal(await readFile(join(to, 'x.npy')), x)
    const files = ['x', 'y'].map((name) => join(to, `${name}.npy`))
    const { length, columns } = scanNumpy({
      ...{ kind: 'numpy', files, columns: [{ field: 'y', asNumbers: true }] },
      options: { arrays: ['x', 'y'].map((name, at) => ({ name, files: [files[at]] })) },
    })
    assert.is(length, 4)
    assert.equal([...columns.y!.numbers!], [0, 1, 2, 1])
    assert.match(
      await refusal(() => unpacked(file, to, ['z'])),
      /a\.npz: array must be one of x, other, y, got "z"/,
    )
  }))

test('arrays and files that come to far more than they are packed', () =>
  withTempFolder(async (folder) => {
    const zeros = Buffer.alloc(32 << 20)
    const file = join(folder, 'a.npz')
    const to = join(folder, 'to')
    await writeFile(file, zip({ 'x.npy': zeros }))
    assert.match(
      await refusal(() => unpacked(file, to, ['x'])),
      /a\.npz, x: must come to at most \d+ bytes, unpacked, for its \d+, got 33554432\n/,
    )
    assert.equal(await readdir(to), [])
    const path = join(folder, 'a.jsonl.gz')
    await writeFile(path, gzipSync(zeros))
    assert.match(
      await refusal(() => unpackFile(path)),
      /a\.jsonl\.gz: must come to at most \d+ bytes, unpacked, for its \d+\n/,
    )
    await writeFile(path, gzipSync(zeros.subarray(0, 8 << 20)))
    assert.is(unpackFile(path).length, 8 << 20)
  }))

test('an array that the disk has no room for', () =>
  withTempFolder(async (folder) => {
    await mkdir(join(folder, 'to'))
    const of = (size: number) => () =>
      requireRoom('a.npz, x', join(folder, 'to'), { compressedSize: size, uncompressedSize: size })
    of(1)()
    assert.match(
      await refusal(of(2 ** 60)),
      /a\.npz, x: must come to at most the \d+ bytes that are free in .*\/to, got 1152921504606\d+\n/,
    )
  }))

test('threads hold no more than 4 GiB of unpacked files, whatever their number', () =>
  withTempFolder(async (folder) => {
    for (const threads of [1, 2, 7, 64]) {
      assert.is(threadsWithin(threads), threads)
      for (const bytes of [1, 1000, 5e7, 3e8, 2 ** 31 - 1]) {
        const count = threadsWithin(threads, bytes)
        assert.ok(count >= 1 && count <= threads)
        assert.ok(count * 2 * bytes <= 2 ** 32, `${count} threads of ${bytes}`)
        assert.ok(count === threads || (count + 1) * 2 * bytes > 2 ** 32, 'one more has room')
      }
    }
    const text = records(9)
      .map((each) => JSON.stringify(each))
      .join('\n')
    const files = [join(folder, 'a.jsonl.gz'), join(folder, 'b.jsonl.gz')]
    await writeFile(files[0]!, gzipSync(text))
    await writeFile(files[1]!, gzipSync(text.slice(0, text.lastIndexOf('\n'))))
    const { packedBytes, chunks } = scanLines({ kind: 'lines', files, columns: [] })
    assert.is(packedBytes, Buffer.byteLength(text))
    assert.equal([...chunks!], [...Array(9).fill(0), ...Array(8).fill(1)])
  }))

test.run()
