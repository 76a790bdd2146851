package demo

class Jobs(private val db: Database) {
    fun clean(dir: String) {
        Runtime.getRuntime().exec("rm -r $dir")
    }

    fun find(name: String) = db.query("SELECT * FROM jobs WHERE name = '$name'")

    fun quiet(block: () -> Unit) {
        try {
            block()
        } catch (e: Exception) {
        }
    }
}
