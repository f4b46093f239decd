import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withMlflow } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('a sweep in the mlflow server')

/** A Python that has the package `mlflow`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import mlflow'], { encoding: 'utf8' })

/** As a user of MLflow asks: the runs under a run. */
const PROGRAM = `
import json, sys
import mlflow
client = mlflow.MlflowClient(sys.argv[1])
experiment = client.get_experiment_by_name("sweeps")
runs = client.search_runs([experiment.experiment_id])
seen = lambda run: {"id": run.info.run_id, "name": run.info.run_name, "status": run.info.status,
    "params": run.data.params, "tags": run.data.tags, "metrics": run.data.metrics}
parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
children = [client.search_runs([experiment.experiment_id],
    f"tags.mlflow.parentRunId = '{run.info.run_id}'") for run in parents]
print(json.dumps({"parents": [seen(run) for run in parents],
    "children": [[seen(run) for run in of] for of in children], "count": len(runs)}))
`

interface Seen {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
}

interface Table {
  readonly trials: { id: string; params: object; metrics: Record<string, number> }[]
  readonly best: Table['trials'][number]
}

function ask(url: string): { parents: Seen[]; children: Seen[][]; count: number } {
  const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM, url], { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout)
}

if (found.status !== 0) {
  test(`NOT RUN: ${python} has no mlflow (set ASHLAR_PYTHON to one that has)`, () => undefined)
} else {
  test('is a parent run with what varies and what was best, and a child for each trial', () =>
    withMlflow(python, (url) =>
      inScratch({}, async (folder) => {
        const out = join(folder, 'runs')
        const table = await ashlarJson<Table>(
          ...['sweep', TINY, 'optimizer.learningRate=1e-3,1e-1', 'epochs=2'],
          `callbacks.mlflow={url: "${url}", experiment: sweeps, artifacts: false}`,
          ...['--metric', 'loss', '--out', out],
        )
        const { parents, children, count } = ask(url)
        assert.is(parents.length, 1)
        assert.is(count, 3)
        const [parent] = parents
        const [name = ''] = (await readdir(out)).filter((each) => each.endsWith('-sweep'))
        assert.is(parent!.name, name)
        assert.is(parent!.status, 'FINISHED')
        assert.is(parent!.params['optimizer.learningRate'], '1e-3,1e-1')
        assert.is(parent!.params['sweep.metric'], 'loss')
        assert.is(parent!.tags['best.trial'], table.best.id)
        assert.is(parent!.metrics.loss, table.best.metrics.loss)
        assert.is(parent!.tags['trials.completed'], '2')
        assert.equal(
          children[0]!.map((each) => [each.name, each.status, each.metrics.loss]).sort(),
          table.trials.map(({ id, metrics }) => [id, 'FINISHED', metrics.loss]).sort(),
        )
        // Going on with it makes no further runs.
        await ashlarJson('sweep', '--resume', join(out, name))
        const again = ask(url)
        assert.equal([again.count, again.parents[0]!.id], [3, parent!.id])
        assert.is(again.parents[0]!.status, 'FINISHED')
      }),
    ))
}

test.run()
