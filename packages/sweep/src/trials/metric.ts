/** Before the name of a metric: on the test split, at the end of training. */
const TEST = 'test_'

/** Whether a metric is one of the test split, which there is at the end alone. */
export function isOfTest(metric: string): boolean {
  return metric.startsWith(TEST)
}

/** What a metric is called on the test split. */
export function ofTest(name: string): string {
  return `${TEST}${name}`
}

/** What is tested at the end has no curve; what is like it has. */
export function plainName(metric: string): string {
  return isOfTest(metric) ? metric.slice(TEST.length) : metric
}
