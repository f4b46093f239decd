import { readFileSync } from 'node:fs'

/** The most memory this process has held at once, in MiB. */
export function peakMemory(): number {
  try {
    // The kernel's figure is of this program alone; that of getrusage begins with what the parent held when it forked.
    const [, kib] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))!
    return Number(kib) / 1024
  } catch {
    // Not Linux.
    return process.resourceUsage().maxRSS / 1024
  }
}
