import { propagation, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { doubling } from './support/onnx-models.ts'
import { call, withServer } from './support/server.ts'

const test = suite('traces')
const exporter = new InMemorySpanExporter()

test.before(() => {
  const processor = new SimpleSpanProcessor(exporter)
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }))
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})

test.after(() => {
  trace.disable()
  propagation.disable()
})

const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] }

test('a request for inference is a span, child of the one in its headers', () =>
  withServer({ 'm/1/model.onnx': doubling() }, { tracing: true }, async (server) => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-request-id': 'r1' }
    await call(server, 'POST', '/v2/models/m/infer', { body, headers })
    await call(server, 'POST', '/v2/models/m/infer', { body: {} })
    await call(server, 'GET', '/v2/models/m')
    const [first, second, ...others] = exporter.getFinishedSpans()
    assert.is(others.length, 0)
    assert.is(first!.name, 'infer')
    assert.is(first!.spanContext().traceId, traceId)
    assert.is(first!.parentSpanContext?.spanId, 'b7ad6b7169203331')
    assert.equal(first!.attributes, {
      'http.request.method': 'POST',
      'http.route': '/v2/models/:model/infer',
      'ashlar.request_id': 'r1',
      'ashlar.model': 'm',
      'http.response.status_code': 200,
    })
    assert.is(second!.attributes['http.response.status_code'], 400)
    assert.not.ok(second!.parentSpanContext)
  }))

test.run()
