import { blockPlugins } from '@ashlar/blocks'
import { corePlugins } from '@ashlar/core'
import { datasetPlugins } from '@ashlar/datasets'
import { exporterPlugins } from '@ashlar/export'
import { importPlugins } from '@ashlar/import'
import { nativePlugins } from '@ashlar/native'
import { Registry } from '@ashlar/plugins'
import { sweepPlugins } from '@ashlar/sweep'
import { trackerPlugins } from '@ashlar/track'

/** Every plugin that comes with Ashlar. The order decides what is listed first, and the default engine and exporter. */
export function builtInPlugins(): Registry {
  return new Registry()
    .register(blockPlugins, '@ashlar/blocks')
    .register(importPlugins, '@ashlar/import')
    .register(datasetPlugins, '@ashlar/datasets')
    .register(exporterPlugins, '@ashlar/export')
    .register(corePlugins, '@ashlar/core')
    .register(nativePlugins, '@ashlar/native')
    .register(trackerPlugins, '@ashlar/track')
    .register(sweepPlugins, '@ashlar/sweep')
}
