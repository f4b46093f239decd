import { testPlugins } from '@ashlar/core/testing'
import { exporterPlugins } from '@ashlar/export'
import { oneIn, tieredSuite } from '@ashlar/test-support'
import { trackerPlugins } from '../src/index.ts'

const { test, slow } = tieredSuite('trackers')

// Each check of some, and in the tier `slow` of all.
const some = oneIn(6, { test, slow })

testPlugins(
  some,
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
