/**
 * What branches and what does not. A leaf may have operators called `all` and
 * `any`: in a branch these are lists.
 */
interface All<T> {
  readonly all: readonly T[]
}
interface Any<T> {
  readonly any: readonly T[]
}
interface Not<T> {
  readonly not: T
}

type AllOf<T> = Extract<T, { readonly all: readonly unknown[] }>
type AnyOf<T> = Extract<T, { readonly any: readonly unknown[] }>
type NotOf<T> = Extract<T, { readonly not: unknown }>

/** What a tree has at its ends. */
export type LeafOf<T> = Exclude<T, AllOf<T> | AnyOf<T> | NotOf<T>>

export const isAll = <T extends object>(tree: T): tree is AllOf<T> =>
  Array.isArray((tree as Partial<All<T>>).all)
export const isAny = <T extends object>(tree: T): tree is AnyOf<T> =>
  Array.isArray((tree as Partial<Any<T>>).any)
export const isNot = <T extends object>(tree: T): tree is NotOf<T> => 'not' in tree

/** Every leaf and branch of a tree, itself first. */
export function* walk<T extends object>(tree: T): Generator<T> {
  yield tree
  if (isAll(tree)) for (const part of (tree as All<T>).all) yield* walk(part)
  else if (isAny(tree)) for (const part of (tree as Any<T>).any) yield* walk(part)
  else if (isNot(tree)) yield* walk((tree as Not<T>).not)
}

/** Only the ends of a tree. */
export function* leavesOf<T extends object>(tree: T): Generator<LeafOf<T>> {
  for (const part of walk(tree)) {
    if (!isAll(part) && !isAny(part) && !isNot(part)) yield part as LeafOf<T>
  }
}
