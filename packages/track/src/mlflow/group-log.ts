import { join } from 'node:path'
import type { GroupEnding, GroupLog, RunGroup } from '@ashlar/core'
import { flatten } from '@ashlar/experiment/runs'
import type { MlflowStatus } from './client.ts'
import { openRunLog, type RunLogOptions } from './run-log.ts'

/** The tag by which MLflow puts a run under another one. */
export const PARENT = 'mlflow.parentRunId'

const STATUS: Readonly<Record<GroupEnding['outcome'], MlflowStatus>> = {
  finished: 'FINISHED',
  interrupted: 'KILLED',
  failed: 'FAILED',
}

/**
 * A run above those of a group: its parameters are the group's, its metrics the best so far. What the best one is stands in tags, `best.trial` and `best.<parameter>`, as
 * a parameter could not change when the group goes on.
 *
 * @throws DataError when the server does not answer.
 */
export async function openGroupLog(
  options: Pick<RunLogOptions, 'url' | 'experiment' | 'clock'>,
  { name, folder, params }: RunGroup,
): Promise<GroupLog> {
  const { url, experiment, clock } = options
  const log = await openRunLog({
    ...{ url, experiment, clock, run: name, file: join(folder, 'mlflow.json') },
    params: async () => flatten(params),
    takesArtifacts: false,
  })
  await log.begin()
  return {
    options: { parent: log.id! },
    add: (step, metrics) => log.add(step, metrics),
    async end({ outcome, counts, best }) {
      await log.tag({
        ...Object.fromEntries(Object.entries(counts).map(([key, n]) => [`trials.${key}`, n])),
        ...(best !== null && { 'best.trial': best.id }),
        ...Object.fromEntries(
          Object.entries(flatten(best?.params ?? {})).map(([key, value]) => [`best.${key}`, value]),
        ),
      })
      await log.end(STATUS[outcome], {})
    },
  }
}
