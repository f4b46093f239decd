/** How many pixels one scaled pixel stands for along an axis, as TensorFlow has it. */
export function scaleOf(
  from: number,
  to: number,
  { alignCorners }: { readonly alignCorners?: boolean },
): number {
  return alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to
}
