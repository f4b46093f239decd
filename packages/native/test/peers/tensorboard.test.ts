import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findNative } from '../../src/install/find.ts'
import { openEventWriter } from '../../src/tensorboard/event-writer.ts'
import { inFolder } from '../support/temporary.ts'

/** A Python that has the package `tensorboard`. */
const python = process.env.ASHLAR_PYTHON ?? 'python3'

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'tensors': 0, 'scalars': 0})
events.Reload()
from tensorboard.util import tensor_util
tags = events.Tags()
values = {tag: [[e.step, tensor_util.make_ndarray(e.tensor_proto).tolist()] for e in events.Tensors(tag)] for tag in tags['tensors']}
values.update({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']})
print(json.dumps(values))
`

const test = suite('tensorboard of PyPI')
const installed = (await findNative()).state === 'ready'
const there = spawnSync(python, ['-c', 'import tensorboard']).status === 0
if (!installed) process.stdout.write('  skipped: TensorFlow native is not installed\n')
if (!there) process.stdout.write(`  skipped: ${python} has no package tensorboard\n`)
const check = installed && there ? test : test.skip

check('reads the curves and histograms that Ashlar writes', () =>
  inFolder(async (folder) => {
    const events = await openEventWriter(folder)
    for (const step of [0, 1, 2]) await events.scalar('loss', 1 / 2 ** step, step)
    await events.histogram('weights', [0, 1, 1, 3], 2, 3)
    await events.flush()
    const { status, stdout, stderr } = spawnSync(python, ['-c', READ, folder], {
      encoding: 'utf8',
    })
    assert.is(status, 0, stderr)
    const read = JSON.parse(stdout.trim().split('\n').at(-1)!)
    assert.equal(read.loss, [
      [0, 1],
      [1, 0.5],
      [2, 0.25],
    ])
    // Left edge, right edge and count of each bucket.
    assert.equal(read.weights, [
      [
        2,
        [
          [0, 1, 1],
          [1, 2, 2],
          [2, 3, 1],
        ],
      ],
    ])
  }),
)

test.run()
