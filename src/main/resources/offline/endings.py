# What all reports end in: where the words of the question stand, the plan that follows from the findings, the text itself.
ORDER = ('P0: do first', 'P1: do next', 'P2: do when you pass by')
STOP_WORDS = set('what where which when that this with from does have there their about into code find look please should could would most and the how are especially focus'.split())


NO_MODEL_ASKED = '> **No language model was used.** Fixed rules looked for the words of the question; they do not understand it.'


def asked_terms(question):
    """The words of a question that are worth looking for, 8 at most."""
    return [w for w in dict.fromkeys(re.findall(r'[^\W\d_]{4,}', question.lower())) if w not in STOP_WORDS][:8]


def asked_spots(terms, paths):
    """(number of terms, weight, path) of the files that hold any, the most telling first."""
    spots = []
    for path in paths:
        low = codebase[path].lower()
        score = sum(min(20, low.count(t)) + 10 * (t in path.lower()) for t in terms)
        if score:
            spots.append((sum(t in low or t in path.lower() for t in terms), score, path))
    spots.sort(key=lambda s: (-s[0], -s[1], s[2]))
    return spots


def what_was_asked_for(within=None):
    question = globals().get('focus') or ''
    if not question:
        return
    yield from ('### What was asked for', '', f'The focus was: *{words(question, 300)}* Rules cannot answer a question; they can show where its words stand.', '')
    terms = asked_terms(question)
    spots = asked_spots(terms, [p for p in codebase if (is_main(p) if within is None else p in within)])
    for _, _, path in spots[:8]:
        low = codebase[path].lower()
        at = min((i for i in (low.find(t) for t in terms) if i >= 0), default=0)
        yield f'- {place(path, line_at(low, at))}: {", ".join(t for t in terms if t in low or t in path.lower())}'
    if not spots:
        yield f'None of its words occurs in the {"code" if within is None else "documents"}.'


def planned(nothing, steps):
    """
    A plan made of the findings.

    :param nothing: what is said when there are none
    :param steps: (key in found, words) of what must have been found out
    """
    known = findings()
    if known:
        yield from ('Each item rests on a finding above; the order is fixed by the kind of finding, the effort is a guess from counts.', '')
    number = 0
    for priority, heading in enumerate(ORDER):
        items = [(label, one) for label, one in known if one['priority'] == priority]
        if items:
            yield from (f'### {heading}', '')
        for label, one in items:
            number += 1
            here_too = f'{places_in(one)}, ' if len(one['places']) > 1 else ''
            first_place = f' {"First" if here_too else "At"} {spot(one["places"][0])}' if one['places'] and one['places'][0][0] != '/' else ''
            yield f'{number}. **{one["title"]}** ({label}; {here_too}effort {effort(one)}): {one["remedy"]}{first_place}'
        if items:
            yield ''
    if not known:
        yield nothing
    yield from left_out(steps)


def left_out(steps):
    absent = [words_for for key, words_for in steps if key not in found]
    if absent:
        yield from ('', f'*Not in this report, because the step did not finish: {", ".join(absent)}.*')


def since_earlier():
    """What counting can tell of a commit that is looked at again."""
    files = globals().get('changed_files')
    if files is None:
        return
    yield from ('## Since the Earlier Report', '')
    if files:
        yield from ('Rules cannot judge what the changes mean; counted, the largest are:', '')
        for f in sorted(files, key=lambda f: (-f['added'] - f['removed'], f['path']))[:20]:
            was = f' (was {code(f["from"], 200)})' if f['from'] else ''
            yield f'- {f["status"]} {code(f["path"], 200)}{was}: {f["added"]} added, {f["removed"]} removed'
        yield from and_more(20, len(files), 'file')
    else:
        yield 'No file that is read is known to have changed.'
    yield ''


def hand_over(keys, no_model, sub_model):
    """Makes the sections the report; one that is missing says so."""
    made = found.get('sections') or {}
    lines = ['# ' + words(found.get('name') or 'this repository', 120), '', no_model if found.get('digests_offline', True) else sub_model, '']
    lines += since_earlier()
    for key, heading in zip(keys, headings):
        lines += made.get(key) or ['## ' + heading, '', 'This section could not be written.', '']
    report = re.sub(r'\n{3,}', '\n\n', '\n'.join(lines)).rstrip() + '\n'
    for value in found.get('secret_values') or ():  # nothing above should have let one through
        if len(value) >= 8:
            report = report.replace(value, '…')
    print(count(len(report), 'character'), 'of report,', count(len(findings()), 'finding'))
    set_answer(report)
