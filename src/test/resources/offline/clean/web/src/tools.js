const { execFile } = require('child_process')
const BANNED = [/\beval\(/, /new Function\(/, /rejectUnauthorized: false/, /["'`]/]
const MESSAGES = {
  eval: 'eval( is not allowed; neither is new Function(body)',
  tls: "do not set rejectUnauthorized: false"
}

function log (branch, done) {
  execFile('git', ['log', '--oneline', branch], done)
}

function find (pattern, text) {
  return pattern.exec(text + '')
}

function users (db, id) {
  return db.query('SELECT * FROM users WHERE id = ?', [id])
}

const heading = `select a user from the list: ${users.length}`
const agent = { rejectUnauthorized: true }

module.exports = { log, find, users, agent, heading, BANNED, MESSAGES }
