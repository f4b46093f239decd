import { h, render } from 'preact'
import { Curves } from '../components/curves.ts'
import type { RunCurves } from '../data/curves.ts'

// The rest of a report is text already; curves need what a browser can do.
const data = document.getElementById('curves-data')
const place = document.getElementById('curves')
if (data !== null && place !== null) {
  const curves = [JSON.parse(data.textContent ?? '') as RunCurves]
  place.replaceChildren()
  render(h(Curves, { curves }), place)
}
