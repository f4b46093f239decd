/** Asks for steps over about so many seconds. */
export interface MeasureRequest {
  readonly seconds: number
}

/** Samples that went through, and the time that took. */
export interface Measured {
  readonly images: number
  readonly seconds: number
  /** Seconds of all threads of this process: what counts where others keep the machine busy. */
  readonly processor: number
}

/** Seconds of processor time since this process began, of all its threads. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Repeats a step for about so many seconds, at least once. */
export async function repeat(
  { seconds }: MeasureRequest,
  step: () => Promise<number> | number,
): Promise<Measured> {
  const began = performance.now()
  const used = processorSeconds()
  let images = 0
  let now = began
  do {
    images += await step()
    now = performance.now()
  } while (now < began + seconds * 1000)
  return { images, seconds: (now - began) / 1000, processor: processorSeconds() - used }
}
