import { blocks } from '@ashlar/blocks'
import { corePlugins } from '@ashlar/core'
import { datasets } from '@ashlar/datasets'
import { exporters } from '@ashlar/export'
import { importers } from '@ashlar/import'
import { nativePlugins } from '@ashlar/native'
import { Registry } from '@ashlar/plugins'
import { trackers } from '@ashlar/track'

/** Every plugin that comes with Ashlar. The order decides what is listed first, and the default engine and exporter. */
export function builtInPlugins(): Registry {
  return new Registry()
    .register(blocks, '@ashlar/blocks')
    .register(importers, '@ashlar/import')
    .register(datasets, '@ashlar/datasets')
    .register(exporters, '@ashlar/export')
    .register(corePlugins, '@ashlar/core')
    .register(nativePlugins, '@ashlar/native')
    .register(trackers, '@ashlar/track')
}
