import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where Debian's package `chromium` keeps SwiftShader: Vulkan on the CPU. */
const CHROMIUM = '/usr/lib/chromium'

/** What onnxruntime says where there is neither a GPU nor SwiftShader. */
export const NO_ADAPTER: RegExp = /Failed to get a WebGPU adapter|not offer|execution provider/

/** The environment of a process that works with WebGPU, and what is removed when it has ended. */
export interface Vulkan {
  readonly env: Readonly<Record<string, string>>
  remove(): void
}

/**
 * SwiftShader for a process that is begun with this environment, where nobody has named another driver: the loader of Vulkan is looked for when a process begins. It needs the loader that
 * lies beside it, and nothing else of that folder.
 */
export function findVulkan(): Vulkan {
  const driver = join(CHROMIUM, 'vk_swiftshader_icd.json')
  if (process.env.VK_ICD_FILENAMES !== undefined || !existsSync(driver)) {
    return { env: {}, remove: () => undefined }
  }
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-vulkan-'))
  symlinkSync(join(CHROMIUM, 'libvulkan.so.1'), join(folder, 'libvulkan.so.1'))
  const paths = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return {
    env: { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: paths },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
