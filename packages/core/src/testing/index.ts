export { allClose, type Tolerance } from './all-close.ts'
export type { Bench, Check } from './bench.ts'
export { pluginChecks } from './checks/plugins.ts'
export { type Contract, type Contracts, contracts } from './contracts.ts'
export { checkDerivatives, type Differentiable } from './derivatives.ts'
export type {
  AugmentationExample,
  Elsewhere,
  Example,
  ExampleOf,
  ExamplesByName,
  NetworkExample,
  OutcomeExample,
  PluginExamples,
} from './examples.ts'
export { normalNumbers } from './numbers.ts'
export {
  PLUGINS_UNDER_TEST,
  type PluginUnderTest,
  runCheck,
  type TestFunction,
  type TestPluginsOptions,
  testPlugins,
} from './test-plugins.ts'
export { withoutLeaks } from './without-leaks.ts'
