// Fetched when the driver is loaded, not at every start of the Worker.
module.exports = process.getBuiltinModule('node:dns')
