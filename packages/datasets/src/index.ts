import type { Plugin } from '@ashlar/core'
import { fashionMnist } from './idx/fashion-mnist.ts'
import { mnist } from './idx/mnist.ts'

export { fashionMnist } from './idx/fashion-mnist.ts'
export {
  type IdxDeclaration,
  type IdxFile,
  type IdxOptions,
  idxPlugin,
} from './idx/idx-dataset.ts'
export { mnist } from './idx/mnist.ts'
export type { SplitOptions, SplitShape } from './splits/options.ts'

/** All datasets of this package; what registers, lists or tests datasets goes through this array. */
export const datasets: readonly Plugin<'dataset'>[] = [mnist, fashionMnist]
