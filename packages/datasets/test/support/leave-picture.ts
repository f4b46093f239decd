// Starts the process of a picture that takes forever, prints the id of it, and waits to be killed.
import { startEndless } from './endless-picture.ts'

const child = startEndless(3600, 'inherit')
process.stdout.write(`${child.pid}\n`)
setInterval(() => undefined, 1000)
