import { type Callback, definePlugin, type GroupEnding, type RunGroup } from '@ashlar/core'
import { Registry } from '@ashlar/plugins'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { groupEnding, paramsOf, RunGroups } from '../../src/run/groups.ts'
import { newTrial, type Trial } from '../../src/trials/trial.ts'
import { resolver, tinySweep } from '../support/sweep.ts'

const test = suite('what callbacks keep above trials')

interface Told {
  readonly folders: (string | undefined)[]
  readonly began: RunGroup[]
  readonly added: [step: number, metrics: object][]
  readonly ended: GroupEnding[]
}

/** The experiment of the tests with a callback that keeps groups. */
async function withKeeper(refuses: boolean = false) {
  const told: Told = { folders: [], began: [], added: [], ended: [] }
  const keeper = definePlugin({
    kind: 'callback',
    name: 'keeper',
    description: 'Keeps what it is told.',
    options: z.strictObject({ parent: z.string().optional().describe('Of the group.') }),
    create(_, { runFolder }): Callback {
      told.folders.push(runFolder)
      return {
        name: 'keeper',
        async beginGroup(group) {
          told.began.push(group)
          return {
            options: { parent: 'p7' },
            async add(step, metrics) {
              if (refuses) throw new Error('gone away')
              told.added.push([step, metrics])
            },
            end: async (ending) => void told.ended.push(ending),
          }
        },
      }
    },
  })
  const { experiment } = await resolver([])([])
  const callbacks = { keeper: { name: 'keeper' }, quiet: { name: 'quiet' } }
  const quiet = definePlugin({
    ...{ kind: 'callback', name: 'quiet', description: 'None.', options: z.strictObject({}) },
    create: (): Callback => ({ name: 'quiet' }),
  } as const)
  const registry = new Registry().register([keeper, quiet], 'the tests')
  return { told, resolved: { experiment: { ...experiment, callbacks }, registry } as never }
}

const GROUP: RunGroup = { name: 'g', folder: '/g', params: {} }

function trial(index: number, score: number): Trial {
  const made = newTrial({ id: String(index).repeat(16), index, params: { a: index }, epochs: 3 })
  made.rungs.push({ epochs: 3, score })
  made.isOver = true
  return made
}

const result = (loss: number) => ({ metrics: { loss } }) as never

test('tells what is better than before, in order, and how it ended', async () => {
  const { told, resolved } = await withKeeper()
  const trials = [trial(1, 0.9), trial(2, 0.95), trial(3, 0.2), trial(4, Number.POSITIVE_INFINITY)]
  const groups = await RunGroups.open(resolved, GROUP, [], assert.unreachable)
  assert.equal(told.began, [GROUP])
  for (const each of trials) groups.add(each, result(each.rungs[0]!.score))
  const all = new Map(trials.map((each) => [each.id, each]))
  await groups.end(groupEnding(all, 'finished'))
  assert.equal(told.added, [
    [1, { loss: 0.9 }],
    [3, { loss: 0.2 }],
  ])
  const [ending] = told.ended
  assert.is(ending!.best!.id, '3'.repeat(16))
  assert.equal(ending!.counts, { completed: 4, pruned: 0, failed: 0 })
})

test('counts on from what the sweep had already', async () => {
  const { told, resolved } = await withKeeper()
  const groups = await RunGroups.open(
    resolved,
    GROUP,
    [trial(1, 0.9), trial(2, 0.5)],
    assert.unreachable,
  )
  groups.add(trial(3, 0.6), result(0.6))
  groups.add(trial(4, 0.4), result(0.4))
  await groups.end(groupEnding(new Map(), 'interrupted'))
  assert.equal(told.added, [[4, { loss: 0.4 }]])
  assert.is(told.ended[0]!.best, null)
})

test('has trials find the group, and leaves other callbacks alone', async () => {
  const { resolved } = await withKeeper()
  const groups = await RunGroups.open(resolved, GROUP, [], assert.unreachable)
  const { callbacks, epochs } = groups.configured({
    epochs: 3,
    callbacks: { keeper: { name: 'keeper' }, quiet: { name: 'quiet' } },
  })
  assert.is(epochs, 3)
  assert.equal(callbacks, { keeper: { name: 'keeper', parent: 'p7' }, quiet: { name: 'quiet' } })
  assert.equal(groups.configured({ callbacks: {} }), { callbacks: {} })
})

test('may write to the folder of the group', async () => {
  const { told, resolved } = await withKeeper()
  await RunGroups.open(resolved, GROUP, [], assert.unreachable)
  assert.equal(told.folders, [GROUP.folder])
})

test('a log that fails later is told, and the sweep goes on', async () => {
  const { told, resolved } = await withKeeper(true)
  const notices: string[] = []
  const groups = await RunGroups.open(resolved, GROUP, [], (text) => notices.push(text))
  groups.add(trial(1, 0.9), result(0.9))
  await groups.end(groupEnding(new Map(), 'finished'))
  assert.equal(notices, ['keeper: gone away'])
  assert.is(told.ended.length, 1)
})

test('says what varies and how it is searched', () => {
  const request = { ...tinySweep({ args: ['batchSize=4,8', 'epochs=3'] }), base: '' }
  const params = paramsOf({ ...request, launcher: { name: 'bullmq', queue: 'redis://:pw@h' } })
  assert.is(params.batchSize, '4,8')
  assert.not.match(JSON.stringify(params), 'pw')
  assert.equal(params.sweep, {
    ...{ metric: 'val_loss', seed: 1, suggester: 'random', scheduler: 'full' },
    ...{ launcher: 'bullmq', constraints: [], trials: 4 },
  })
})

test.run()
