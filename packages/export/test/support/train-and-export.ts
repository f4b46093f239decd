import { asModel } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { type ExportReport, exportOnnx } from '../../src/index.ts'
import { buildPlan, type ModelPlan } from './random-models.ts'

/** Builds a plan, trains it for one step, and exports it, which verifies it. */
export async function trainAndExport(plan: ModelPlan): Promise<ExportReport> {
  const network = buildPlan(plan)
  const model = asModel(network)
  const x = tf.randomUniform([3, ...plan.input], -1, 1, 'float32', 5)
  const y = tf.randomUniform([3, plan.units], -1, 1, 'float32', 6)
  try {
    model.compile({ optimizer: 'sgd', loss: 'mean-squared-error', metrics: [] })
    await model.fit(x, y, { batchSize: 3 })
    return (await exportOnnx(network)).report
  } finally {
    tf.dispose([x, y])
    model.dispose()
  }
}
