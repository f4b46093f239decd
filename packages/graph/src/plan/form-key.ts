import { attrsKey, isConstant, type Value } from '../ir/index.ts'
import type { FormCall } from '../lower/forms.ts'

/** Equal for calls that are the same work: kernel, attributes, shapes, types and layouts at hand. */
export function formKey({ node, layouts, forms }: FormCall): string {
  const inputs = node.inputs.map((input, index) => {
    if (input === undefined) return ''
    const kind = isConstant(input) ? ' constant' : ''
    return `${node.inputNames[index]} ${specOf(input)} ${layouts[index]!.join('/')}${kind}`
  })
  return [node.op, attrsKey(node.attrs), ...inputs, `of ${forms.toSorted().join('/')}`].join('; ')
}

function specOf({ dtype, shape }: Value): string {
  return `${dtype}[${shape}]`
}
