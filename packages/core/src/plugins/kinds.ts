import type { Dataset } from '../data/dataset.ts'

/** Which contract stands behind each plugin kind. */
export interface PluginProducts {
  dataset: Dataset
}
