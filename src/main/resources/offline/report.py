# The last section is the plan, made of the findings; then the sections become the report. What an earlier cell could not
# find is missing, and said so.
NO_MODEL = ('> **No language model was used.** This report was made by fixed rules (counting, parsing of imports and manifests, known patterns): what it states can be looked up'
            ' at the places it names, but nothing here has understood the code, and what no rule knows is not found.')
SUB_MODEL = ('> **No language model was used** to explore and to write; the notes on single files are a sub model\'s words. All else was made by fixed rules: it can be looked up'
             ' at the places named, but nothing here has understood the whole.')
ORDER = ('P0: do first', 'P1: do next', 'P2: do when you pass by')
STEPS_OF = (('languages', 'sizes and README'), ('manifests', 'manifests'), ('imports', 'imports'), ('entries', 'modules and entry points'), ('hot_files', 'hot spots'),
            ('test_files', 'tests'), ('delivery', 'continuous integration and containers'), ('risks', 'risky patterns'), ('digests', 'descriptions of the key files'))


def plan():
    known = findings()
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
        yield 'Nothing presses by these rules: no risky line, tests and documents are there. A language model, or a reader, may see more.'
    absent = [label for key, label in STEPS_OF if key not in found]
    if absent:
        yield from ('', f'*Not in this report, because the step did not finish: {", ".join(absent)}.*')


section('plan', 'Prioritized Development Plan', plan)
made = found['sections']
for key, heading in (('architecture', 'Architecture Overview'), ('audit', 'Bug & Issue Audit'), ('quality', 'Code Quality Assessment')):
    made.setdefault(key, ['## ' + heading, '', 'This section could not be written.', ''])
title = found.get('name') or 'this repository'
report = '\n'.join(['# ' + words(title, 120), '', NO_MODEL if found.get('digests_offline', True) else SUB_MODEL, '',
                    *made['architecture'], *made['audit'], *made['quality'], *made['plan']])
report = re.sub(r'\n{3,}', '\n\n', report).rstrip() + '\n'
for value in found.get('secret_values') or ():  # nothing above should have let one through
    if len(value) >= 8:
        report = report.replace(value, '…')
print(count(len(report), 'character'), 'of report,', count(len(findings()), 'finding'))
set_answer(report)
