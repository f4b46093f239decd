// A sweep of the tests as a process that can be killed: its folder and what is asked for, as JSON.
import { makeTiny } from './sweep.ts'

const [out, asked] = JSON.parse(process.argv[2]!)
await makeTiny(out, asked)
