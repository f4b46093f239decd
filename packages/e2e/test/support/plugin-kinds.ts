/** What an experiment adds so that a test of it takes a moment. */
const SHORT = ['epochs=1', 'model.width=0.25', 'dataset.limit=320', 'dataset.testLimit=100']

/** The kinds that there are templates for, and the overrides that each experiment of their README takes. */
export const KINDS = {
  augmentation: SHORT,
  block: SHORT,
  callback: SHORT,
  dataset: ['epochs=1'],
  engine: SHORT,
  exporter: SHORT,
  launcher: SHORT,
  loss: ['epochs=1'],
  metric: ['epochs=1'],
  model: ['epochs=1', 'dataset.limit=320', 'dataset.testLimit=100'],
  optimizer: SHORT,
  schedule: SHORT,
  scheduler: SHORT,
  suggester: SHORT,
} as const
