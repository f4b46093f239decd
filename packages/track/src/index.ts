import type { Plugin } from '@ashlar/core'
import { mlflowPlugin } from './mlflow/mlflow.ts'
import { tensorboardPlugin } from './tensorboard/tensorboard.ts'

export { type MlflowOptions, mlflow } from './mlflow/mlflow.ts'
export { type TensorboardOptions, tensorboard } from './tensorboard/tensorboard.ts'

/** All callbacks of this package; what registers, lists or tests them goes through this array. */
export const trackerPlugins: readonly Plugin<'callback'>[] = [tensorboardPlugin, mlflowPlugin]
