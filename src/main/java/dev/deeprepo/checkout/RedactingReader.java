package dev.deeprepo.checkout;

import java.io.IOException;
import java.util.List;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;

/** Objects as they are, but for files, which are read without their secrets. */
final class RedactingReader extends ObjectReader.Filter {

    private final ObjectReader objects;
    private final Withholding withholding;
    private List<String> paths = List.of();

    RedactingReader(ObjectReader objects, Withholding withholding) {
        this.objects = objects;
        this.withholding = withholding;
    }

    /** The names of what is read next: a file that was renamed has two, and the rules for either hold. */
    void reads(List<String> names) {
        paths = names;
    }

    @Override
    protected ObjectReader delegate() {
        return objects;
    }

    @Override
    public ObjectReader newReader() {
        return new RedactingReader(objects.newReader(), withholding);
    }

    @Override
    public ObjectLoader open(AnyObjectId id, int type) throws IOException {
        ObjectLoader object = objects.open(id, type);
        if (object.getType() != Constants.OBJ_BLOB || object.isLarge()) {
            return object; // one that is large is not compared
        }
        byte[] content = object.getCachedBytes();
        for (String path : paths) {
            content = withholding.text(path, content);
        }
        return new ObjectLoader.SmallObject(Constants.OBJ_BLOB, content);
    }
}
