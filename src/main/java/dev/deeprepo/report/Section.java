package dev.deeprepo.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A heading with what stands below it.
 *
 * @param level from 1 to 6; 0 for text before the first heading
 * @param title the heading's words; empty at level 0
 * @param markdown the text up to the next heading of any level
 * @param sections the headings of lower rank below this one
 */
public record Section(int level, String title, String markdown, List<Section> sections) {

    /** The sections of highest rank, in order. Lines that look like headings inside code or lists are none. */
    static List<Section> of(Blocks blocks) {
        String text = blocks.markdown();
        List<Blocks.Title> titles = blocks.titles();
        List<Section> flat = new ArrayList<>();
        String preface = text.substring(0, titles.isEmpty() ? text.length() : titles.getFirst().start()).strip();
        if (!preface.isEmpty()) {
            flat.add(new Section(0, "", preface, List.of()));
        }
        for (int i = 0; i < titles.size(); i++) {
            Blocks.Title title = titles.get(i);
            int end = i + 1 < titles.size() ? titles.get(i + 1).start() : text.length();
            flat.add(new Section(title.level(), title.text(), text.substring(title.end(), end).strip(), List.of()));
        }
        return nest(flat);
    }

    /** Gives each section those that follow it with a lower rank. */
    private static List<Section> nest(List<Section> flat) {
        List<Section> nested = new ArrayList<>();
        int at = 0;
        while (at < flat.size()) {
            Section section = flat.get(at);
            int end = at + 1;
            while (section.level() > 0 && end < flat.size() && flat.get(end).level() > section.level()) {
                end++;
            }
            nested.add(new Section(section.level(), section.title(), section.markdown(),
                    nest(flat.subList(at + 1, end))));
            at = end;
        }
        return nested;
    }
}
