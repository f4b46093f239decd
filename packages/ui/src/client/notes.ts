import { type ComponentChild, h } from 'preact'
import { useState } from 'preact/hooks'
import type { RunView } from '../data/run-view.ts'
import { pathOf, post } from './api.ts'

/** Tags and note of a run, to be changed. */
export function Notes({ view, onChange }: { view: RunView; onChange(): void }): ComponentChild {
  const { name, notes } = view
  const [tag, setTag] = useState('')
  const [note, setNote] = useState<string | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const change = async (changes: object) => {
    try {
      await post(pathOf(name, '/notes'), changes)
      setProblem('')
      onChange()
      return true
    } catch (error) {
      setProblem((error as Error).message)
      return false
    }
  }
  const addTag = async () => {
    const text = tag.trim().replace(/^#/, '')
    if (text !== '' && (await change({ add: [text] }))) setTag('')
  }
  const saveNote = async () => {
    if (note !== undefined && (await change({ note }))) setNote(undefined)
  }
  return h(
    'details',
    { class: 'notes' },
    h('summary', null, 'Tags and note'),
    h(
      'div',
      { class: 'notes-content' },
      h(
        'div',
        { class: 'controls' },
        notes.tags.map((each) =>
          h(
            'button',
            {
              key: each,
              type: 'button',
              class: 'tag',
              'aria-label': `Remove the tag ${each}`,
              onClick: () => void change({ remove: [each] }),
            },
            `#${each} ×`,
          ),
        ),
        h(
          'form',
          {
            onSubmit: (event: Event) => {
              event.preventDefault()
              void addTag()
            },
          },
          h('input', {
            type: 'text',
            'aria-label': 'New tag',
            placeholder: 'new tag',
            maxLength: 200,
            value: tag,
            onInput: (event) => setTag(event.currentTarget.value),
          }),
          h('button', { type: 'submit' }, 'Add'),
        ),
      ),
      h('textarea', {
        'aria-label': 'Note',
        placeholder: 'what is worth remembering',
        rows: 3,
        value: note ?? notes.note,
        onInput: (event: Event) => setNote((event.currentTarget as HTMLTextAreaElement).value),
      }),
      h(
        'button',
        {
          type: 'button',
          disabled: note === undefined || note === notes.note,
          onClick: () => void saveNote(),
        },
        'Keep the note',
      ),
      problem !== '' && h('p', { class: 'problem', role: 'alert' }, problem),
    ),
  )
}
