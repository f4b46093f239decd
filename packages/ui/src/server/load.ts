import { readFile } from 'node:fs/promises'
import { cpus, freemem, hostname, totalmem } from 'node:os'
import { type RunFolder, trainingProcess } from '@ashlar/experiment/runs'

/** How busy something is. */
export interface ProcessLoad {
  /** Cores that are busy, from 0 to as many as there are; undefined where the system does not say. */
  readonly cores?: number | undefined
  /** Bytes. */
  readonly memory?: number | undefined
}

/** The machine and the runs under way. */
export interface SystemLoad {
  readonly cores: number
  /** Part of all cores that is busy, 0 to 1. */
  readonly cpu: number
  readonly memory: { readonly used: number; readonly total: number }
  readonly runs: Readonly<Record<string, ProcessLoad>>
}

interface Sample {
  readonly seconds: number
  readonly at: number
}

/** Clock ticks of Linux in a second, which programs see the same everywhere. */
const TICKS = 100

/** Measures from one call to the next. */
export class LoadMeter {
  #cpu = cpuTimes()
  readonly #processes = new Map<number, Sample>()

  /** @param runs those under way, each with its name in lists. */
  async measure(runs: readonly (readonly [name: string, run: RunFolder])[]): Promise<SystemLoad> {
    const before = this.#cpu
    this.#cpu = cpuTimes()
    const all = this.#cpu.all - before.all
    const loads: Record<string, ProcessLoad> = {}
    const seen = new Set<number>()
    for (const [name, run] of runs) {
      const found = await trainingProcess(run)
      // Numbers of processes on other machines mean nothing here.
      if (found === undefined || found.host !== hostname()) continue
      seen.add(found.pid)
      loads[name] = await this.#measureProcess(found.pid)
    }
    for (const pid of this.#processes.keys()) if (!seen.has(pid)) this.#processes.delete(pid)
    return {
      cores: this.#cpu.cores,
      cpu: all <= 0 ? 0 : Math.min(1, (this.#cpu.busy - before.busy) / all),
      memory: { used: totalmem() - freemem(), total: totalmem() },
      runs: loads,
    }
  }

  async #measureProcess(pid: number): Promise<ProcessLoad> {
    try {
      const [stat, status] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8'),
        readFile(`/proc/${pid}/status`, 'utf8'),
      ])
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const now = {
        seconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
        at: performance.now() / 1000,
      }
      const before = this.#processes.get(pid)
      this.#processes.set(pid, now)
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? []
      return {
        cores: before && Math.max(0, (now.seconds - before.seconds) / (now.at - before.at)),
        memory: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
      }
    } catch {
      // Ended meanwhile, or a system that tells otherwise.
      return {}
    }
  }
}

function cpuTimes(): { busy: number; all: number; cores: number } {
  const all = cpus()
  let [busy, sum] = [0, 0]
  for (const { times } of all) {
    const total = times.user + times.nice + times.sys + times.irq + times.idle
    sum += total
    busy += total - times.idle
  }
  return { busy, all: sum, cores: all.length }
}
