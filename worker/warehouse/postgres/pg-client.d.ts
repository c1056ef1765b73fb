/** The types of pg know only its entry. */
declare module 'pg/lib/client.js' {
  export { Client as default } from 'pg'
}
