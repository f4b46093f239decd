import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLarge, wrapperOf } from './commonjs.js'
import { javascriptOf } from './javascript.js'

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (isLarge(url)) return { format: 'module', source: wrapperOf(url), shortCircuit: true }
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
  const path = fileURLToPath(url)
  const source = javascriptOf(readFileSync(path, 'utf8'), path)
  return { format: 'module', source, shortCircuit: true }
}
