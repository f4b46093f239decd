import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** Where Debian's package and others put it; `ASHLAR_CHROMIUM` names another. */
const PATHS = [
  process.env.ASHLAR_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** The Chromium of this machine; undefined when there is none. */
export const chromiumPath: string | undefined = PATHS.find(
  (path) => path !== undefined && existsSync(path),
)

/** Starts Chromium without a window. Nothing of it may call anywhere else. */
export async function startChromium(more: readonly string[] = []): Promise<Browser> {
  const { chromium } = await import('playwright-core')
  return chromium.launch({
    executablePath: chromiumPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}
