import { html, type Html } from '../html.ts'

interface Field {
  readonly label: string
  readonly name: string
  readonly type?: 'text' | 'email'
  readonly autocomplete: string
  readonly value?: string | undefined
  /** Tells two fields of the same name on one page apart. */
  readonly id?: string
}

/** A labelled input that must be filled. */
export const field = ({
  label,
  name,
  type = 'text',
  autocomplete,
  value,
  id = name,
}: Field): Html =>
  html` <p class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      value="${value ?? ''}"
      maxlength="200"
      required
    />
  </p>`
