import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const SUITE = fileURLToPath(new URL('../.cache/suite.cjs', import.meta.url))

/**
 * Bundles tfjs-core's compiled tests with the backend, so that both use one tfjs-core: its tests import files that are not in the bundle that Node would
 * load. Returns the path of the result.
 */
export async function bundleSuite(): Promise<string> {
  await build({
    entryPoints: [fileURLToPath(new URL('suite.ts', import.meta.url))],
    outfile: SUITE,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    conditions: ['@ashlar/source'],
    mainFields: ['module', 'main'],
    // Test files are marked as free of side effects and would be left out.
    ignoreAnnotations: true,
    external: ['jasmine-core', 'onnxruntime-node'],
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(SUITE).href) },
    logLevel: 'error',
  })
  return SUITE
}
