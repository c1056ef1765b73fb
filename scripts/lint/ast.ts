/** The little of ESTree and of the linter's plugin interface that our rules read. */
export interface Node {
  readonly type: string
  readonly parent?: Node
  readonly [field: string]: unknown
}

export interface Comment {
  readonly value: string
  readonly type: string
}

export interface RuleContext {
  /** Absolute path of the file being linted. */
  readonly filename: string
  /** Where the linter was started: the root of the repository. */
  readonly cwd: string
  readonly sourceCode: { getAllComments(): readonly Comment[] }
  report(problem: { readonly node: Node | Comment; readonly message: string }): void
}

export interface Rule {
  readonly meta: { readonly type: 'problem' }
  create(context: RuleContext): { readonly [nodeType: string]: (node: Node) => void }
}

/** The text of a string literal; null for anything else. */
export function literalText(node: unknown): string | null {
  const value = (node as { value?: unknown } | null | undefined)?.value
  return typeof value === 'string' ? value : null
}
