// A Worker has no home with a file of passwords.
module.exports = (_connection, tell) => tell(undefined)
