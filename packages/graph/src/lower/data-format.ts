import type { WindowAttrs } from './window.ts'

/** Whether a kernel was called with channels first. */
export function isChannelsFirst(attrs: { readonly dataFormat?: unknown }): boolean {
  return attrs.dataFormat === 'NCHW' || attrs.dataFormat === 'NCDHW'
}

/** Sizes or paddings that are given per axis, with channels first, in the order of channels last. */
export function channelsLast<T>(perAxis: readonly T[]): readonly T[] {
  const [batch, channels, ...space] = perAxis
  return [batch!, ...space, channels!]
}

/** A window's attributes with the paddings in the order of channels last. */
export function windowChannelsLast<A extends WindowAttrs>(attrs: A): A {
  const { pad } = attrs
  return isChannelsFirst(attrs as object) && Array.isArray(pad)
    ? { ...attrs, pad: channelsLast(pad) }
    : attrs
}
