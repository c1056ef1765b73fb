/** The package has no types of its own. https://jsonlogic.com */
declare module 'json-logic-js' {
  const jsonLogic: { apply(logic: unknown, data: unknown): unknown }
  export default jsonLogic
}
