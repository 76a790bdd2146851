package dev.deeprepo.rlm;

import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.llm.ToolResult;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What the root model has been told and has said: a list that only grows, so that each call begins with the very
 * messages of the call before (which is what prompt caches and signed thinking blocks need).
 *
 * <p>Its fingerprint covers what the run itself brought about: system prompt, first message, replies, observations.
 * The words of our own countdown and requests are left out, so that a new version of them does not make the resumed
 * run a different one.
 */
final class Conversation {

    /** Tokens that the framing of a message, with a countdown at its end, adds at most. */
    static final int FRAME = 100;

    private final List<Message> messages = new ArrayList<>();
    private final MessageDigest digest = sha256();
    private long tokens;

    Conversation(String system, String firstMessage, String countdown) {
        fingerprint(system);
        fingerprint(firstMessage);
        tokens = Tokens.estimate(system);
        add(new Message.User(withCountdown(firstMessage, countdown)), Tokens.estimate(firstMessage));
    }

    List<Message> messages() {
        return List.copyOf(messages);
    }

    /** Tokens of all messages and the system prompt, at most. */
    long tokens() {
        return tokens;
    }

    /** The hash of model and conversation so far. */
    String hash(String model) {
        try {
            MessageDigest copy = (MessageDigest) digest.clone();
            copy.update(model.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(copy.digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Hashes one prompt to a model. */
    static String hash(String model, String prompt) {
        return new Conversation("", prompt, "").hash(model);
    }

    /** The model spoke. An empty reply is not kept: no provider takes it back. */
    void replied(Message.Assistant reply) {
        fingerprint(reply.text());
        reply.toolCalls().forEach(call -> fingerprint(call.id() + ' ' + call.name() + ' ' + call.arguments()));
        if (!reply.text().isBlank() || !reply.toolCalls().isEmpty()) {
            String raw = reply.raw();
            add(reply, raw != null
                    ? Tokens.estimate(raw)
                    : Tokens.estimate(reply.text()) + reply.toolCalls().stream()
                            .mapToLong(call -> Tokens.estimate(call.arguments())).sum());
        }
    }

    /**
     * Leaves out what only the model understands that wrote it: its replies go on as words and tool calls.
     *
     * @return whether there was anything of the kind
     */
    boolean dropThinking() {
        boolean any = messages.stream().anyMatch(Conversation::isRaw);
        messages.replaceAll(message -> message instanceof Message.Assistant said
                ? new Message.Assistant(said.text(), said.toolCalls(), null)
                : message);
        return any;
    }

    private static boolean isRaw(Message message) {
        return message instanceof Message.Assistant said && said.raw() != null;
    }

    /** Answers all tool calls of the newest reply; the countdown ends the text of the last. */
    void results(List<ToolResult> results, String countdown) {
        List<ToolResult> all = new ArrayList<>(results);
        ToolResult last = all.removeLast();
        all.add(new ToolResult(last.id(), withCountdown(last.text(), countdown), last.error()));
        add(new Message.ToolResults(all), all.stream().mapToLong(result -> Tokens.estimate(result.text())).sum());
    }

    /** Says something in words. */
    void say(String text, String countdown) {
        add(new Message.User(withCountdown(text, countdown)), Tokens.estimate(text));
    }

    /** An observation is about to be told: part of what a resumed run must come to. */
    void observed(String observation) {
        fingerprint(observation);
    }

    private void add(Message message, long size) {
        messages.add(message);
        tokens += size + FRAME;
    }

    private static String withCountdown(String text, String countdown) {
        return countdown.isEmpty() ? text : text + "\n\n" + countdown;
    }

    private void fingerprint(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
