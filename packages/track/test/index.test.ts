import { testPlugins } from '@ashlar/core/testing'
import { exporters } from '@ashlar/export'
import { suite } from 'uvu'
import { trackers } from '../src/index.ts'

const test = suite('trackers')

testPlugins(
  test,
  trackers,
  {
    callback: {
      tensorboard: [{}, { options: { folder: 'events', every: 1 } }],
      mlflow: { elsewhere: 'in mlflow/mlflow.test.ts and peers/mlflow.test.ts: it needs a server' },
    },
  },
  { using: exporters },
)

test.run()
