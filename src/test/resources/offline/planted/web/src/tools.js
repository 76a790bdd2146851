const { exec } = require('child_process')

function log (branch, done) {
  exec('git log --oneline ' + branch, done)
}

function run (formula) {
  return new Function('x', 'return ' + formula)
}

function users (db, id) {
  return db.query(`SELECT * FROM users WHERE id = ${id}`)
}

const agent = { rejectUnauthorized: false }

module.exports = { log, run, users, agent }
