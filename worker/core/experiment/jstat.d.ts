/** Adds to what jstat-global.ts holds; it ships no types. */
declare module 'jstat/src/special.js' {}
