import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inScratch, refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeOldCheckpoints } from '../../src/checkpoints/remove-old.ts'
import { readCheckpoint, type TrainingState, writeCheckpoint } from '../../src/index.ts'

const test = suite('checkpoints')

function stateAt(step: number, value: number = step): TrainingState {
  return {
    progress: {
      run: {
        engine: 'tfjs',
        seed: 1,
        batchSize: 2,
        samples: 6,
        shuffle: true,
        accumulate: 1,
        data: 'sha256:0',
      },
      step,
      epoch: 1,
      batch: 2,
      optimizer: { steps: step, updates: step, gathered: 0 },
      learningRateFactor: 0.1,
      seconds: 1.5,
      epochs: [
        { epoch: 0, metrics: { loss: 0.1, nothing: Number.NaN }, learningRate: 0.3, seconds: 1 },
      ],
      callbacks: { 'early-stopping': { waited: 1 } },
    },
    tensors: new Map([
      ['weights/a', { dtype: 'F32', shape: [2], data: Float32Array.of(value, 0.1) }],
      ['optimizer/t', { dtype: 'I32', shape: [], data: Int32Array.of(7) }],
    ]),
  }
}

const tensorsOf = async (folder: string) =>
  (await readdir(folder)).filter((file) => file.endsWith('.safetensors')).sort()

test('come back as they were', () =>
  inScratch({}, async (folder) => {
    const path = join(folder, 'deep/checkpoints')
    await writeCheckpoint(path, stateAt(200))
    const found = (await readCheckpoint(path))!
    assert.equal(found, { state: stateAt(200), damaged: [] })
  }))

test('numbers that JSON has no form for come back as well', () =>
  inScratch({}, async (folder) => {
    const state = stateAt(200)
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324]
    const metrics = Object.fromEntries(odd.map((value, i) => [`m${i}`, value]))
    const progress = {
      ...state.progress,
      epochs: [{ epoch: 0, metrics, learningRate: Number.POSITIVE_INFINITY, seconds: 1 }],
      callbacks: { own: { best: odd, deep: { $number: 'none', text: 'Infinity' } } },
    }
    await writeCheckpoint(folder, { ...state, progress })
    const found = (await readCheckpoint(folder))!.state.progress
    assert.equal(found, progress)
    assert.ok(Object.is((found.callbacks.own as { best: number[] }).best[3], -0))
    // Checkpoints of earlier versions have null in their place.
    const path = join(folder, 'step-00000200.json')
    const text = (await readFile(path, 'utf8')).replaceAll(/\{\s*"\$number": "NaN"\s*\}/g, 'null')
    await writeFile(path, text)
    assert.ok(Number.isNaN((await readCheckpoint(folder))!.state.progress.epochs[0]!.metrics.m0))
  }))

test('a folder without any, or no folder, has none', () =>
  inScratch({ 'notes.json': '{}', 'step-1.txt': '' }, async (folder) => {
    assert.is(await readCheckpoint(folder), undefined)
    assert.is(await readCheckpoint(join(folder, 'none')), undefined)
    await removeOldCheckpoints(join(folder, 'none'), 0, 2)
    await removeOldCheckpoints(folder, 0, 2)
    assert.equal((await readdir(folder)).sort(), ['notes.json', 'step-1.txt'])
  }))

test('the newest by step is read, whatever the number of digits', () =>
  inScratch({}, async (folder) => {
    for (const step of [9, 123_456_789, 99_999_999]) await writeCheckpoint(folder, stateAt(step), 9)
    assert.is((await readCheckpoint(folder))!.state.progress.step, 99_999_999)
    await writeCheckpoint(folder, stateAt(123_456_789), 9)
    assert.is((await readCheckpoint(folder))!.state.progress.step, 123_456_789)
  }))

test('every truncation and every flipped byte is noticed, and the one before is read', () =>
  inScratch({}, async (folder) => {
    await writeCheckpoint(folder, stateAt(1))
    await writeCheckpoint(folder, stateAt(2))
    for (const file of await readdir(folder)) {
      if (!file.startsWith('step-00000002')) continue
      const path = join(folder, file)
      const good = await readFile(path)
      const stays = async (expected: number, why: string) => {
        const found = (await readCheckpoint(folder))!
        assert.is(found.state.progress.step, expected, why)
        assert.is(found.damaged.length, expected === 2 ? 0 : 1, why)
      }
      for (let length = 0; length < good.length; length += file.endsWith('.json') ? 1 : 7) {
        await truncate(path, length)
        // A manifest whose last line break is gone says all it has to.
        await stays(
          length === good.length - 1 && file.endsWith('.json') ? 2 : 1,
          `cut at ${length}`,
        )
        await writeFile(path, good)
      }
      if (file.endsWith('.json')) continue
      for (let place = 0; place < good.length; place += 3) {
        const bad = Buffer.from(good)
        bad[place]! ^= 1
        await writeFile(path, bad)
        await stays(1, `flipped at ${place}`)
      }
      await writeFile(path, good)
      await stays(2, 'whole again')
    }
  }))

test('when none is whole, each is said to be damaged and how', () =>
  inScratch({}, async (folder) => {
    await writeCheckpoint(folder, stateAt(1))
    await writeCheckpoint(folder, stateAt(2))
    const [first] = await tensorsOf(folder)
    await rm(join(folder, first!))
    await writeFile(join(folder, 'step-00000002.json'), '{"format":"other"}')
    const message = (await refusal(() => readCheckpoint(folder))).replaceAll(`${folder}/`, '')
    assert.match(message, /: at least one checkpoint must be whole\n/)
    assert.match(message, /step-00000002\.json: the manifest must be whole, got "/)
    assert.match(message, new RegExp(`${first}: the file must be readable, got "ENOENT`))
  }))

test('a manifest cannot name a file elsewhere', () =>
  inScratch({}, async (folder) => {
    await writeCheckpoint(folder, stateAt(1))
    const path = join(folder, 'step-00000001.json')
    const text = await readFile(path, 'utf8')
    const [file] = await tensorsOf(folder)
    await writeFile(path, text.replace(file!, '../secret'))
    assert.match(await refusal(() => readCheckpoint(folder)), /files\[0\]\.name/)
  }))

test('the newest stay; later steps of a run that was given up go once a new one is there', () =>
  inScratch({}, async (folder) => {
    for (const step of [1, 2, 3, 8]) await writeCheckpoint(folder, stateAt(step), 2)
    assert.is((await tensorsOf(folder)).length, 2)
    await writeCheckpoint(folder, stateAt(4), 2)
    assert.equal((await readdir(folder)).filter((file) => file.endsWith('.json')).sort(), [
      'step-00000003.json',
      'step-00000004.json',
    ])
    assert.is((await tensorsOf(folder)).length, 2)
  }))

test('one of the same step takes the place of the other', () =>
  inScratch({}, async (folder) => {
    await writeCheckpoint(folder, stateAt(1, 10))
    await writeCheckpoint(folder, stateAt(1, 20))
    assert.equal((await readCheckpoint(folder))!.state, stateAt(1, 20))
    assert.is((await tensorsOf(folder)).length, 1)
  }))

test('what was left half-written is swept', () =>
  inScratch({}, async (folder) => {
    await writeCheckpoint(folder, stateAt(1))
    await writeFile(join(folder, 'step-00000002-abc.safetensors'), 'x')
    await writeFile(join(folder, 'step-00000002.json.12-ab.tmp'), 'x')
    await writeFile(join(folder, 'mine.safetensors'), 'x')
    await removeOldCheckpoints(folder, 1, 2)
    assert.is((await readdir(folder)).length, 3)
    assert.equal((await readCheckpoint(folder))!.state, stateAt(1))
  }))

test('a run that was killed before it removed the oldest does so when it goes on', () =>
  inScratch({}, async (folder) => {
    for (const step of [1, 2, 3, 8]) await writeCheckpoint(folder, stateAt(step), 9)
    // It goes on from 3: what is of a later step was not whole, is not counted, and stays until the next one is written.
    await removeOldCheckpoints(folder, 3, 2)
    const manifests = (await readdir(folder)).filter((file) => file.endsWith('.json'))
    const steps = manifests.map((file) => Number(/\d+/.exec(file)![0]))
    assert.equal(
      steps.sort((a, b) => a - b),
      [2, 3, 8],
    )
    assert.is((await tensorsOf(folder)).length, 3)
  }))

test.run()
