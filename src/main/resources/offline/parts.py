# What reports are made of. A part is a function that yields lines of Markdown; a section is a heading and its parts.
SEVERITY = ('P0', 'P1', 'P2')
LATE = ('no_tests', 'few_tests', 'untested', 'cycle', 'mutual', 'complex', 'large', 'missing', 'marks')  # among equals these come last
SHOWN = (10, 8, 5)  # places shown of a finding, by priority


def section(key, heading, *parts):
    """Writes a section; a part that fails says so and leaves the others alone."""
    lines = ['## ' + heading, '']
    for part in parts:
        try:
            made = list(part())
        except Exception as problem:
            print(part.__name__, 'failed:', type(problem).__name__, shown(problem, 200))
            made = [f'*A part of this section ({part.__name__.replace("_", " ")}) could not be written.*']
        lines += made + [''] * bool(made)
    found.setdefault('sections', {})[key] = lines


def table(head, rows, right=()):
    yield '| ' + ' | '.join(head) + ' |'
    yield '|' + '|'.join('---:' if i in right else '---' for i in range(len(head))) + '|'
    for row in rows:
        yield '| ' + ' | '.join(str(c) for c in row) + ' |'


def and_more(shown_now, total, noun, plural=None):
    if total > shown_now:
        yield f'- … and {count(total - shown_now, "more " + noun, plural and "more " + plural)}.'


def findings():
    """All findings with their numbers, the most pressing first."""
    known = sorted((found.get('findings') or {}).items(), key=lambda item: (item[1]['priority'], item[0] in LATE and 1 + LATE.index(item[0])))
    return [(f'F{number}', one) for number, (_, one) in enumerate(known, 1)]


def label(key):
    """The number of a finding, to stand behind a heading; '' when there is none of that kind."""
    return next((f' ({number})' for number, one in findings() if one is (found.get('findings') or {}).get(key)), '')


def spot(at):
    path, line, column = at
    return cited(path, line, column) if line else code(path, 300)


def places_of(one, limit=None):
    limit = limit or SHOWN[one['priority']]
    for at in one['places'][:limit]:
        yield '- ' + spot(at)
    yield from and_more(limit, len(one['places']), 'place' if any(line for _, line, _ in one['places']) else 'file')


def places_in(one):
    return count(len(one['places']), 'place' if any(line for _, line, _ in one['places']) else 'file')


def details(keys):
    """Each of these findings with its places and what to do."""
    wanted = [found['findings'][k] for k in keys if k in (found.get('findings') or {})]
    for number, one in findings():
        if any(one is w for w in wanted):
            yield from (f'### {number} · {SEVERITY[one["priority"]]} · {one["title"]} ({places_in(one)})', '')
            yield from (one['remedy'] + (' ' + one['note'] if one['note'] else ''), '')
            yield from places_of(one)
            yield ''


def effort(one):
    return 'small' if len(one['places']) <= 5 else 'medium' if len(one['places']) <= 40 else 'large'


def answer_lines(answer):
    """A digest as {purpose, api, shape, smells}; any other sub model's words as {purpose}."""
    parts = dict(re.findall(r'(?m)^[ *-]*(purpose|api|shape|smells)[ *]*:[ *]*(.+)$', answer))
    return parts or {'purpose': answer}


def here(pattern):
    return sorted((p for p in codebase if re.search(pattern, p)), key=lambda p: (p.count('/'), p))
