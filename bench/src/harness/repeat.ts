/** Asks for steps over about so many seconds. */
export interface MeasureRequest {
  readonly seconds: number
}

/** Images that went through, and the time that took. */
export interface Measured {
  readonly images: number
  readonly seconds: number
}

/** Repeats a step for about so many seconds, at least once. */
export async function repeat(
  { seconds }: MeasureRequest,
  step: () => Promise<number> | number,
): Promise<Measured> {
  const began = performance.now()
  let images = 0
  let now = began
  do {
    images += await step()
    now = performance.now()
  } while (now < began + seconds * 1000)
  return { images, seconds: (now - began) / 1000 }
}
