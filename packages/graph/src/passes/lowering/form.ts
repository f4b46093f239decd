import { EngineError } from '@ashlar/errors'
import { isStatic, type Node, whereOf } from '../../ir/index.ts'
import type { LowerContext } from '../../lower/context.ts'
import type { ChooseForm } from '../../lower/forms.ts'
import type { KernelDeclaration, KernelForm } from '../../ops/declaration.ts'
import { findKernel } from '../../ops/registry.ts'

/** How a call of a kernel is lowered. */
export interface ChosenForm {
  readonly lower: Lowering
  /** Undefined for the portable form. */
  readonly name?: string
}

/** What decides on forms, besides the call. */
export interface FormOptions {
  readonly choose?: ChooseForm | undefined
  /** Whether the graph is a step of training, which inexact forms are for. */
  readonly trains: boolean
}

type Lowering = Exclude<KernelDeclaration['lower'], { readonly refused: string }>

/**
 * The form that is chosen, or that the target usually prefers; the portable one when there is no choice.
 *
 * @param options what forms there are to choose from.
 * @throws EngineError for a kernel that has no lowering, with its reason and the layer that called it.
 */
export function formOf(
  node: Node,
  context: LowerContext,
  { choose, trains }: FormOptions,
): ChosenForm {
  const portable = { lower: lowerable(node) }
  if (context.target.portable || !node.outputs.every(({ shape }) => isStatic(shape)))
    return portable
  const mayBeInexact = trains && !context.target.strict
  const isOffered = (each: KernelForm) => (mayBeInexact || !each.isInexact) && each.fits(context)
  const fitting = findKernel(node.op)?.forms?.filter(isOffered) ?? []
  const usual = fitting.find((each) => each.isPromising?.(context) ?? true) ?? fitting[0]
  if (usual === undefined) return portable
  const forms = [usual, ...fitting.filter((each) => each !== usual)]
  const form = chosenOf(node, context, forms, choose)
  return { name: form.name, lower: (each) => form.lower(each) }
}

/** @param forms the usual one first. */
function chosenOf(
  node: Node,
  context: LowerContext,
  forms: readonly KernelForm[],
  choose: ChooseForm | undefined,
): KernelForm {
  if (forms.length === 1 || choose === undefined) return forms[0]!
  const chosen = choose({
    node,
    layouts: node.inputNames.map((name) => context.layoutsOf(name)),
    forms: forms.map(({ name }) => name),
  })
  return forms.find(({ name }) => name === chosen) ?? forms[0]!
}

function lowerable(node: Node): Lowering {
  const where = whereOf(node)
  const declaration = findKernel(node.op)
  if (declaration === undefined) {
    throw new EngineError({
      where,
      expected: `kernel ${node.op} must be in the op table`,
      hint: 'Declare it with defineKernel() and add it by registerKernels() from @ashlar/graph.',
    })
  }
  const { lower: lowering } = declaration
  if (typeof lowering === 'function') return lowering
  throw new EngineError({
    where,
    expected: `kernel ${node.op} must have a meaning in ONNX`,
    hint: lowering.refused,
  })
}
