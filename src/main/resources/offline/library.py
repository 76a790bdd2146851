# The review of a document library: what the other cells found, in the order in which an editor needs it.
documents = globals().get('documents') or {}
linked_by = globals().get('linked_by') or {}
texts = {p: d for p, d in documents.items() if not d['legal'] and not d['rendered']}
rendered = sum(d['rendered'] for d in documents.values())
REVIEW_BY_RULES = ('> **No language model was used.** Fixed rules counted, compared and followed links: each finding can be looked up at its place. Nothing has understood what is written:'
                   ' whether it is true, clear or complete is not judged here.')
REVIEW_BY_SUB = ('> **No language model was used** to explore and to write; the words on single documents are a sub model\'s. All else was counted, compared and followed by fixed rules and can be looked up at its place.')


def folder_of(path):
    """The topic that a document is filed under: its folder, two levels deep below what all share."""
    parts = path[len(ground):].split('/')[:-1]
    return ground + '/'.join(parts[:2]) + '/' if parts else ground or '/'


by_folder = defaultdict(list)
for path in texts:
    by_folder[folder_of(path)].append(path)
STOP = set('''the and for you your with that this are can not from have will has its all any but was were they their them then than when which what where who how our out use used using into also only more most other such may
should would could must one two each about after before between over under here there these those been being does did done just like some same new see set get make made way own per via yes etc html http https www com org
file files example following note value values name type default option options true false none null code line lines page section list number first last time need want without within while because both very well work works
been contents table description synopsis introduction overview also index chapter appendix'''.split())


def terms_of(folders):
    """What the titles and headings of each folder speak of most, words that many folders share last."""
    counts = {f: Counter(w for p in ps for w in {w for h in [(0, documents[p]['title'], 0)] + documents[p]['headings'][:80] for w in re.findall(r'[^\W\d_]{4,24}', re.sub(r'&\w+;', ' ', h[1]).lower())}) for f, ps in folders.items()}
    spread = Counter(w for c in counts.values() for w in c)
    return {f: [w for w, n in sorted(c.items(), key=lambda r: (-r[1] / spread[r[0]], r[0])) if w not in STOP][:6] for f, c in counts.items()}


def what_is_there():
    if 'documents' not in found:
        yield '*The documents were not read: the step did not finish.*'
        return
    if not documents:
        yield f'There are no documents among the {count(len(codebase), "loaded file")}: nothing in Markdown, HTML, reStructuredText, AsciiDoc or plain text.'
        return
    words_in_all = sum(d['words'] for d in texts.values())
    yield f'{count(len(texts), "document")} with {count(words_in_all, "word")}' + (f', and {count(len(documents) - len(texts) - rendered, "licence, change log or form", "licences, change logs, forms and lists of names")} that are not reviewed' if len(documents) > len(texts) + rendered else '') + (f', and {count(rendered, "HTML page")} that {"shows" if rendered == 1 else "show"} the same once more (only their links are checked)' if rendered else '') + f'; {count(len(codebase) - len(documents), "loaded file")} {"is" if len(codebase) - len(documents) == 1 else "are"} no document.'
    readme = found.get('readme')
    if readme and readme[2]:
        yield from ('', f'In the words of {code(readme[0])}:', '', '> ' + words(readme[2], 600))
    kinds = Counter(d['kind'] for d in texts.values())
    yield ''
    yield from table(['Kind', 'Documents', 'Words', 'Median words'], [[k, f'{n:,}', f'{sum(d["words"] for d in texts.values() if d["kind"] == k):,}', f'{sorted(d["words"] for d in texts.values() if d["kind"] == k)[n // 2]:,}'] for k, n in kinds.most_common(8)], (1, 2, 3))


def where_the_words_stand():
    yield from what_was_asked_for(texts)


def which_matter():
    if not texts:
        return
    if found.get('digests'):
        yield from ('### The documents that matter most', '', 'By how many others lead to them, and by size.' + (' The words are theirs.' if found.get('digests_offline', True) else ' Described by the sub model.'), '')
        rows = []
        for p, answer in found['digests'][:16]:
            told = dict(re.findall(r'(?m)^[ *-]*(topic|readers|state)[ *]*:[ *]*(.+)$', answer)) or {'topic': answer}
            said = ' '.join(words(told[k], 260) for k in ('topic', 'readers', 'state') if told.get(k, 'not stated').strip('. ') not in ('not stated', 'none'))
            rows.append([cell_code(p), words(documents[p]['title'], 60), f'{documents[p]["words"]:,}', f'{len(linked_by.get(p, ())):,}', said])
        yield from table(['Document', 'Title', 'Words', 'Linked by', 'What it says'], rows, (2, 3))
    if found.get('digests_lost'):
        yield from ('', f'{count(found["digests_lost"], "document")} could not be described.')


def topics():
    if len(by_folder) > 1:
        folders = dict(sorted(by_folder.items(), key=lambda f: (-sum(documents[p]['words'] for p in f[1]), f[0]))[:24])
        told = terms_of(folders)
        yield from ('### By folder', '', 'The words are those that stand most often in titles and headings of a folder and least in those of others.', '')
        yield from table(['Folder', 'Documents', 'Words', 'Entrance', 'What it speaks of'], [[cell_code(f), f'{len(ps):,}', f'{sum(documents[p]["words"] for p in ps):,}', next((cell_code(posixpath.basename(p)) for p in sorted(ps, key=len) if re.match(r'(?i)(?:readme|index|_index)\b', posixpath.basename(p))), ''), ', '.join(words(w, 24) for w in told.get(f, ()))] for f, ps in folders.items()], (1, 2))
        if len(by_folder) > 24:
            yield from ('', f'{len(by_folder) - 24:,} smaller folders are left out.')


def outlines():
    big = sorted((p for p, d in texts.items() if len(d['headings']) > 2), key=lambda p: (-documents[p]['words'], p))[:8]
    if big:
        yield from ('### Outlines of the largest documents', '')
        for p in big:
            d = documents[p]
            ranks = sorted({h[0] for h in d['headings']})
            level = ranks[1] if len(ranks) > 1 and sum(h[0] == ranks[0] for h in d['headings']) == 1 else ranks[0]
            own_level = [h for h in d['headings'] if h[0] <= level and h[1] != d['title']]
            yield f'- {code(p)} ({count(d["words"], "word")}): ' + ' · '.join(words(h[1], 60) for h in own_level[:10]) + (f' · … ({len(own_level) - 10:,} more)' if len(own_level) > 10 else '')


def the_way():
    navigation, orphans = found.get('navigation') or [], found.get('orphans') or []
    yield from ('### How a reader finds the way', '')
    entrances = sorted((p for p in texts if re.match(r'(?i)(?:readme|index|_index|home|summary)\b', posixpath.basename(p))), key=lambda p: (p.count('/'), p))
    if entrances:
        yield '- **Entrances**: ' + ', '.join(code(p) for p in entrances[:6]) + (f' and {len(entrances) - 6:,} more' if len(entrances) > 6 else '') + '.'
    else:
        yield '- **Entrances**: no README or index.'
    yield '- **Navigation**: ' + (', '.join(code(p) for p in navigation[:4]) + '.' if navigation else 'no file that orders the documents (table of contents, sidebar) was recognised.')
    yield f'- **Links**: {count(found.get("inside", 0), "link")} between files here, {found.get("outside", 0):,} to other sites (not followed), {count(len(found.get("broken") or ()), "broken one") if found.get("broken") else "none broken"}{label("broken")}.'
    leads = sorted(((len(s), p) for p, s in linked_by.items() if p in texts), key=lambda r: (-r[0], r[1]))[:5]
    if leads:
        yield '- **Most linked to**: ' + ', '.join(f'{code(p)} ({n:,})' for n, p in leads) + '.'
    if orphans:
        yield f'- **Led to by no other document**: {len(orphans):,} of {len(texts):,}{label("orphans")}.' + (' So many that the way is likely built by a tool that these rules do not know.' if len(orphans) >= 0.7 * len(texts) else '')


ORDER_OF_QUALITY = ('broken', 'entrance', 'other_case', 'anchors', 'disagree', 'old', 'outdated', 'unfinished', 'empty', 'twins', 'repeated', 'same_titles', 'orphans', 'variants', 'untitled', 'stubs', 'jumps', 'nameless', 'plain_blocks')


def overview():
    known = findings()
    if 'findings' not in found and 'stated' not in found:
        yield '*Not compared: the step did not finish.*'
    elif not known:
        yield 'Nothing was found by these rules: no broken link, no unfinished passage, nothing said twice.'
    else:
        yield from table(['Finding', 'Priority', 'What', 'Places'], [[number, SEVERITY[one['priority']], one['title'], f'{len(one["places"]):,}'] for number, one in known], (3,))


def disagreements():
    if found.get('disagree'):
        yield from (f'### What does not agree{label("disagree")}', '')
        for name, versions in found['disagree'][:6]:
            yield f'- **{words(name, 30)}**: ' + '; '.join(f'{words(v, 20)} at {cited(*ps[0])}' for v, ps in list(versions.items())[:4])
        yield ''


def spellings():
    if found.get('variants'):
        yield from (f'### Names{label("variants")}', '')
        for best, n, others in found['variants'][:8]:
            for w, hits in others[:2]:
                yield f'- {words(best, 40)} ({n:,} times), but {words(w, 40)} at {cited(*hits[0])}'
        yield ''


def repeats():
    if found.get('twins') or found.get('repeated') or found.get('same_titles'):
        yield from (f'### Said twice{label("twins")}{label("repeated")}{label("same_titles")}', '')
        yield from (f'- The same text: ' + ', '.join(code(p) for p in ps[:4]) + (f' and {len(ps) - 4:,} more' if len(ps) > 4 else '') for ps in (found.get('twins') or ())[:6])
        yield from (f'- The same paragraph, {len(ps):,} times: ' + ', '.join(place(p, line) for p, line, _ in ps[1:3]) + f' and {cited(*ps[0])}' for ps in (found.get('repeated') or ())[:8])
        yield from (f'- The same title, "{words(t, 60)}": ' + ', '.join(code(p) for p in ps[:4]) + (f' and {len(ps) - 4:,} more' if len(ps) > 4 else '') for t, ps in (found.get('same_titles') or ())[:8])
        yield ''


def other_findings():
    yield from details([k for k in ORDER_OF_QUALITY if k not in ('disagree', 'variants', 'twins', 'repeated', 'same_titles')])


USUAL = (('how to install or set up', r'install|set(?:ting)?[ -]?up|getting[ -]started|quick[ -]?start'), ('a first example or tutorial', r'tutorial|example|quick[ -]?start|getting[ -]started|first steps|walkthrough|usage'), ('settings', r'config|settings|options|environment'),
         ('a reference', r'reference|api\b|commands?|cli\b|glossary|syntax'), ('what to do when it fails', r'troubleshoot|faq|frequently|problems?|known issues|errors?|debug'), ('how to upgrade', r'upgrad|migrat|what.?s new|release notes|changelog|change log|breaking'),
         ('how to contribute', r'contribut|development|hacking'), ('whom to ask', r'support|contact|community|help\b'))


def gaps():
    missing = found.get('wanted') or []
    if missing:
        yield from ('Promised by a link and not there:', '')
        yield from (f'- {code(at)} is missing and linked {count(n, "time")}' + next((f', as at {cited(*b[:3])}' for b in found.get('broken') or () if b[4] == at), '') for at, n in missing[:10])
        yield ''
    spoken = ' \n'.join(h[1].lower() for d in documents.values() for h in d['headings']) + ' \n' + ' \n'.join(p.lower() for p in documents)
    lacking = [what for what, pattern in USUAL if not re.search(pattern, spoken)]
    if lacking and len(texts) > 2:
        yield from ('No title, heading or file name speaks of these, which readers of documentation usually look for: ' + ', '.join(lacking) + '. A library of another kind may not need them.', '')
    alone = [f for f, ps in by_folder.items() if len(ps) >= 4 and f not in ('/', ground) and not any(re.match(r'(?i)(?:readme|index|_index|summary|overview|introduction)\b', posixpath.basename(p)) for p in ps)]
    if alone:
        yield from ('Folders of four documents or more without an entrance: ' + ', '.join(code(f) for f in sorted(alone)[:10]) + (f' and {len(alone) - 10:,} more' if len(alone) > 10 else '') + '.', '')
    if not (missing or lacking or alone):
        yield from ('None that these rules know of.', '')
    aside = metadata.get('notLoaded') if isinstance(metadata, dict) else None
    dropped = sum(n for n in aside.values() if isinstance(n, int)) if isinstance(aside, dict) else 0
    yield f'All {count(len(documents), "document")} were searched by rules; none was read for its meaning.' + (f' {count(dropped, "file")} of the commit {"was" if dropped == 1 else "were"} not loaded, so documents in PDF or office formats are not seen.' if dropped else '')


def editorial_plan():
    yield from planned('Nothing presses by these rules. An editor, or a language model, may see more.',
                       (('languages', 'sizes and README'), ('documents', 'documents and links'), ('stated', 'comparisons'), ('digests', 'descriptions of documents')))


PARTS = ((what_is_there, where_the_words_stand, which_matter), (topics, outlines, the_way), (overview, disagreements, repeats, spellings, other_findings), (gaps,), (editorial_plan,))
for number, parts in enumerate(PARTS):
    section(f'library{number}', headings[number], *parts)
hand_over([f'library{number}' for number in range(len(PARTS))], REVIEW_BY_RULES, REVIEW_BY_SUB)
