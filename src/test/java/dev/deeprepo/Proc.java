package dev.deeprepo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux tells of a process. */
public final class Proc {

    private Proc() {}

    /** A process that has ended counts as alive to Java until its parent, or init, asks for its exit code. */
    public static boolean runs(ProcessHandle process) {
        return runs(process.pid());
    }

    public static boolean runs(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException gone) {
            return false;
        }
    }
}
