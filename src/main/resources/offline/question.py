# Rules cannot understand a question. They can show where its words stand, and which findings of the earlier report speak of them.
terms = asked_terms(globals().get('focus') or '')


def lines_with_terms(path, limit=3):
    """(line number, line, terms) of the lines that hold the most of the words."""
    hits = []
    for number, line in enumerate(codebase[path].split('\n'), 1):
        low = line.lower()
        here = [t for t in terms if t in low]
        if here:
            hits.append((number, line, here))
    hits.sort(key=lambda hit: (-len(hit[2]), hit[0]))
    return sorted(hits[:limit])


def answer_part():
    yield 'Fixed rules cannot answer a question: nothing here has understood it. They show where its words stand, which is where one who can read should begin.'
    if spots:
        yield from ('', f'Of {count(len(codebase), "file")}, {len(spots)} {"holds" if len(spots) == 1 else "hold"} at least one of its words: {", ".join(terms)}.')
    else:
        yield from ('', 'None of its words occurs in any file.' if terms else 'It holds no word that is worth looking for.')


def evidence_part():
    for _, _, path in spots[:10]:
        for number, line, here in lines_with_terms(path):
            column = len(line) - len(line.lstrip())
            yield f'- {cited(path, number, column)}: {", ".join(here)}'
    if not spots:
        yield 'There is none.'


def rests_on_part():
    findings_with_terms = [f for f in globals().get('earlier_findings') or [] if any(t in f['claim'].lower() for t in terms)]
    if findings_with_terms:
        yield from ('The earlier report names these words at:', '')
        for f in findings_with_terms[:20]:
            where = code(f['path'] + (f':{f["line"]}' if f['line'] else ''), 300)
            yield f'- {where} ({"holds" if f["holds"] else "does not hold"}): {words(f["claim"], 200)}'
    else:
        yield 'The earlier report says nothing at a place in the code that holds these words.'
    yield from ('', f'All {count(len(codebase), "file")} were searched for the words; none was read for its meaning.')


spots = asked_spots(terms, codebase)
found['digests_offline'] = True
for key, heading, part in zip(('answer', 'evidence', 'rests_on'), headings, (answer_part, evidence_part, rests_on_part)):
    section(key, heading, part)
hand_over(('answer', 'evidence', 'rests_on'), NO_MODEL_ASKED, NO_MODEL_ASKED)
