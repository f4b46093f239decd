import { RequestError } from '../protocol/errors.ts'

/** Bytes of all bodies that are under way, over all ports of a server. */
export class Budget {
  private readonly most: number
  private used = 0

  constructor(most: number) {
    this.most = most
  }

  /** Holds bytes; says why not, when there is no room for them. */
  reserve(bytes: number): RequestError | undefined {
    if (this.used + bytes > this.most) {
      return new RequestError('UNAVAILABLE', {
        where: 'server',
        expected: `bodies of ${this.most} bytes are under way already`,
      })
    }
    this.used += bytes
    return undefined
  }

  /** Gives bytes back. */
  release(bytes: number): void {
    this.used -= bytes
  }
}
