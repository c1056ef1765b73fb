/**
 * A schema that says exactly what a type says. `v.GenericSchema<T>` alone
 * would accept one that leaves out the optional fields of T.
 */
import type * as v from 'valibot'

/** Writable all the way down: schemas infer no `readonly`. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<T[K]> }
    : T

/** Every field required too: a missing optional one shows. */
type Full<T> = T extends (infer Item)[]
  ? Full<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Full<T[K]> }
    : T

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Same<A, B> = Mutual<A, B> extends true ? Mutual<Full<A>, Full<B>> : false

/** @example const fault = says<Fault>()(v.object({ path: v.string(), … })) */
export const says =
  <T>() =>
  <S extends v.GenericSchema<unknown, T>>(
    schema: Same<Plain<v.InferOutput<S>>, Plain<T>> extends true ? S : never,
  ): S =>
    schema
