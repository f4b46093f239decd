// Sends requests, in a process of its own: what it needs for that is not the server's.
import { serveRequests } from '../../harness/serve-requests.ts'
import { type LoadRequest, load } from '../load.ts'

await serveRequests({ load: (request: LoadRequest) => load(request) })
