import * as nodeModule from 'node:module'
import { pathToFileURL } from 'node:url'

/** What a hook of module resolution is given and gives, in the thread of the program (Node 22.15) or beside it (Node 20). */
interface Shared {
  /** This module, from which packages are looked up that the user's module has not. */
  readonly own: string
  /** The file of TensorFlow.js that Ashlar computes with. */
  readonly tfjs: string
}

type Resolve = (specifier: string, context: object, next: Resolve) => unknown

/** Node 22.15 and newer; its types are not those of Node 20. */
type RegisterHooks = (hooks: { resolve: Resolve }) => void

let registered = false

/**
 * Lets the user's modules import what Ashlar itself is made of where it is not installed beside them: `@ashlar/core` and the other packages below
 * this one, `@tensorflow/tfjs` and `zod`. What is installed there goes first.
 */
export function sharePackages(): void {
  if (registered) return
  registered = true
  const require = nodeModule.createRequire(import.meta.url)
  const shared: Shared = {
    own: import.meta.url,
    tfjs: pathToFileURL(require.resolve('@tensorflow/tfjs')).href,
  }
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks }
  if (registerHooks !== undefined) {
    registerHooks({ resolve: sharing(shared) })
    return
  }
  const program =
    `const sharing = ${sharing}\nlet shared\n` +
    'export const initialize = (given) => { shared = given }\n' +
    // Throws later, where the other throws at once.
    'export const resolve = async (name, context, next) => {\n' +
    '  try { return await next(name, context) } catch (error) {\n' +
    '    const again = (given, where) => {\n' +
    '      if (where === context) throw error\n' +
    '      return next(given, where)\n    }\n' +
    '    try { return await sharing(shared)(name, context, again) } catch { throw error }\n  }\n}\n'
  nodeModule.register(`data:text/javascript,${encodeURIComponent(program)}`, { data: shared })
}

/** Stands for itself: its text is what runs beside the program. */
function sharing(shared: Shared): Resolve {
  return (specifier, context, next) => {
    try {
      return next(specifier, context, next)
    } catch (error) {
      const isMissing = /^(ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND)$/.test(
        String((error as { code?: unknown }).code),
      )
      if (!isMissing || !/^(@ashlar\/[\w/-]+|@tensorflow\/tfjs|zod)$/.test(specifier)) throw error
      const name = specifier === '@tensorflow/tfjs' ? shared.tfjs : specifier
      try {
        return next(name, { ...context, parentURL: shared.own }, next)
      } catch {
        // The first says where the user's module is.
        throw error
      }
    }
  }
}
