package dev.deeprepo.report;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.node.Block;
import org.commonmark.node.Document;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;

/**
 * The block structure of a Markdown text: which lines are headings, prose and code. Inline markup stays as written, so
 * no text is too odd, too long or too deeply nested for it.
 */
final class Blocks {

    private static final int MAX_NESTING = 100;

    private static final Parser PARSER = Parser.builder().includeSourceSpans(IncludeSourceSpans.BLOCKS)
            .maxOpenBlockParsers(MAX_NESTING)
            .inlineParserFactory(context -> (lines, node) -> node.appendChild(new Text(lines.getContent()))).build();

    /** A block that holds no other blocks. */
    sealed interface Leaf {}

    /** Words: a paragraph or a heading. */
    record Prose(String text) implements Leaf {}

    /** Code: {@code info} is what stands behind the opening fence, such as {@code python}. */
    record Code(String info, String text) implements Leaf {}

    /** A heading; {@code start} and {@code end} are offsets in the text. */
    record Title(int level, String text, int start, int end) {}

    /** A part of the text. */
    record Range(int start, int end) {}

    private final String markdown;
    private final Node document;

    Blocks(String markdown) {
        this.markdown = markdown;
        this.document = PARSER.parse(markdown);
    }

    /** All leaves, in the order in which they are read. */
    List<Leaf> leaves() {
        List<Leaf> leaves = new ArrayList<>();
        for (Node node = document.getFirstChild(); node != null; node = next(node)) {
            switch (node) {
                case Paragraph paragraph -> leaves.add(new Prose(words(paragraph)));
                case Heading heading -> leaves.add(new Prose(words(heading)));
                case FencedCodeBlock code -> leaves.add(new Code(code.getInfo(), code.getLiteral()));
                case IndentedCodeBlock code -> leaves.add(new Code("", code.getLiteral()));
                default -> {
                }
            }
        }
        return leaves;
    }

    /** Where code stands, in order. */
    List<Range> code() {
        List<Range> code = new ArrayList<>();
        for (Node node = document.getFirstChild(); node != null; node = next(node)) {
            if (node instanceof FencedCodeBlock || node instanceof IndentedCodeBlock) {
                SourceSpan first = node.getSourceSpans().getFirst();
                SourceSpan last = node.getSourceSpans().getLast();
                code.add(new Range(first.getInputIndex(), last.getInputIndex() + last.getLength()));
            }
        }
        return code;
    }

    /** The headings that stand in no list and no block quote. */
    List<Title> titles() {
        List<Title> titles = new ArrayList<>();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading heading) {
                titles.add(title(heading));
            }
        }
        return titles;
    }

    /** All headings, in the order in which they are read. */
    List<Title> headings() {
        List<Title> headings = new ArrayList<>();
        for (Node node = document.getFirstChild(); node != null; node = next(node)) {
            if (node instanceof Heading heading) {
                headings.add(title(heading));
            }
        }
        return headings;
    }

    /** With what indents it, but for what makes it part of a list or a quote. */
    private static Title title(Heading heading) {
        List<SourceSpan> spans = heading.getSourceSpans();
        int indent = heading.getParent() instanceof Document ? spans.getFirst().getColumnIndex() : 0;
        return new Title(heading.getLevel(), words(heading).replaceAll("[`*]", "").strip(),
                spans.getFirst().getInputIndex() - indent,
                spans.getLast().getInputIndex() + spans.getLast().getLength());
    }

    /** What would end the fenced block that is open at the end; null when none is. */
    @Nullable
    String openFence() {
        Node last = document;
        while (last.getLastChild() instanceof Block child) {
            last = child;
        }
        return last instanceof FencedCodeBlock code && code.getClosingFenceLength() == null
                ? code.getFenceCharacter().repeat(code.getOpeningFenceLength())
                : null;
    }

    String markdown() {
        return markdown;
    }

    private static String words(Block block) {
        return block.getFirstChild() instanceof Text text ? text.getLiteral() : "";
    }

    /** The next node in reading order; text is not entered. Not recursive: nesting costs no stack. */
    private static @Nullable Node next(Node node) {
        if (node.getFirstChild() instanceof Block child) {
            return child;
        }
        Node at = node;
        while (at != null && !(at instanceof Document)) {
            if (at.getNext() != null) {
                return at.getNext();
            }
            at = at.getParent();
        }
        return null;
    }
}
