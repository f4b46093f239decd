import * as tf from '@tensorflow/tfjs'
import { activeRecorder, CAPTURE_BACKEND, switchBackend } from './backend.ts'

let host = 'cpu'

/** The tfjs backend that holds real numbers while a capture is under way. */
export function hostBackend(): string {
  return host
}

/** Remembers the backend that was current when a capture began; the capture backend itself is never a host. */
export function rememberHost(name: string): void {
  if (name !== CAPTURE_BACKEND && name !== '') host = name
}

/** Whether a capture is under way and its backend is the current one. */
export function isCapturing(): boolean {
  return activeRecorder() !== undefined && tf.getBackend() === CAPTURE_BACKEND
}

/** Runs `fn` on the host backend, for numbers that must be real during a capture, such as new weights. */
export function onHost<T>(fn: () => T): T {
  if (!isCapturing()) return fn()
  const variables = activeRecorder()?.variables
  variables?.leave()
  switchBackend(host)
  try {
    return fn()
  } finally {
    switchBackend(CAPTURE_BACKEND)
    variables?.enter()
  }
}
