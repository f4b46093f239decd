/** Where a node is, for messages: its kernel and the layer that called it. */
export function whereOf({ op, scope }: { readonly op: string; readonly scope: string }): string {
  return scope === '' ? op : `${scope} (${op})`
}
