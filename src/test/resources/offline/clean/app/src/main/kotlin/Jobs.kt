package demo

class Jobs(private val db: Database) {
    /** Not `Runtime.getRuntime().exec("rm -r $dir")`. */
    fun clean(dir: String) {
        ProcessBuilder("rm", "-r", dir).start()
    }

    fun find(name: String) = db.query("SELECT * FROM jobs WHERE name = ?", name)

    val text = """catch (e: Exception) { }"""

    fun quiet(block: () -> Unit) {
        try {
            block()
        } catch (e: IllegalStateException) {
            log.info("not done: ${e.message}")
        }
    }
}
