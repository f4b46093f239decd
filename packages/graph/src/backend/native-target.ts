import type { Target } from '../lower/target.ts'
import { portableTarget } from '../lower/target.ts'
import { blockOf, blockProbe } from '../run/cpu-target.ts'
import { createNativeSession } from '../session/native-session.ts'

let probed: number | undefined

/** The same as cpuTarget(), at once, and with infinities and NaN that mean what tfjs's do. */
export function nativeTarget(opset = 17): Target {
  probed ??= probe()
  return { ...portableTarget(opset), portable: false, block: probed, strict: true }
}

function probe(): number {
  const { model, input } = blockProbe()
  try {
    const session = createNativeSession(model, { threads: 1 })
    const [result] = session.run({ x: input }, ['y'])
    session.release()
    return blockOf(result as Float32Array)
  } catch {
    // As in cpuTarget(): a build without the layout refuses the model.
    return 0
  }
}
