import { testPlugins } from '@ashlar/core/testing'
import { exporterPlugins } from '@ashlar/export'
import { suite } from 'uvu'
import { trackerPlugins } from '../src/index.ts'

const test = suite('trackers')

testPlugins(
  test,
  trackerPlugins,
  {
    callback: {
      tensorboard: [{}, { options: { folder: 'events', every: 1 } }],
      mlflow: { elsewhere: 'in mlflow/mlflow.test.ts and peers/mlflow.test.ts: it needs a server' },
    },
  },
  { using: exporterPlugins },
)

test.run()
