/** The elements that content goes into: hidden for a moment, filled, or left as they are. */
import type { Answer, DecisionItem } from '../api.ts'
import { unwatch, watch } from './exposure.ts'
import { changeChildren, fill, type Undo } from './fields.ts'

const ATTRIBUTE = 'data-tsugi-placement'

interface Slot {
  /** Back to the page's own content. */
  readonly undo: Undo[]
  /** The latest question; answers to earlier ones come to nothing. */
  turn: object
  /** The inline visibility from before, while hidden. */
  visibility?: string | undefined
}
const slots = new WeakMap<Element, Slot>()

export const keyOf = (element: Element): string => element.getAttribute(ATTRIBUTE) ?? ''

export const findPlacements = (): HTMLElement[] => [
  ...document.querySelectorAll<HTMLElement>(`[${ATTRIBUTE}]`),
]

/** True for an element that no question was asked for yet. */
export const isNew = (element: Element): boolean => !slots.has(element)

/** What may still change after the budget: nobody has seen it yet. */
const isUnseen = (element: Element): boolean =>
  document.hidden || element.getBoundingClientRect().top >= innerHeight

const show = (
  element: HTMLElement,
  undo: Undo[],
  { items, decisionId }: Answer['decisions'][string],
): void => {
  for (const step of undo.splice(0).reverse()) step()
  const place = (root: HTMLElement, { content, decisionId }: DecisionItem): void => {
    const { display } = root.style
    fill(root, content, undo)
    watch(root, decisionId)
    undo.push(() => {
      unwatch(root)
      root.style.display = display
    })
  }
  const template = element.querySelector<HTMLTemplateElement>('template[data-tsugi-item]')
  const [first] = items
  if (!first) {
    // An experiment counts who would have seen something here.
    if (decisionId) {
      watch(element, decisionId)
      undo.push(() => unwatch(element))
    }
    return
  }
  if (!template) return place(element, first)
  const rows = items.map((item) => {
    const row = document.importNode(template.content, true)
    place(row.firstElementChild as HTMLElement, item)
    return row
  })
  changeChildren(template.parentElement as Element, undo, [template, ...rows])
}

/**
 * Hides the elements until `ask` has answered or `untilMs`, whichever is first,
 * and fills them. After that moment only what nobody has seen is changed.
 */
export const fillIn = async (
  all: readonly HTMLElement[],
  untilMs: number,
  ask: (keys: string[]) => Promise<Answer>,
): Promise<Answer> => {
  const turn = {}
  const isOpen = (element: Element): boolean => Date.now() < untilMs || isUnseen(element)
  const mine = (then: (element: HTMLElement, slot: Slot) => void): void => {
    for (const element of elements) {
      const slot = slots.get(element)
      if (slot?.turn === turn) then(element, slot)
    }
  }
  const elements = all.filter((element) => {
    const slot = slots.get(element) ?? { undo: [], turn }
    slot.turn = turn
    slots.set(element, slot)
    return isOpen(element)
  })
  mine(({ style }, slot) => {
    slot.visibility ??= style.visibility
    style.visibility = 'hidden'
  })
  const reveal = (): void =>
    mine(({ style }, slot) => {
      style.visibility = slot.visibility ?? style.visibility
      slot.visibility = undefined
    })
  const timer = setTimeout(reveal, untilMs - Date.now())
  const answer = await ask(elements.map(keyOf))
  clearTimeout(timer)
  mine((element, { undo }) => {
    const decision = answer.decisions[keyOf(element)]
    // Who previews came to see it, and would take the page's own content for it.
    if (decision && (answer.preview || isOpen(element))) show(element, undo, decision)
  })
  reveal()
  return answer
}
