export {
  type AccessKind,
  type AccessMeta,
  address,
  module,
  type PathBase,
  path,
  withoutCredentials,
} from './access.ts'
export { checkNames, checkOptions } from './check-options.ts'
export { type ExperimentContainer, openContainer } from './container.ts'
export { instantiate } from './instantiate.ts'
export { defineKind, type Kind, kindNames, kindOf } from './kinds.ts'
export { findByName } from './names.ts'
export { anyNumber } from './options/any-number.ts'
export { check, placeOf } from './options/check.ts'
export { inWords, type JsonSchema, jsonSchema } from './options/json-schema.ts'
export {
  type Data,
  type DataMap,
  deepFreeze,
  isDataMap,
  isUnsafeKey,
  plainCopy,
  unsafeKey,
} from './options/plain-data.ts'
export { definePlugin, type Plugin, type PluginContext } from './plugin.ts'
export type { PluginKind, PluginProducts } from './products.ts'
export { type Reference, type ReferenceInput, referenceTo, resolveReference } from './reference.ts'
export { type Registration, Registry } from './registry.ts'
export {
  type ExperimentSettings,
  type PluginEntry,
  settingsToken,
  type Token,
  token,
} from './tokens.ts'
