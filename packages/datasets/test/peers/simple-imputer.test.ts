import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream } from '../../src/index.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

/** A Python that has the package `scikit-learn`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'
const found = spawnSync(python, ['-c', 'import sklearn'])

const test = suite("missing cells beside scikit-learn's SimpleImputer")
const run = found.status === 0 ? test : test.skip

/** The same columns, filled, told and scaled by what the rows say that are trained on; categories are filled alone. */
const PROGRAM = `
import json, sys
import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

given = json.load(sys.stdin)
number = lambda rows, at: np.array([[np.nan if row[at] == "" else np.float64(np.float32(row[at]))] for row in rows])
name = lambda rows, at: np.array([[None if row[at] == "" else row[at]] for row in rows], dtype=object)
answers = {}
for strategy in ["mean", "median", "most_frequent"]:
    parts = {"train": [], "test": []}
    for at in range(3):
        fill = SimpleImputer(strategy=strategy).fit(number(given["train"], at))
        scale = StandardScaler().fit(fill.transform(number(given["train"], at)))
        tell = MissingIndicator(features="all").fit(number(given["train"], at))
        for part in parts:
            numbers = number(given[part], at)
            parts[part] += [scale.transform(fill.transform(numbers)), tell.transform(numbers)]
    fill = SimpleImputer(missing_values=None, strategy="most_frequent").fit(name(given["train"], 3))
    spread = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(fill.transform(name(given["train"], 3)))
    for part in parts:
        names = name(given[part], 3)
        parts[part] += [spread.transform(fill.transform(names)), names == None]
    answers[strategy] = {part: np.concatenate([each.astype(float) for each in all], 1).reshape(-1).tolist() for part, all in parts.items()}
print(json.dumps(answers))
`

type Answers = Readonly<Record<string, { readonly train: number[]; readonly test: number[] }>>

run('mean, median and most frequent, of a table in memory and of one that is streamed', () =>
  withTempFolder(async (folder) => {
    const random = seedrandom.alea('SimpleImputer')
    const rows = (count: number) =>
      Array.from({ length: count }, (_, id) =>
        [
          ...[
            Math.floor(random() * 20),
            (random() - 0.5) * 1e5,
            200 + Math.round(random() * 40) / 8,
          ],
          ['Bonn', 'Köln', 'Ulm', 'Aachen'][Math.floor(random() * 4)]!,
        ]
          // Of both parts, so that each column tells.
          .map((cell, at) => (random() < 0.2 || id === at ? '' : String(cell))),
      )
    const [train, held] = [rows(301), rows(60)]
    const text = (all: string[][]) =>
      `a,b,c,town,y\n${all.map((row, at) => `${row.join(',')},${at}`).join('\n')}\n`
    await writeFile(join(folder, 'train.csv'), text(train))
    await writeFile(join(folder, 'test.csv'), text(held))
    const { status, stdout, stderr } = spawnSync(python, ['-c', PROGRAM], {
      ...{ input: JSON.stringify({ train, test: held }), encoding: 'utf8', maxBuffer: 2 ** 26 },
    })
    assert.is(status, 0, stderr)
    const answers = JSON.parse(stdout) as Answers
    for (const [strategy, expected] of Object.entries(answers)) {
      const options = {
        ...{ target: 'y', task: 'regression', categorical: ['town'], missingIndicator: true },
        missing: strategy.replace('_', '-'),
      }
      const held = createAnyDataset(
        csv,
        { file: 'train.csv', test: 'test.csv', ...options },
        { folder },
      )
      const streamed = createAnyDataset(
        csvStream,
        { files: 'train.csv', testFiles: 'test.csv', threads: 0, ...options },
        { folder },
      )
      for (const dataset of [held, streamed]) {
        const parts = partsOf(await dataset.load())
        const [ours, tested] = await Promise.all(parts.map((split) => listed(split, dataset)))
        close(ours!.inputs as number[], expected.train)
        close(tested!.inputs as number[], expected.test)
      }
    }
  }),
)

function close(ours: readonly number[], theirs: readonly number[]): void {
  assert.is(ours.length, theirs.length)
  for (const [at, number] of ours.entries()) {
    const away = Math.abs(number - theirs[at]!)
    // A mean is filled as float32 has it, as all numbers are: a step of 200 is a hundred thousandth of the deviation.
    assert.ok(away <= 1e-5 * Math.max(1, Math.abs(theirs[at]!)), `${at}: ${number}, ${theirs[at]}`)
  }
}

test.run()
