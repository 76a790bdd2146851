package dev.deeprepo.report;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.Code;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;
import org.owasp.html.HtmlPolicyBuilder;
import org.owasp.html.PolicyFactory;

/**
 * Markdown that a model wrote, as HTML that can do nothing in a browser but be read, and lead to http and https addresses
 * that are followed on purpose.
 *
 * <p>Two walls, either of which would do. HTML in the Markdown is shown as the text that it is, so nothing of an answer is
 * lost; and of what the renderer makes, only what is listed here passes. A picture becomes a link to it.
 */
final class SafeHtml {

    /** Of blocks, then of blocks and marked words together: whoever renders it goes down by recursion. */
    private static final int MAX_BLOCKS = 100;
    private static final int MAX_NESTING = 200;

    private static final List<TablesExtension> TABLES = List.of((TablesExtension) TablesExtension.create());
    private static final Parser PARSER = Parser.builder().extensions(TABLES).maxOpenBlockParsers(MAX_BLOCKS)
            .postProcessor(SafeHtml::readable).build();
    private static final HtmlRenderer RENDERER = HtmlRenderer.builder().extensions(TABLES).escapeHtml(true).build();

    private static final PolicyFactory ALLOWED = new HtmlPolicyBuilder()
            .allowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "ul", "ol", "li", "pre",
                    "code", "em", "strong", "table", "thead", "tbody", "tr", "th", "td", "a")
            .allowAttributes("align").matching(false, "left", "center", "right").onElements("th", "td")
            .allowAttributes("start").matching(Pattern.compile("\\d{1,9}")).onElements("ol")
            .allowAttributes("href").matching(Pattern.compile("(?i)https?://[^/].*")).onElements("a")
            .allowUrlProtocols("http", "https").requireRelsOnLinks("noopener", "noreferrer", "nofollow").toFactory();

    private SafeHtml() {}

    static String of(String markdown) {
        return ALLOWED.sanitize(RENDERER.render(PARSER.parse(markdown)));
    }

    private record At(Node node, int depth) {}

    /** Turns pictures into links, and what is nested too deeply for anybody to read into its words. */
    private static Node readable(Node document) {
        Deque<At> open = new ArrayDeque<>(List.of(new At(document, 0)));
        while (!open.isEmpty()) {
            At at = open.pop();
            if (at.depth >= MAX_NESTING) {
                replace(at.node, new Text(words(at.node)));
                continue;
            }
            Node node = at.node instanceof Image image ? link(image) : at.node;
            for (Node child = node.getFirstChild(); child != null; child = child.getNext()) {
                open.push(new At(child, at.depth + 1));
            }
        }
        return document;
    }

    private static Node link(Image image) {
        Link link = new Link(image.getDestination(), null);
        while (image.getFirstChild() != null) {
            link.appendChild(image.getFirstChild());
        }
        replace(image, link);
        return link;
    }

    private static void replace(Node node, Node other) {
        node.insertAfter(other);
        node.unlink();
    }

    private static String words(Node top) {
        StringBuilder words = new StringBuilder();
        Deque<Node> open = new ArrayDeque<>(List.of(top));
        while (!open.isEmpty()) {
            Node node = open.pop();
            switch (node) {
                case Text text -> words.append(text.getLiteral());
                case Code code -> words.append(code.getLiteral());
                default -> {
                }
            }
            for (Node child = node.getLastChild(); child != null; child = child.getPrevious()) {
                open.push(child);
            }
        }
        return words.toString();
    }
}
