# What could hurt? The rules, and secrets, looked for in every file that was written by hand.
MOST = 400  # of one kind in one file; who has more has been told
FEW_WORDS = {'Markdown', 'reStructuredText', 'AsciiDoc', 'Text'}
# With such a remark the authors say that they looked.
SEEN = re.compile(r'(?i)#\s*nosec\b|#\s*noqa:?\s*S\d|//\s*nolint|//\s*NOSONAR|eslint-disable(?:-next)?-line|@SuppressWarnings|phpcs:ignore|rubocop:disable|#pragma warning disable|shellcheck disable|\bDevSkim\b')
machine_made = found.get('machine_made')
rules_of = defaultdict(list)
for one in RULES:
    for name in one[1]:
        rules_of[name].append(one)


def raises_again(text, position):
    """Whether the block of a Python `except` ends in a `raise`: it cleans up and hides nothing."""
    head, *rest = text[position:position + 2000].split('\n')
    margin = position - text.rfind('\n', 0, position) - 1
    block = itertools.takewhile(lambda l: not l.strip() or len(l) - len(l.lstrip()) > margin, rest)
    return any(re.search(r'\braise\b|\bos\._exit\(', l) for l in (head, *block))


def suspects(path, text):
    """Yields (kind, position, the secret if it is one, where it may stand)."""
    low, spoken = text.lower(), language(path)
    has_sql = any(verb in low for verb in SQL_VERBS)
    for kind, _, needles, pattern, needs, unless in rules_of.get(spoken, ()):
        if needles is SQL_NEEDLES and not has_sql or not any(n in text for n in needles) or needs not in text or unless and unless.search(text):
            continue
        for match in itertools.islice(pattern.finditer(text), MOST):
            start = match.start() + len(match.group()) - len(match.group().lstrip())
            if not (kind == 'swallow' and spoken == 'Python' and raises_again(text, start)):
                yield kind, start, None, ('code',)
    if spoken not in ('HTML', 'CSS'):
        for start, value, where_allowed in secrets_in(path, text, low):
            yield 'secret', start, value, where_allowed


hits, aside, seen_by_authors, passed_over, values = defaultdict(list), Counter(), 0, 0, set()
for path, text in codebase.items():
    if path in machine_made if machine_made is not None else is_machine_made(text):
        passed_over += is_main(path)
        continue
    spans, seen = None, set()
    for kind, start, value, where_allowed in suspects(path, text):
        if value is not None:
            values.add(value[:400])
        spans = spans or Spans(path, text)
        if spans.place(start) not in where_allowed:
            continue
        line = line_at(text, start)
        if (kind, line) in seen:
            continue
        seen.add((kind, line))
        if not is_main(path) or language(path) in FEW_WORDS:
            aside[kind] += 1
        elif SEEN.search(line_of(path, line)) or SEEN.search(line_of(path, line - 1)):
            seen_by_authors += 1
        else:
            hits[kind].append((path, line, start - text.rfind('\n', 0, start) - 1))
found['secret_values'] = sorted((v for v in values if len(v) >= 6), key=lambda v: (-len(v), v))[:500]
importance = dict(found.get('hubs', ()))
for kind, (priority, title, remedy) in KINDS.items():
    if hits[kind]:
        places_found = sorted(hits[kind], key=lambda h: (is_tooling(h[0]) + 2 * is_borrowed(h[0]), -importance.get(h[0], 0), h[0], h[1]))
        tools, borrowed = sum(is_tooling(h[0]) for h in places_found), sum(is_borrowed(h[0]) for h in places_found)
        beside = tools + sum(is_borrowed(h[0]) and not is_tooling(h[0]) for h in places_found) == len(places_found)
        notes = [f'{"all" if n == len(places_found) else f"{n:,}"} of them in {what}' for n, what in ((tools, 'scripts and build files'), (borrowed, 'copies of other people\'s code')) if n]
        # What developers alone run, or mend elsewhere, can wait; a secret cannot.
        finding(kind, min(2, priority + (beside and kind != 'secret')), title, remedy, places_found, ('; '.join(notes) + '.').capitalize() if notes else '')
found['risks'], found['risks_aside'], found['risks_seen'], found['passed_over'] = {k: v for k, v in hits.items() if v}, aside, seen_by_authors, passed_over

MARKS = ('FIXME', 'XXX', 'HACK', 'TODO')  # the most pressing first
MARK = re.compile(r'^[^\n]*?(?:#|//|/\*|^[ \t]*\*|--|;;|<!--)[^\n]*?\b(?:TODO|FIXME|XXX|HACK)\b(?=[\s:(])', re.M)
marks, mark_places = Counter(), []
for path, text in codebase.items():
    if is_source(path) and is_main(path) and any(n in text for n in MARKS):
        for rank, name in enumerate(MARKS):
            for at in itertools.islice(re.finditer(r'\b' + name + r'\b(?=[\s:(])', text), MOST):
                begin = text.rfind('\n', 0, at.start()) + 1
                if at.start() - begin < 300 and MARK.match(text, begin, min(at.end() + 1, begin + 2000)):
                    marks[path] += 1
                    mark_places.append((rank, -importance.get(path, 0), path, line_at(text, at.start()), at.start() - begin))
found['marks'] = +marks
if mark_places:
    finding('marks', 2, 'Work marked as undone', 'Settle it or turn it into an issue. How old a mark is cannot be told from one commit.', [m[2:] for m in sorted(mark_places)])
total = sum(map(len, hits.values()))
print(count(total, 'suspect line'), 'in the product;', sum(aside.values()), 'more in tests, examples and documents;', seen_by_authors, 'with a remark of the authors;', count(len(mark_places), 'mark'))
for kind, members in hits.items():
    print(f'{kind}: {len(members)}, first {shown(members[0][0], 100)}:{members[0][1]}' if members else '', end='\n' if members else '')
