package dev.deeprepo.checkout;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Where any of many words stands in a text, in one pass over its bytes. ASCII letters are equal in either case.
 *
 * <p>At each byte the four that begin there are read as one number, upper case made lower, and hashed; a table knows the
 * hashes with which words begin, and only where it does words are compared. No step waits for the one before, as each does
 * in an automaton, which took twice as long.
 */
final class Keywords {

    /** Told of each place where a word stands, in order. */
    interface Hit {
        void at(int word, int start);
    }

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final int SHORTEST = 3;
    private static final int BITS = 17;
    private static final int LOWER = 0x20202020;
    private static final int[] NONE = {};

    /** By number, in lower case. */
    private final byte[][] words;
    /** By hash, a bit each, so that it stays in the nearest cache. */
    private final long[] known = new long[1 << BITS - 6];
    /** By hash: the numbers of the words that may begin with it. */
    private final int[] @Nullable [] begun = new int[1 << BITS][];

    /** @param words of three bytes or more */
    Keywords(Collection<String> words) {
        this.words = words.stream().map(word -> folded(word).getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        for (int number = 0; number < this.words.length; number++) {
            byte[] word = this.words[number];
            if (word.length < SHORTEST) {
                throw new IllegalArgumentException("a keyword has at least 3 bytes, number %d has %d".formatted(number,
                        word.length));
            }
            byte[] four = Arrays.copyOf(word, Integer.BYTES);
            for (int last = 0; last < (word.length == SHORTEST ? 256 : 1); last++) {
                four[SHORTEST] = word.length == SHORTEST ? (byte) last : word[SHORTEST];
                place(number, hash((int) INT.get(four, 0)));
            }
        }
    }

    /** Upper case made lower, in ASCII only. */
    static String folded(String word) {
        StringBuilder folded = new StringBuilder(word);
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            folded.setCharAt(i, c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c);
        }
        return folded.toString();
    }

    private void place(int number, int hash) {
        int[] before = begun[hash] == null ? NONE : begun[hash];
        if (Arrays.stream(before).noneMatch(word -> word == number)) {
            int[] more = Arrays.copyOf(before, before.length + 1);
            more[before.length] = number;
            begun[hash] = more;
            known[hash >>> 6] |= 1L << hash;
        }
    }

    private static int hash(int four) {
        return (four | LOWER) * 0x9E3779B1 >>> Integer.SIZE - BITS;
    }

    void find(byte[] text, Hit hit) {
        int whole = text.length - SHORTEST;
        for (int i = 0; i < whole; i++) {
            int hash = hash((int) INT.get(text, i));
            if ((known[hash >>> 6] >>> hash & 1) != 0) {
                compare(hash, text, i, hit);
            }
        }
        if (whole >= 0) { // a word of three may end the text
            compare(hash((int) INT.get(Arrays.copyOfRange(text, whole, text.length + 1), 0)), text, whole, hit);
        }
    }

    private void compare(int hash, byte[] text, int start, Hit hit) {
        int[] candidates = begun[hash];
        for (int word : candidates == null ? NONE : candidates) {
            if (stands(words[word], text, start)) {
                hit.at(word, start);
            }
        }
    }

    private static boolean stands(byte[] word, byte[] text, int start) {
        if (word.length > text.length - start) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            byte b = text[start + i];
            if (word[i] != (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b)) {
                return false;
            }
        }
        return true;
    }
}
