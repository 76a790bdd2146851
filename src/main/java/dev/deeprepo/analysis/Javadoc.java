package dev.deeprepo.analysis;

import com.github.therapi.runtimejavadoc.ClassJavadoc;
import com.github.therapi.runtimejavadoc.Comment;
import com.github.therapi.runtimejavadoc.CommentVisitor;
import com.github.therapi.runtimejavadoc.Link;
import com.github.therapi.runtimejavadoc.RuntimeJavadoc;
import com.github.therapi.runtimejavadoc.Value;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the source says of a type, which the compiler has put beside its class file; as Markdown. */
record Javadoc(ClassJavadoc source) {

    static Javadoc of(Class<?> type) {
        return new Javadoc(RuntimeJavadoc.getJavadoc(type));
    }

    /** Of the type itself; null when there is none. */
    @Nullable
    String text() {
        return text(source.getComment());
    }

    /** Of a record's component; null when there is none. */
    @Nullable
    String of(String component) {
        return source.getRecordComponents().stream().filter(each -> each.getName().equals(component))
                .map(each -> text(each.getComment())).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static @Nullable String text(Comment comment) {
        StringBuilder text = new StringBuilder();
        comment.visit(new CommentVisitor() {
            @Override
            public void commentText(String words) {
                text.append(words);
            }

            @Override
            public void inlineLink(Link link) {
                text.append(link.getLabel().replaceFirst(".*[.#]", ""));
            }

            @Override
            public void inlineTag(String name, String value) {
                text.append('`').append(value).append('`');
            }

            @Override
            public void inlineValue(Value value) {
                text.append(value);
            }
        });
        String markdown = text.toString().strip().replaceAll("\\s+", " ").replaceAll(" ?</?p> ?", "\n\n");
        return markdown.isEmpty() ? null : markdown;
    }
}
