import {
  type FindOptions,
  findNative,
  type InstallOptions,
  installNative,
  removeNative,
} from '@ashlar/native'
import { formatBytes } from '../terminal/format.ts'
import { installProgress } from '../terminal/install-progress.ts'
import { listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'

/**
 * Installs TensorFlow native and shows how it goes.
 *
 * @returns false when Ctrl-C ended it; nothing is left behind then.
 * @throws EngineError that lists each way that was tried.
 */
export async function installTensorflow(
  options: Pick<InstallOptions, 'wheel' | 'force' | 'home' | 'effects' | 'from' | 'wheels'>,
  output: Output,
): Promise<boolean> {
  const progress = installProgress(output.progress)
  const { signal, end } = listenForInterruption({ told: () => output.notice('\nstopping') })
  const { wheel, force, home, effects, from, wheels } = options
  try {
    const { changed, tensorflow, way, binding, bytes } = await installNative({
      ...{ wheel, force, home, effects, from, wheels, signal },
      onProgress: progress.onProgress,
    })
    progress.stop()
    const size = bytes === undefined ? '' : `, ${formatBytes(bytes)}`
    const state = changed ? 'is installed' : 'works already'
    output.line(`TensorFlow ${tensorflow} ${state}${size}: ${binding.path}`)
    output.line('Use it with --engine tensorflow; exports are held against it from now on.')
    output.result({ changed, tensorflow, way, path: binding.path, bytes })
    return true
  } catch (error) {
    if (!signal.aborted) throw error
    output.line('Stopped. Nothing was installed.')
    output.result({ changed: false, interrupted: true })
    return false
  } finally {
    progress.stop()
    end()
  }
}

/** Takes TensorFlow native away. */
export async function removeTensorflow(
  output: Output,
  options: { readonly home?: string } = {},
): Promise<void> {
  const { changed, folder, bytes } = await removeNative(options)
  output.line(changed ? `${folder} is gone: ${formatBytes(bytes)} free` : 'Nothing is installed.')
  output.result({ changed, folder, bytes })
}

/** Says whether TensorFlow native is there, and tries it. */
export async function showTensorflow(
  name: string,
  output: Output,
  options: FindOptions = {},
): Promise<void> {
  const found = await findNative({ probe: true, ...options })
  const { state, folder, binding, manifest, bytes, tensorflow, problem } = found
  if (state === 'absent') {
    output.line(`TensorFlow native is not installed. Run: ${name} native install`)
  } else if (state === 'broken') {
    output.line(`TensorFlow native does not work: ${problem}`)
    output.line(`Run: ${name} native install --force`)
  } else {
    output.line(`TensorFlow ${tensorflow} works (engine tensorflow)`)
    output.line(`binding   ${binding?.path}`)
  }
  if (manifest !== undefined) {
    output.line(`source    ${manifest.source}, ${manifest.installed}`)
    output.line(`size      ${formatBytes(bytes ?? 0)}`)
  }
  output.result({
    ...{ state, folder, path: binding?.path, tensorflow, problem, bytes },
    ...{ source: manifest?.source, installed: manifest?.installed },
  })
}
