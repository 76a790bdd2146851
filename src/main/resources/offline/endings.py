# What all reports end in: where the words of the question stand, the plan that follows from the findings, the text itself.
ORDER = ('P0: do first', 'P1: do next', 'P2: do when you pass by')
STOP_WORDS = set('what where which when that this with from does have there their about into code find look please should could would most and the how are especially focus'.split())


def what_was_asked_for(within=None):
    question = globals().get('focus') or ''
    if not question:
        return
    yield from ('### What was asked for', '', f'The focus was: *{words(question, 300)}* Rules cannot answer a question; they can show where its words stand.', '')
    terms = [w for w in dict.fromkeys(re.findall(r'[^\W\d_]{4,}', question.lower())) if w not in STOP_WORDS][:8]
    spots = []
    for path, text in codebase.items():
        if terms and (is_main(path) if within is None else path in within):
            low = text.lower()
            score = sum(min(20, low.count(t)) + 10 * (t in path.lower()) for t in terms)
            if score:
                spots.append((sum(t in low or t in path.lower() for t in terms), score, path))
    spots.sort(key=lambda s: (-s[0], -s[1], s[2]))
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


def hand_over(keys, no_model, sub_model):
    """Makes the sections the report; one that is missing says so."""
    made = found.get('sections') or {}
    lines = ['# ' + words(found.get('name') or 'this repository', 120), '', no_model if found.get('digests_offline', True) else sub_model, '']
    for key, heading in zip(keys, headings):
        lines += made.get(key) or ['## ' + heading, '', 'This section could not be written.', '']
    report = re.sub(r'\n{3,}', '\n\n', '\n'.join(lines)).rstrip() + '\n'
    for value in found.get('secret_values') or ():  # nothing above should have let one through
        if len(value) >= 8:
            report = report.replace(value, '…')
    print(count(len(report), 'character'), 'of report,', count(len(findings()), 'finding'))
    set_answer(report)
