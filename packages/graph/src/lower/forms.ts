import type { Node } from '../ir/index.ts'
import type { Layout } from './layout.ts'

/** A call of a kernel that several forms can compute. */
export interface FormCall {
  readonly node: Node
  /** Layouts in which each input is at hand, in step with the node's inputs. */
  readonly layouts: readonly (readonly Layout[])[]
  /** Names of the forms, the usual choice first. */
  readonly forms: readonly string[]
}

/** Decides between forms; undefined leaves it at the usual choice. */
export type ChooseForm = (call: FormCall) => string | undefined
