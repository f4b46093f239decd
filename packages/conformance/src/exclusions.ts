import type { Part } from './parts.ts'

/** Specs that need not pass, and why. A spec that passes in spite of this is reported, so that the list stays true. */
export interface Exclusion {
  /** Full names, without the environment that jasmine_util puts in. */
  readonly specs: readonly string[]
  /** The part in which they are excluded; both when left out. */
  readonly part?: Part['name']
  /** Whether the suite has them for this backend at all; default true. */
  readonly isDefined?: boolean
  readonly reason: string
}

/** The reviewed list. */
export const EXCLUSIONS: readonly Exclusion[] = [
  {
    specs: [
      'Switching cpu backends Move data from cpu1 to cpu2 backend',
      'Switching cpu backends can execute op with data from mixed backends',
    ],
    isDefined: false,
    reason:
      "They ask for two instances of tfjs's own CPU backend and are only defined where that is under test.",
  },
  {
    specs: ['avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit'],
    reason:
      'tfjs divides by the whole window where its own forward pass left padding out, so its gradient is not the derivative, as central differences show. Ashlar puts it right.',
  },
  {
    specs: ['mirrorPad grad', 'mirrorPad gradient with clones'],
    reason:
      'tfjs forgets what the mirrored numbers give back to those that they mirror, so its gradient is not the derivative, as central differences show. Ashlar puts it right.',
  },
  {
    specs: [
      'gradients errors if relevant ops are missing grads',
      'depthwiseConv2d gradients throws error on dilations > 1',
    ],
    reason:
      'They expect tfjs to have no derivative of comparisons and of dilated convolutions. Ashlar has.',
  },
  {
    specs: ['tan numbers exceed float32 precision'],
    part: 'op-table',
    reason:
      'Expects 30144.17578; the next number in float32 is 30144.17773, which onnxruntime gives. tfjs computes in double precision.',
  },
]
