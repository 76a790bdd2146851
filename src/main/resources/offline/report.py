# Everything found so far becomes the report. What an earlier cell could not find is missing here, and said so.
meta = metadata if isinstance(metadata, dict) else {}
name = found.get('name') or str(meta.get('repository') or 'this repository')
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
offline = found.get('digests_offline', True)
files, lines, characters = len(sizes), sum(s[1] for s in sizes.values()), sum(s[0] for s in sizes.values())
out = []


def say(*text):
    out.extend(text)


def table(head, rows, right=()):
    say('| ' + ' | '.join(head) + ' |', '|' + '|'.join('---:' if i in right else '---' for i in range(len(head))) + '|')
    say(*('| ' + ' | '.join(str(c) for c in row) + ' |' for row in rows), '')


def place(path, line):
    return code(f'{shown(path, 300)}:{line}', 320)


def and_more(shown_now, total, noun):
    if total > shown_now:
        say(f'- … and {count(total - shown_now, "more " + noun)}.')


def answer_lines(answer):
    """A digest as {purpose, api, shape, smells}; any other sub model's words as {purpose}."""
    parts = dict(re.findall(r'(?m)^[ *-]*(purpose|api|shape|smells)[ *]*:[ *]*(.+)$', answer))
    return parts or {'purpose': answer}


say(f'# {words(name, 120)}', '')
if offline:
    say('> **No language model was used.** This report was made by fixed rules (counting, parsing of imports and manifests, known'
        ' patterns): what it states can be looked up at the places it names, but nothing here has understood the code, and'
        ' what no rule knows is not found.', '')
else:
    say('> **No language model was used** to explore and to write; the notes on single files are a sub model\'s words.'
        ' All else was made by fixed rules: it can be looked up at the places named, but nothing here has understood the whole.', '')

# --- architecture ---------------------------------------------------------------------------------------------------
say('## Architecture Overview', '')
languages = found.get('languages') or []
readme = found.get('readme')
spoken = ', '.join(f'{l[0]} {100 * l[3] / max(1, characters):.0f} %' for l in [l for l in languages if l[0] != 'Other'][:4] if l[3] * 100 >= characters) or 'no known language'
say(f'**{words(name, 120)}** holds {count(files, "text file")} with {count(lines, "line")} ({characters / 1e6:,.1f} million characters): {spoken}.'
    if characters >= 50_000 else f'**{words(name, 120)}** holds {count(files, "text file")} with {count(lines, "line")}: {spoken}.', '')
if readme and readme[2]:
    say(f'In the words of {code(readme[0])}' + (f' ("{words(readme[1], 100)}")' if readme[1] else '') + ':', '', '> ' + words(readme[2], 700), '')
elif readme:
    say(f'{code(readme[0])} exists' + (f' ("{words(readme[1], 100)}")' if readme[1] else '') + ' but does not say in a sentence what this is.', '')
elif 'readme' in found:
    say('There is no README, so the repository does not say what it is.', '')
manifests = found.get('manifests') or []
if manifests:
    say('### What the manifests say', '')
    table(['Manifest', 'Tool', 'Name', 'Version', 'Dependencies', 'Development only'],
          [[cell_code(m[0]), words(m[1], 40), words(m[2], 60).replace('\n', ' '), words(m[3], 30),
            '' if m[5] is None else f'{m[5]:,}', '' if m[6] is None else f'{m[6]:,}'] for m in manifests[:8]], (4, 5))
    if len(manifests) > 8:
        say(f'{len(manifests) - 8} more manifests lie deeper.', '')
    described = next((m for m in manifests if m[4] and m[4] != 'could not be parsed'), None)
    if described and not described[4].startswith('Go '):
        say(f'{code(described[0])} describes it as: {words(described[4], 300)}', '')
if languages:
    say('### Languages', '')
    table(['Language', 'Files', 'Lines', 'Share of characters'],
          [[l[0], f'{l[1]:,}', f'{l[2]:,}', f'{100 * l[3] / max(1, characters):.1f} %'] for l in languages[:10]], (1, 2, 3))
modules = found.get('modules') or []
if len(modules) > 1:
    say('### Modules', '', 'The tree, cut where it is thickest (tests, examples and documents left out; `*` stands for the files directly in a folder).'
        + (' Imports are counted between these parts.' if found.get('links') else ''), '')
    links = found.get('links') or []
    columns = 6 if links else 4
    table(['Module', 'Files', 'Lines', 'Mostly', 'Imported from elsewhere', 'Imports elsewhere'][:columns],
          [[cell_code(m[0] or '/'), f'{m[1]:,}', f'{m[2]:,}', m[3], f'{m[4]:,}', f'{m[5]:,}'][:columns] for m in modules[:14]], (1, 2, 4, 5))
    if len(modules) > 14:
        say(f'{len(modules) - 14} smaller ones are left out.', '')
    if links:
        say('The strongest ties, by imports:', '', *(f'- {code(a)} → {code(b)}: {n:,}' for (a, b), n in links[:6]), '')
entries = found.get('entries')
if entries:
    say('### Entry points', '')
    say(*(f'- {place(p, line)}: {why}' + ('' if is_main(p) else ' (not part of the product)') for p, line, why in entries[:15]))
    and_more(15, len(entries), 'entry point')
    say('')
elif entries is not None:
    say('### Entry points', '', 'None was recognised: this is a library, or it is started in a way these rules do not know.', '')
hubs = found.get('hubs') or []
if hubs:
    say('### Import hubs', '', 'The files that most other files lean on; a change there reaches far.', '')
    say(*(f'- {code(p)}: imported by {count(n, "file")}' for p, n in hubs[:10]), '')
elif 'hubs' in found and len(found.get('test_files') or ()) + sum(m[1] for m in modules) > 1:
    say('### Import hubs', '', 'No file of the product imports another one in a way these rules can follow.', '')
digests = found.get('digests') or []
if digests:
    say('### Key files', '', ('Described by rules from their headers, comments and declarations.' if offline else 'Described by the sub model.'), '')
    mute = 0
    for path, answer in digests[:14]:
        parts = answer_lines(re.sub(r'\Aoffline/digest[^\n]*\n', '', answer))
        purpose, api = parts.get('purpose', 'not stated'), parts.get('api', 'nothing public')
        said = [words(purpose, 260)] * (purpose != 'not stated') + [f'*Offers* {words(api, 220)}'] * (api != 'nothing public')
        if said:
            say(f'- {code(path)}: {" ".join(said)}')
        else:
            mute += 1
    if mute:
        say('', f'{count(mute, "key file")} {"says" if mute == 1 else "say"} nothing of {"itself" if mute == 1 else "themselves"}.')
    say('')
if found.get('digests_lost'):
    say(f'{count(found["digests_lost"], "file")} could not be described.', '')
question = globals().get('focus') or ''
if question:
    say('### What was asked for', '', f'The focus was: *{words(question, 300)}* Rules cannot answer a question; they can show where its words stand.', '')
    terms = [w for w in dict.fromkeys(re.findall(r'[^\W\d_]{4,}', question.lower())) if w not in
             {'what', 'where', 'which', 'when', 'that', 'this', 'with', 'from', 'does', 'have', 'there', 'their', 'about', 'into', 'code', 'find', 'look', 'please', 'should', 'could', 'would', 'most', 'and', 'the', 'how', 'are', 'especially', 'focus'}][:8]
    spots = []
    for path, text in codebase.items():
        if terms and is_main(path):
            low = text.lower()
            score = sum(min(20, low.count(t)) + 10 * (t in path.lower()) for t in terms)
            if score:
                spots.append((sum(t in low or t in path.lower() for t in terms), score, path))
    spots.sort(key=lambda s: (-s[0], -s[1], s[2]))
    for _, _, path in spots[:8]:
        low = codebase[path].lower()
        at = min((i for i in (low.find(t) for t in terms) if i >= 0), default=0)
        say(f'- {place(path, line_at(low, at))}: {", ".join(t for t in terms if t in low or t in path.lower())}')
    say('' if spots else 'None of its words occurs in the code.', '')

# --- risks ----------------------------------------------------------------------------------------------------------
SEVERITY = ('High', 'Medium', 'Low')
say('## Bug & Issue Audit', '')
risks = found.get('risks')
groups = {}
if risks is None:
    say('The search for risky patterns did not finish, so this report has none. That says nothing about the code.', '')
else:
    for risk in risks:
        groups.setdefault(risk[1], []).append(risk)
    aside = found.get('risks_aside') or {}
    notes = [f'{count(sum(aside.values()), "suspect line")} in tests, examples and documents {"is" if sum(aside.values()) == 1 else "are"} not listed'] if aside else []
    if found.get('passed_over'):
        notes.append(f'{count(found["passed_over"], "generated or minified file")} {"was" if found["passed_over"] == 1 else "were"} passed over')
    say('Lines that match a known dangerous pattern. Each is a place to look, not a proven defect: the rules do not know where the data comes from.'
        + (' ' + '; '.join(notes).capitalize() + '.' if notes else ''), '')
    if not groups:
        say('No line of the product matches.', '')
    for kind, members in groups.items():
        severity, title, remedy = KINDS[kind]
        say(f'### {title} ({SEVERITY[severity].lower()}, {count(len(members), "place")})', '', remedy, '')
        for _, _, path, line, quote, cut, hidden in members[:10 if severity < 2 else 6]:
            tail = ' (value not shown)' if hidden else ' (cut)' if cut else ''
            say(f'- **{SEVERITY[severity]}** {place(path, line)}'
                + (': ' + code(quote, 200) if quote.strip(' "\'') else ', a key by its shape') + tail)
        and_more(10 if severity < 2 else 6, len(members), 'place')
        say('')

# --- quality --------------------------------------------------------------------------------------------------------
say('## Code Quality Assessment', '')
largest = found.get('largest') or sorted(((p, *s) for p, s in sizes.items() if is_source(p) and is_main(p)), key=lambda r: -r[1])[:15]
if largest:
    say('### Largest source files', '')
    table(['File', 'Lines', 'Characters'], [[cell_code(p), f'{l:,}', f'{c:,}'] for p, c, l in largest[:10]], (1, 2))
tests, test_lines, main_lines = found.get('test_files'), found.get('test_lines', 0), found.get('main_lines', 0)


def ratio():
    share = 100 * test_lines / main_lines
    return 'less than one line of test per 100 lines of product' if share < 1 else f'{share:,.0f} lines of test per 100 lines of product'


say('### Tests, documents, tooling', '')
if tests is not None:
    if tests:
        say(f'- **Tests**: {count(len(tests), "file")}, {count(test_lines, "line")}' + (f': {ratio()}.' if main_lines else '.')
            + f' The largest is {code(max(tests, key=lambda p: sizes[p][1]))}.')
    else:
        say('- **Tests**: none found (by the usual names of files and folders).')


def here(pattern):
    return sorted((p for p in codebase if re.search(pattern, p)), key=lambda p: (p.count('/'), p))


PRESENT = [('README', r'(?i)(^|/)readme(\.\w+)?$'), ('License', r'(?i)(^|/)(licen[cs]e|copying)([.-][\w.]+)?$'), ('Change log', r'(?i)(^|/)(changes|changelog|history|news)(\.\w+)?$'),
           ('Guide for contributors', r'(?i)(^|/)(contributing|hacking)(\.\w+)?$'), ('Documents', r'(?i)(^|/)(docs?|documentation)/.*\.(md|rst|adoc|txt)$'),
           ('Continuous integration', r'(^|/)(\.github/workflows/[^/]+|\.gitlab-ci\.yml|Jenkinsfile|\.travis\.yml|\.circleci/config\.yml|azure-pipelines\.yml|\.ci/[^/]+)$'),
           ('Format and lint rules', r'(?i)(^|/)(\.editorconfig|\.eslintrc[\w.]*|eslint\.config\.\w+|\.prettierrc[\w.]*|\.pylintrc|\.flake8|ruff\.toml|mypy\.ini|checkstyle[\w.-]*\.xml|\.rubocop\.yml|rustfmt\.toml|\.golangci\.ya?ml|\.clang-format|\.clang-tidy|phpcs\.xml|biome\.json)$'),
           ('Container', r'(^|/)(Dockerfile[\w.-]*|docker-compose[\w.-]*\.ya?ml|compose\.ya?ml)$')]
SPEAK_FOR_ALL = {'README', 'License', 'Change log', 'Guide for contributors'}
missing = []
for label, pattern in PRESENT:
    hits_here = [p for p in here(pattern) if label not in SPEAK_FOR_ALL or top(p)]
    if hits_here:
        say(f'- **{label}**: {code(hits_here[0])}' + (f' and {len(hits_here) - 1:,} more' if len(hits_here) > 1 else ''))
    else:
        missing.append(label)
if missing:
    say(f'- **Not found** among the loaded text files: {", ".join(m if m == "README" else m.lower() for m in missing)}.')
marks = found.get('marks')
if marks:
    say(f'- **Marks**: {count(sum(marks.values()), "TODO, FIXME, XXX or HACK mark")} in {count(len(marks), "file")}; most in '
        + ', '.join(f'{code(p)} ({n})' for p, n in marks.most_common(5)) + '.')
elif marks is not None:
    say('- **Marks**: no TODO, FIXME, XXX or HACK stands in the source.')
say('')
mutual = found.get('mutual') or []
smelly = [(p, answer_lines(a)['smells']) for p, a in digests if answer_lines(a).get('smells', 'none').strip().rstrip('.').lower() not in ('none', '')]
if mutual:
    say('### Modules that import each other', '', 'Neither can be taken out, or tested alone, without the other.', '')
    say(*(f'- {code(a)} → {code(b)}: {n}, back: {back}' for a, b, n, back in mutual[:6]))
    and_more(6, len(mutual), 'pair')
    say('')
if smelly:
    say('### Seen in the key files', '')
    say(*(f'- {code(p)}: {words(s, 300)}' for p, s in smelly[:10]), '')

# --- plan -----------------------------------------------------------------------------------------------------------
say('## Prioritized Development Plan', '', 'Derived from the findings above by fixed priorities; effort is a guess from counts.', '')
plan = []
for kind, members in groups.items():
    severity, title, remedy = KINDS[kind]
    effort = 'small' if len(members) <= 5 else 'medium' if len(members) <= 40 else 'large'
    plan.append((severity, f'**{title}**: review {count(len(members), "place")}, first {place(members[0][2], members[0][3])}. {remedy}', effort))
weighty = max(hubs[:10], key=lambda h: h[1] * min(1000, sizes[h[0]][1]), default=None)  # leant on by many, and with much in it to break
begin_with = f' Begin with {code(weighty[0])}, which {count(weighty[1], "file")} {"imports" if weighty[1] == 1 else "import"}.' if weighty else ''
if tests is not None and not tests and main_lines > 100:
    plan.append((0, '**Write tests**: none were found.' + begin_with, 'large'))
elif tests and main_lines and test_lines < 0.2 * main_lines:
    plan.append((1, f'**Strengthen the tests**: {ratio()}.' + begin_with, 'large'))
big = [r for r in largest if r[2] > 1000]
if big:
    plan.append((1, f'**Split the largest files**: {code(big[0][0])} has {big[0][2]:,} lines' + (f'; {found["over"]:,} source files have more than 1,000.' if found.get('over', 0) > 1 else '.'),
                 'medium' if found.get('over', 1) == 1 else 'large'))
if mutual:
    a, b, n, back = min(mutual, key=lambda pair: (min(pair[2:]), -max(pair[2:])))  # where the fewest imports are to be turned round
    rare, often, few = (a, b, n) if n <= back else (b, a, back)
    plan.append((1, f'**Untie** {code(a)} and {code(b)}: they import each other; {count(few, "import")} from {code(rare)} to {code(often)}'
                 f' {"stands" if few == 1 else "stand"} in the way.', 'small' if few <= 3 else 'medium' if few <= 20 else 'large'))
lacking = [m if m == 'README' else m.lower() for m in missing if m in ('README', 'License', 'Continuous integration')]
if lacking:
    plan.append((1 if 'README' in lacking else 2, f'**Add what is missing**: {", ".join(lacking)}.', 'small'))
if marks and sum(marks.values()) >= 5:
    plan.append((2, f'**Settle old marks**: {count(sum(marks.values()), "TODO, FIXME, XXX or HACK mark")}, most in {code(marks.most_common(1)[0][0])}.', 'medium'))
plan.sort(key=lambda step: step[0])
for number, (severity, text, effort) in enumerate(plan[:14], 1):
    say(f'{number}. {SEVERITY[severity]} · effort {effort}: {text}')
if not plan:
    say('Nothing presses by these rules: no risky line, tests and documents are there. A language model, or a reader, may see more.')
absent = [label for key, label in (('languages', 'sizes and manifests'), ('entries', 'structure and imports'), ('risks', 'risky patterns'), ('digests', 'descriptions of the key files')) if key not in found]
if absent:
    say('', f'*Not in this report, because the step did not finish: {", ".join(absent)}.*')
report = '\n'.join(out).rstrip() + '\n'
print(count(len(report), 'character'), 'of report,', count(len(plan), 'step'), 'in the plan')
set_answer(report)
