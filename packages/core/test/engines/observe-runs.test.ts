import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Engine, observeRuns, type Program } from '../../src/index.ts'

const test = suite('observed runs of an engine')

const program: Program = { name: 'nothing', inputs: () => ({}), run: () => ({}) }

/** An engine that does nothing, for so many milliseconds in its first runs, and what its observer is told. */
async function observed(milliseconds: readonly number[]) {
  const told: (number | undefined | 'end')[] = []
  const open: Engine['open'] = async () => {
    let runs = 0
    const pass = async () => {
      const end = performance.now() + (milliseconds[runs++] ?? 0)
      while (performance.now() < end);
      return {}
    }
    const nothing = () => undefined
    return {
      prepare: () => ({ run: pass, warm: async () => void (await pass()), renew: nothing }),
      ...{ adopt: nothing, read: () => new Float32Array(1) },
      ...{ download: nothing, publish: nothing, upload: nothing, dispose: async () => undefined },
    }
  }
  const engine = observeRuns(
    { name: 'idle', open },
    { begin: (expected) => told.push(expected), end: () => told.push('end') },
  )
  assert.is(engine.name, 'idle')
  assert.is(engine.explain, undefined)
  const session = await engine.open({})
  return { told, session }
}

test('a run is expected to take as long as the last one of its program and size', async () => {
  const { told, session } = await observed([0, 40, 0])
  const prepared = session.prepare(program)
  await prepared.warm([8])
  for (let run = 0; run < 3; run++) await prepared.run(8, {})
  const [warm, , first, , second, , third, last] = told
  assert.is(warm, undefined)
  assert.is(first, undefined)
  assert.ok(Number(second) >= 0.04, `${second}`)
  assert.ok(Number(third) < Number(second))
  assert.is(last, 'end')
  assert.is(told.length, 8)
})

test('another program, or size, may take longer than any before; what compiled as it ran tells of other sizes of the same program', async () => {
  const { told, session } = await observed([30, 0, 0, 20])
  const prepared = session.prepare(program)
  // Compiles.
  await prepared.run(8, {})
  await prepared.run(4, {})
  assert.is(told[0], undefined)
  assert.ok(Number(told[2]) >= 0.12, `${told[2]}`)
  told.splice(0)
  await session.prepare(program).run(8, {})
  assert.is(told[0], undefined)
  await prepared.run(4, {})
  await prepared.run(4, {})
  told.splice(0)
  await session.prepare(program).run(8, {})
  assert.ok(Number(told[0]) >= 0.08, `${told[0]}`)
})

test('a run that fails has ended', async () => {
  const told: string[] = []
  const engine = observeRuns(
    {
      name: 'broken',
      open: async () => {
        throw new Error('no device')
      },
      explain: async () => {
        throw new Error('no plan')
      },
    },
    { begin: () => told.push('begin'), end: () => told.push('end') },
  )
  try {
    await engine.explain!(program, {}, { size: 1, feeds: {} })
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'no plan')
  }
  assert.equal(told, ['begin', 'end'])
})

test.run()
