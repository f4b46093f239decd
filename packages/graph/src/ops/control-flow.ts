import { createValue, type Value } from '../ir/index.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

const infer = () => {
  throw new TypeError('branches and loops say themselves what they give')
}

/**
 * Branches and loops, which a program records by `cond` and `whileLoop`. Their attributes are graphs.
 *
 * `If`: the predicate; `then_branch` and `else_branch`. `Loop`: whether there is a first round, and the variables; `body` takes the variables and gives whether
 * to go on, the next variables, and rows that the loop collects, one each round. The loop gives the last variables and all rows. `Scan`: see `ScanParts`.
 */
export const controlFlowKernels: readonly KernelDeclaration[] = [
  defineKernel({
    kernel: 'If',
    isOwn: true,
    givesSizes: true,
    infer,
    lower: ({ builder, input, subgraph, node }) => {
      const inputs: (Value | undefined)[] = [input('0')]
      const then_branch = subgraph('then_branch', inputs)
      const else_branch = subgraph('else_branch', inputs)
      return builder.nodes('If', inputs, { then_branch, else_branch }, node.outputs, '', 1)
    },
    examples: [],
    unchecked: 'programs in test/capture/control-flow.test.ts, held against tfjs',
  }),
  defineKernel({
    kernel: 'Loop',
    isOwn: true,
    givesSizes: true,
    infer,
    lower: ({ builder, names, input, subgraph, node }) => {
      // The first of all inputs is a number of rounds, which there is none of; the body is told the round and the condition.
      const inputs: (Value | undefined)[] = [undefined, ...names.map((name) => input(name))]
      const formals = inputs.length
      const body = subgraph('body', inputs)
      body.inputs.unshift(
        { name: 'round', value: createValue([], 'int64'), state: false },
        { name: 'go_on', value: createValue([], 'bool'), state: false },
      )
      return builder.nodes('Loop', inputs, { body }, node.outputs, '', formals)
    },
    examples: [],
    unchecked: 'programs in test/capture/control-flow.test.ts, held against tfjs',
  }),
  defineKernel<{ readonly states: number; readonly reverse: boolean }>({
    kernel: 'Scan',
    isOwn: true,
    infer,
    lower: ({ builder, names, input, subgraph, node, attrs: { states, reverse } }) => {
      const inputs: (Value | undefined)[] = names.map((name) => input(name))
      const formals = inputs.length
      const body = subgraph('body', inputs)
      // An empty list has no type; forwards is the default.
      const directions = (count: number) =>
        reverse && count > 0 ? Array.from({ length: count }, () => 1) : undefined
      const attrs = {
        body,
        num_scan_inputs: formals - states,
        scan_input_directions: directions(formals - states),
        scan_output_directions: directions(node.outputs.length - states),
      }
      return builder.nodes('Scan', inputs, attrs, node.outputs, '', formals)
    },
    examples: [],
    unchecked: 'programs in test/capture/scan.test.ts, held against tfjs',
  }),
]
