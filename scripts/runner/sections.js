/**
 * Lets several writers share one output without mixing their lines: the first that is open writes through, the others
 * wait in memory for their turn.
 *
 * @param {(text: Buffer | string) => void} write
 * @returns {() => Section} opens a section.
 */
export function sections(write) {
  /** @type {{ waiting: (Buffer | string)[], ended: boolean }[]} */
  const open = []
  const advance = () => {
    for (let first = open[0]; first !== undefined; first = open[0]) {
      for (const text of first.waiting.splice(0)) write(text)
      if (!first.ended) return
      open.shift()
    }
  }
  return () => {
    /** @type {typeof open[number]} */
    const section = { waiting: [], ended: false }
    open.push(section)
    return {
      write(text) {
        section.waiting.push(text)
        if (open[0] === section) advance()
      },
      end() {
        section.ended = true
        advance()
      },
    }
  }
}

/**
 * @typedef {object} Section
 * @property {(text: Buffer | string) => void} write
 * @property {() => void} end
 */
