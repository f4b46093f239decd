import { strict as assert } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Check } from '@ashlar/core/testing'
import { SWEEP } from '@ashlar/experiment/runs'
import type { LaunchContext } from '../launch/launcher.ts'
import type { TaskResult, TrialTask } from '../trials/task.ts'
import { commandOf } from '../work/command.ts'

const MODULE = fileURLToPath(new URL(`trivial-process${extname(import.meta.url)}`, import.meta.url))

/** Starts tasks where a cluster does it. */
const COMMAND = commandOf(
  fileURLToPath(new URL(`trivial-command${extname(import.meta.url)}`, import.meta.url)),
)

async function contextIn(folder: string): Promise<LaunchContext> {
  await writeFile(join(folder, SWEEP), '{}')
  return {
    ...{ sweep: 'contract', folder, module: MODULE, command: COMMAND, threads: undefined },
    notice: () => undefined,
  }
}

function tasks(count: number): TrialTask[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: String(i + 1).padStart(16, '0'), until: 1, config: {}, metric: 'val_loss' },
    ...{ threads: 1, requires: { plugins: {} }, attempts: 1 },
  }))
}

/** What every launcher must keep. */
export const launcherChecks: readonly Check<'launcher'>[] = [
  {
    name: 'ends every task, once',
    async run({ create, folder }) {
      const launched = await create().open(await contextIn(folder))
      assert.ok(launched.capacity >= 1 && launched.threads >= 1)
      const given = tasks(5)
      const ended: TaskResult[] = []
      try {
        await new Promise<void>((resolve, reject) => {
          const listener = {
            epoch: () => undefined,
            ended: (result: TaskResult) => {
              ended.push(result)
              if (ended.length === given.length) resolve()
            },
          }
          launched.start(given, listener).catch(reject)
        })
      } finally {
        await launched.end()
      }
      assert.deepEqual(
        ended.map(({ id }) => id).sort(),
        given.map(({ id }) => id),
      )
      assert.ok(ended.every(({ status }) => status === 'reached'))
    },
  },
  {
    name: 'gives back what it is given after it was stopped',
    async run({ create, folder }) {
      const launched = await create().open(await contextIn(folder))
      await launched.stop()
      const ended = await new Promise<TaskResult>((resolve, reject) => {
        launched.start(tasks(1), { epoch: () => undefined, ended: resolve }).catch(reject)
      })
      await launched.end()
      assert.equal(ended.status, 'given-back')
    },
  },
]
