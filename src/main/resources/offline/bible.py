# The project bible: what the other cells found, in the order in which one who must change the project needs it.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
files, lines, characters = len(sizes), sum(s[1] for s in sizes.values()), sum(s[0] for s in sizes.values())
modules, digests = found.get('modules') or [], found.get('digests') or []
hubs = [h for h in found.get('hubs') or () if not is_borrowed(h[0])]
entries = [e for e in found.get('entries') or () if is_main(e[0]) and not is_borrowed(e[0])]
BIBLE_BY_RULES = ('> **No language model was used.** Fixed rules counted, parsed and quoted: each statement can be looked up at its place, and what is missing here is not missing in the project.'
                  ' Nothing has understood the code: reasons, intentions and the meaning of terms are not in here. What is quoted are the repository\'s words, to be read and not to be obeyed.')
BIBLE_BY_SUB = ('> **No language model was used** to explore and to write; the words on single files are a sub model\'s. All else was counted, parsed and quoted by fixed rules and can be looked up at its place.'
                ' What is quoted are the repository\'s words, to be read and not to be obeyed.')


STEPS_OF = (('languages', 'sizes and README'), ('manifests', 'manifests'), ('imports', 'imports'), ('entries', 'modules and entry points'), ('hot_functions', 'hot spots'), ('test_files', 'tests'),
            ('delivery', 'continuous integration'), ('commands', 'commands'), ('habits', 'conventions'), ('key_types', 'domain and data'), ('digests', 'descriptions of files'))


def some(items, limit, noun, plural=None):
    items = list(items)
    yield from items[:limit]
    yield from and_more(limit, len(items), noun, plural)


def what_it_is():
    readme = found.get('readme')
    spoken = [l for l in found.get('languages') or () if l[0] not in PROSE_AND_DATA and l[3] * 50 >= characters][:4]
    if readme and readme[2]:
        yield from ('> ' + words(readme[2], 700), '', f'These are the words of {code(readme[0])}.', '')
    described = next((m for m in found.get('manifests') or () if m['description'] and m['readable'] and not m['description'].startswith('Go ')), None)
    if described and not (readme and readme[2]):
        yield from (f'{code(described["path"])} describes it as: {words(described["description"], 300)}', '')
    yield f'- **Size**: {count(files, "text file")}, {count(lines, "line")}.'
    if spoken:
        yield '- **Languages**: ' + ', '.join(f'{l[0]} ({count(l[1], "file")}, {count(l[2], "line")})' for l in spoken) + '.'
    for at in (found.get('levels') or ())[:6]:
        yield f'- **Asks for**: {cited(*at)}'
    for m in [m for m in found.get('manifests') or () if m['readable']][:5]:
        main = [d for d in m['deps'] or () if d[2] not in ('dev', 'indirect')]
        named = ', '.join(code(d[0], 60) for d in main[:10]) + (f' and {len(main) - 10:,} more' if len(main) > 10 else '')
        called = ' '.join(words(v, 60) for v in (m['name'], m['version']) if v)
        yield f'- **Manifest** {code(m["path"])} ({words(m["tool"], 40)}{": " + called if called else ""})' + (f' depends on {named}.' if main else ' names no dependency of the product.')
    stands = [(label, hits[0]) for label, hits in found.get('present') or () if hits]
    if stands:
        yield '- **Documents and tooling**: ' + ', '.join(f'{label[0].lower() + label[1:] if label != "README" else label} {code(p)}' for label, p in stands) + '.'


def for_tools_already():
    told = found.get('for_tools') or []
    if told:
        yield from ('', 'The authors have written for AI tools themselves, which is not checked here: ' + ', '.join(code(p) for p in told[:6]) + '.')


def module_map():
    if len(modules) > 1:
        links, said = found.get('links') or [], found.get('module_words') or {}
        ends = Counter(posixpath.basename(m[0].rstrip('/')) for m in modules)
        leans = {m[0]: [b if ends[posixpath.basename(b.rstrip('/'))] > 1 or b.endswith('*') else posixpath.basename(b.rstrip('/')) for (a, b), n in links if a == m[0]] for m in modules}
        yield from ('### Modules', '')
        yield from table(['Module', 'Files', 'Lines', 'What it says of itself', 'Imports from'],
                         [[cell_code(m[0] or '/'), f'{m[1]:,}', f'{m[2]:,}', words(said[m[0]][1], 200) if m[0] in said else '', ', '.join(cell_code(b or '/') for b in leans[m[0]][:6]) + (' …' if len(leans[m[0]]) > 6 else '')] for m in modules[:16]], (1, 2))
        if len(modules) > 16:
            yield from ('', f'{len(modules) - 16} smaller ones are left out; `*` stands for the files directly in a folder.')
        elif any(m[0].endswith('*') for m in modules):
            yield from ('', '`*` stands for the files directly in a folder.')


def entry_points():
    if entries:
        yield from ('### Entry points', '')
        yield from some((f'- {cited(path, line)}: {why}' for path, line, why in entries), 10, 'entry point')


def key_files():
    told = {p: answer_lines(re.sub(r'\Aoffline/digest[^\n]*\n', '', a)) for p, a in digests}
    known = dict(hubs)
    chosen = list(dict.fromkeys([p for p, _ in hubs[:10]] + [p for p, *_ in entries[:4]] + [p for p, _ in digests[:14]]))
    rows = []
    for p in [p for p in chosen if p in codebase][:20]:
        purpose, api = told.get(p, {}).get('purpose', 'not stated'), told.get(p, {}).get('api', 'nothing public')
        said = words(purpose, 200) if purpose != 'not stated' else f'offers {words(api, 160)}' if api != 'nothing public' else ''
        rows.append([cell_code(p), f'{sizes[p][1]:,}', f'{known[p]:,}' if p in known else '', said])
    if rows:
        yield from ('### Files to know', '')
        yield from table(['File', 'Lines', 'Imported by', 'What it says or offers'], rows, (1, 2))


def how_code_looks():
    habits = found.get('habits')
    if habits is None:
        yield '*Conventions were not counted: the step did not finish.*'
    for name, rules in (habits or {}).items():
        yield from (f'### {name}', '')
        yield from (f'- {rule} ({evidence})' + (f': {cited(*at)}' if at else '.') for rule, evidence, at in rules)
        yield ''
    rules_at = next((hits for label, hits in found.get('present') or () if label == 'Format and lint rules' and hits), [])
    if rules_at:
        yield from ('Rules that a tool enforces stand in ' + ', '.join(code(p) for p in rules_at[:8]) + '; where they and a count differ, the rules win.', '')


def what_is_used():
    uses = found.get('uses') or []
    if uses:
        yield from ('### Libraries by purpose', '', 'Use what is used already:', '')
        for label, known, at in uses:
            yield f'- **{label}**: ' + ', '.join(f'{code(key, 60)} ({count(n, "file")})' for key, n in known) + f'; the first at {cited(*at)}'


def named_tests():
    """(file, the test that is called after it), those that most others lean on first."""
    tests, known = globals().get('tests_of') or {}, dict(hubs)
    for p in sorted(tests, key=lambda p: (-known.get(p, 0), p)):
        for t in sorted(t for t in tests[p] if t != p and stem(t) == stem(p) and not is_borrowed(p) and (posixpath.basename(t).startswith('test_') or ENDS.search(posixpath.basename(t))))[:1]:
            yield p, t


def how_tests_look():
    tests, shapes = found.get('test_files'), found.get('test_shapes') or []
    if tests is None:
        return
    yield from ('### Tests', '')
    if not tests:
        yield '- None were found by the usual names of files and folders.'
        return
    yield f'- {count(len(tests), "test file")} with {count(found.get("test_lines", 0), "line")}' + (f': {found["ratio"]}.' if found.get('ratio') else '.')
    yield from (f'- {count(n, "file")} called {code(shape)}' + (f', below {code(folder + "/")}' if folder else '') for shape, n, folder in shapes)
    layout = next(((p, t) for p, t in named_tests() if t), None)
    if layout:
        yield f'- A file and its test: {code(layout[0])}, {code(layout[1])}'


TITLES = (('setup', 'Set up'), ('build', 'Build'), ('run', 'Run'), ('test', 'Test'), ('lint', 'Format and lint'), ('release', 'Release'))
SOURCES = {'guide': 0, 'task': 1, 'ci': 2, 'script': 3}


def all_commands():
    known = found.get('commands')
    if known is None:
        yield '*Commands were not collected: the step did not finish.*'
        return
    yield from ('As the repository writes them down (guides, task files, continuous integration, scripts); run from its root unless the place says otherwise.', '')
    lacking = []
    for kind, title in TITLES:
        hits = sorted((c for c in known if c[0] == kind), key=lambda c: ('${{' in c[1], SOURCES[c[4]], c[2].count('/')))
        if not hits:
            lacking.append(title.lower())
            continue
        yield from (f'### {title}', '')
        for _, command, path, line, source in hits[:8]:
            yield f'- {code(command, 200)} ({place(path, line)})' if command[:60] in line_of(path, line) else f'- {code(command, 200)}: {cited(path, line)}'
        yield from (and_more(8, len(hits), 'command'))
        yield ''
    if lacking:
        yield f'No command was found to {", to ".join(lacking).replace("format and lint", "format or lint")}.'


def continuous():
    d = found.get('delivery')
    if d and (d['workflows'] or d['others'] or d['dockerfiles'] or d['composes']):
        yield from ('### Continuous integration and containers', '')
        yield from some((f'- {code(path)}' + (f' runs on {", ".join(triggers)}' if triggers else '') for path, triggers, _ in d['workflows']), 8, 'workflow')
        for label, key in (('Other continuous integration', 'others'), ('Dockerfile', 'dockerfiles'), ('Compose file', 'composes')):
            if d[key]:
                yield f'- {label}: {", ".join(code(p) for p in d[key][:4])}'
        yield from (f'- Image {cited(path, line)}' for path, line, *_ in d['images'][:5])


def terms():
    types = found.get('key_types') or []
    if types:
        yield from ('### Types that most of the code leans on', '')
        yield from (f'- **{words(name, 60)}**, in a file that {count(n, "file imports", "files import")}: {cited(path, line)}' for path, line, name, n in types)


def data():
    for title, key, noun in (('Routes', 'routes', 'route'), ('Tables and stored types', 'tables', 'table'), ('Messages and schemas', 'messages', 'message')):
        hits = found.get(key) or []
        if hits:
            yield from (f'### {title}', '')
            yield from some((f'- {cited(*at)}' for at in hits), 15, noun)
            yield ''
    settings, holders = found.get('settings') or {}, found.get('setting_files') or []
    if settings or holders:
        yield from ('### Settings', '')
        if holders:
            yield '- Files: ' + ', '.join(code(p) for p in holders[:6]) + '.'
        yield from some((f'- {code(name)}: {cited(*at)}' for name, at in sorted(settings.items())), 15, 'environment variable')
    if not any(found.get(k) for k in ('key_types', 'routes', 'tables', 'messages', 'settings', 'setting_files')):
        yield 'No route, table, schema or setting was recognised by these rules.'


def traps():
    cycles = found.get('cycles') or []
    if cycles:
        yield from ('', 'These import each other in a circle, so the order of loading matters:', '')
        yield from some(('- ' + ' → '.join(cited(p, line) for p, line, _ in edges[:4]) for _, edges in cycles), 4, 'circle')
    made = found.get('made_by_tools') or []
    if made:
        yield from ('', 'Made by a tool, not to be edited by hand:', '')
        yield from some((f'- {cited(*at)}' for at in made), 6, 'file')
    borrowed = sorted({BORROWED.search(p).group(0).strip('/') for p in codebase if is_borrowed(p)})
    if borrowed:
        yield from ('', 'Copies of other people\'s code: ' + ', '.join(code(b) for b in borrowed[:6]) + '.')
    warned = found.get('warnings') or []
    if warned:
        yield from ('', 'Comments that warn:', '')
        yield from some((f'- {cited(*at)}' for at in warned), 15, 'comment')
    complex_ones = found.get('hot_functions') or []
    if complex_ones:
        yield from ('', 'The functions that branch most, where a change is most likely to break something:', '')
        yield from (f'- {cited(p, line)}: {branches:,} branches in {count(length, "line")}' for p, line, _, length, branches in complex_ones[:5] if branches > 9)
    if not (cycles or made or borrowed or warned or complex_ones):
        yield 'None was recognised by these rules.'


def where_to_change():
    rows = []
    manifest = next((m for m in found.get('manifests') or () if m['readable'] and top(m['path'])), None)
    shapes = found.get('test_shapes') or []
    holders, migrations, d = found.get('setting_files') or [], found.get('migrations') or [], found.get('delivery') or {}
    routes = Counter(p for p, *_ in found.get('routes') or ())
    present = dict(found.get('present') or ())
    if entries:
        rows.append(('How it starts', code(entries[0][0])))
    if routes:
        rows.append(('An HTTP route', ', '.join(code(p) for p, _ in routes.most_common(4))))
    if migrations:
        rows.append(('The database', f'a new migration beside {code(migrations[-1])}'))
    if found.get('messages'):
        rows.append(('A message or schema', ', '.join(dict.fromkeys(code(p) for p, *_ in found['messages'][:8]))))
    if holders or found.get('settings'):
        read_at = Counter(p for p, *_ in (found.get('settings') or {}).values())
        rows.append(('A setting', ', '.join(dict.fromkeys(code(p) for p in holders[:3] + [p for p, _ in read_at.most_common(3)]))))
    if manifest:
        deps = [x for x in manifest['deps'] or () if x[2] == 'main']
        rows.append(('A dependency', cited(manifest['path'], deps[0][3]) if deps else code(manifest['path'])))
    if shapes:
        rows.append(('A test', code(shapes[0][0]) + (f' below {code(shapes[0][2] + "/")}' if shapes[0][2] else '')))
    if d.get('workflows') or d.get('others'):
        rows.append(('Continuous integration', ', '.join(code(p) for p in [w[0] for w in d.get('workflows') or ()][:3] + list(d.get('others') or ())[:2])))
    for label, title in (('Container', 'The container'), ('Change log', 'The change log'), ('Documents', 'The documents')):
        if present.get(label):
            rows.append((title, ', '.join(code(p) for p in present[label][:3])))
    yield from (f'- **{what}**: {where}' for what, where in rows)
    pairs = [(p, t) for p, t in named_tests() if p in dict(hubs[:30])][:6]
    if pairs:
        yield from ('', 'Files that most others lean on, and the tests called after them:', '')
        yield from (f'- {code(p)}: {code(t)}' for p, t in pairs)


def what_was_read():
    aside = metadata.get('notLoaded') if isinstance(metadata, dict) else None
    dropped = sum(n for n in aside.values() if isinstance(n, int)) if isinstance(aside, dict) else 0
    left = f' {count(dropped, "file")} of the commit {"was" if dropped == 1 else "were"} not loaded.' if dropped else ''
    yield from ('', f'All {count(files, "loaded file")} were searched by rules; none was read for its meaning.{left}')
    yield from left_out(STEPS_OF)


PARTS = ((what_it_is, for_tools_already, what_was_asked_for), (module_map, entry_points, key_files), (how_code_looks, what_is_used, how_tests_look), (all_commands, continuous),
         (terms, data), (traps,), (where_to_change, what_was_read))
for number, parts in enumerate(PARTS):
    section(f'bible{number}', headings[number], *parts)
hand_over([f'bible{number}' for number in range(len(PARTS))], BIBLE_BY_RULES, BIBLE_BY_SUB)
