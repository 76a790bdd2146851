# How is it built? Modules, the ties between them, entry points.
paths = set(codebase)
imports = globals().get('imports') or {}
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
sources = [p for p in codebase if is_source(p)]
machine_made = found.get('machine_made') or set()
main_sources = [p for p in sources if is_main(p) and p not in machine_made] or sources
python_names = globals().get('python_names') or {}


# --- modules: the tree cut where it is thickest, then the imports between the parts ---------------------------------
def split(module):
    parts = defaultdict(list)
    for p in modules[module]:
        rest = p[len(module):]
        parts[module + rest.split('/')[0] + '/' if '/' in rest else module + '*'].append(p)
    return parts


modules = {'': main_sources}
total = sum(sizes[p][0] for p in main_sources) or 1
settled = set()
while len(modules) < 14:
    heavy = max((m for m in modules if not m.endswith('*') and m not in settled),
                key=lambda m: (sum(sizes[p][0] for p in modules[m]), m), default=None)
    if heavy is None or heavy and sum(sizes[p][0] for p in modules[heavy]) < 0.2 * total:
        break
    parts = split(heavy)
    if len(modules) + len(parts) > 40 or list(parts) == [heavy + '*']:
        settled.add(heavy)
        continue
    del modules[heavy]
    modules.update(parts)
home = {p: m for m, members in modules.items() for p in members}
links = Counter((home[p], home[t]) for p, targets in imports.items() if p in home for t in targets if t in home and home[t] != home[p])
found['links'] = links.most_common(200)
found['mutual'] = sorted(((a, b, n, links[b, a]) for (a, b), n in links.items() if a < b and (b, a) in links), key=lambda r: (-min(r[2:]), r))
found['modules'] = sorted(((m, len(members), sum(sizes[p][1] for p in members), Counter(map(language, members)).most_common(1)[0][0],
                            sum(n for (a, b), n in links.items() if b == m), sum(n for (a, b), n in links.items() if a == m))
                           for m, members in modules.items()), key=lambda r: (-r[2], r[0]))


# What a module says of itself, in the file that speaks for it.
SPEAKERS = ('package-info.java', '__init__.py', 'doc.go', 'lib.rs', 'mod.rs', 'README.md', 'README.rst', 'README', 'index.ts', 'index.js')
NO_WORDS = re.compile(r'(?i)copyright|licen[cs]e|spdx|all rights reserved|eslint|@flow|use strict|coding[:=]|^\W*$')


def own_sentence(path):
    """The first sentence of a file's first comment, docstring or paragraph that is no licence; '' when there is none."""
    text = codebase[path][:12000]
    if language(path) in ('Markdown', 'reStructuredText', 'Text'):
        blocks = re.split(r'\n\s*\n', re.sub(r'(?m)^(?:#.*|[=~-]{3,}|\s*[\[!<].*)$', '', text))
    else:
        blocks = [re.sub(r'(?m)^[ \t]*(?:/\*+|\*+/|\*|//[/!]?|#+!?)[ \t]?|\*/$', '', m.group()) for m in re.finditer(
            r'(?s)/\*.*?\*/|(?:^[ \t]*//[^\n]*\n)+|(?:^[ \t]*#[^\n]*\n)+|\A\s*[rRuU]?(?:"""(.*?)"""|\'\'\'(.*?)\'\'\')', text, re.M)]
    for block in blocks:
        block = re.sub(r'\{@\w+\s+([^}]*)\}|<[^>\n]{1,60}>|["\']{3}|^Package \w+ ', r'\1', block).strip()
        words_said = ' '.join(itertools.takewhile(lambda w: not w.startswith('@'), block.split()))
        if len(words_said) >= 15 and not NO_WORDS.search(words_said[:300]):
            return re.split(r'(?<=[.!?])\s+(?=[A-Z`])', words_said)[0][:400].replace('**', '')
    return ''


own_words_of = {}
for m in modules:
    speaker = next((m.rstrip('*') + s for s in SPEAKERS if m.rstrip('*') + s in codebase and m.rstrip('*')), None)
    said = own_sentence(speaker) if speaker else ''
    if said:
        own_words_of[m] = (speaker, said)
found['module_words'] = own_words_of

# Folders that lie in a circle: for languages whose files are many and small, this tells more than single files do.
folder_of = {p: posixpath.dirname(p) for p in main_sources}
folder_links = defaultdict(dict)
binds = globals().get('binds')
for p, targets in imports.items():
    for t, at in targets.items():
        if p in folder_of and t in folder_of and folder_of[p] != folder_of[t] and binds and binds(p, t, at):
            folder_links[folder_of[p]].setdefault(folder_of[t], (p, at))
if binds:
    circles = []
    plain_links = {f: sorted(targets) for f, targets in folder_links.items()}
    for group in components(plain_links):
        way = shortest_round({f: [t for t in ts if t in set(group)] for f, ts in plain_links.items()}, group)
        edges = [(a, b, *folder_links[a][b]) for a, b in zip(way, way[1:] + way[:1])]
        circles.append((group, [(a, b, p, line_at(codebase[p], at)) for a, b, p, at in edges]))
    found['folder_cycles'] = circles
by_loading = [c for c in found.get('cycles') or () if language(c[0][0]) in ('Python', 'JavaScript', 'TypeScript', 'C', 'C++', 'Ruby')]
if by_loading:
    finding('cycle', 1, 'Files that import each other in a circle', 'Move what both need into a third file; until then the order of loading decides what works.', [(p, line, 0) for _, edges in by_loading for p, line, _ in edges])
elif found.get('folder_cycles'):
    finding('cycle', 2, 'Folders that import each other in a circle', 'Turn one of the imports round, or move what both need into a third place.', [(p, line, 0) for _, edges in found['folder_cycles'] for _, _, p, line in edges])

# --- entry points -----------------------------------------------------------------------------------------------
ENTRIES = {
    'Python': ('__main__', re.compile(r'^if[ \t]+__name__[ \t]*==[ \t]*["\']__main__["\']', re.M), 'runs when executed'),
    'Java': ('main(', re.compile(r'^[ \t]*(?:public[ \t]+)?(?:static[ \t]+)(?:public[ \t]+)?(?:final[ \t]+)?void[ \t]+main[ \t]*\(|^[ \t]*(?:static[ \t]+)?void[ \t]+main[ \t]*\(\)', re.M), '`main` method'),
    'Kotlin': ('fun main', re.compile(r'^(?:suspend[ \t]+)?fun[ \t]+main[ \t]*\(', re.M), '`main` function'),
    'Go': ('func main()', re.compile(r'^func[ \t]+main\(\)', re.M), '`main` function'),
    'Rust': ('fn main', re.compile(r'^(?:pub[ \t]+)?(?:async[ \t]+)?fn[ \t]+main[ \t]*\(', re.M), '`main` function'),
    'C': ('main', re.compile(r'^(?:(?:int|void)[ \t\n]+)(?:w?main|WinMain|wWinMain)[ \t]*\([^;{]*\)[ \t\n]*\{', re.M), '`main` function'),
    'C#': (' Main(', re.compile(r'^[ \t]*(?:(?:public|private|internal)[ \t]+)?static[ \t]+(?:async[ \t]+)?\w+(?:<\w+>)?[ \t]+Main[ \t]*\(', re.M), '`Main` method'),
    'JavaScript': ('#!', re.compile(r'\A#![^\n]*\b(?:node|bun|deno)\b'), 'executable script'),
    'Ruby': ('#!', re.compile(r'\A#![^\n]*\bruby\b'), 'executable script'),
    'PHP': ('#!', re.compile(r'\A#![^\n]*\bphp\b'), 'executable script'),
    'Shell': ('#!', re.compile(r'\A#!'), 'shell script'),
}
ENTRIES['C++'], ENTRIES['TypeScript'] = ENTRIES['C'], ENTRIES['JavaScript']
WELL_KNOWN = {'manage.py': 'Django command line', 'wsgi.py': 'WSGI application', 'asgi.py': 'ASGI application', '__main__.py': 'run by `python -m`',
              'config.ru': 'Rack application', 'artisan': 'Laravel command line', 'Procfile': 'process list'}
entries = {}


def entry(path, line, why):
    if path in paths and path not in entries:
        entries[path] = (line, why)


for path in sorted(p for p in paths if posixpath.basename(p) == 'package.json' and is_main(p)):
    try:
        data = json.loads(codebase[path])
        bins = data.get('bin') or {}
        named = list(bins.items()) if isinstance(bins, dict) else [(data.get('name'), bins)]
        named = [(f'command `{shown(n, 40)}`', f) for n, f in named] + [('package `main`', data.get('main'))]
        for why, file in named:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(file or '')))
            for end in ('', '.js', '/index.js'):
                if file and target + end in paths:
                    entry(target + end, 1, why)
    except (ValueError, AttributeError, TypeError, RecursionError):
        pass
for path in sorted(p for p in paths if posixpath.basename(p) in ('pyproject.toml', 'setup.cfg', 'setup.py') and is_main(p)):
    for name, module in re.findall(r'''(?m)^[ \t]*["']?([\w.\-]{1,80})[ \t]*=[ \t]*["']?([\w.]{1,200}):[\w.]+["']?''', codebase[path])[:12]:
        if module in python_names:
            entry(python_names[module], 1, f'command `{name}`')
for path in main_sources:
    base = posixpath.basename(path)
    if base in WELL_KNOWN:
        entry(path, 1, WELL_KNOWN[base])
    needle, pattern, why = ENTRIES.get(language(path), ('\0', None, ''))
    text = codebase[path]
    if pattern and needle in text:
        match = None
        for match in itertools.islice(pattern.finditer(text), 5):  # a module's docstring may show the line first
            if language(path) != 'Python':
                break
        if match:
            if language(path) in ('C', 'C++'):  # a program that is only there to try the file out
                guard = re.findall(r'(?m)^[ \t]*#[ \t]*(if\w*[^\n]*|endif)', text[max(0, match.start() - 4000):match.start()])
                if guard and guard[-1] != 'endif' and re.search(r'(?i)test|main|bench|standalone|example|debug|\b0\b', guard[-1]):
                    continue
            if re.search(r'(?m)^@SpringBootApplication\b', text):
                why = 'Spring Boot application'
            entry(path, line_at(text, match.start() + len(match.group()) - len(match.group().lstrip())), why)
    if base in ('lib.rs', 'Program.cs', 'index.php'):
        entry(path, 1, {'lib.rs': 'crate root', 'Program.cs': 'program start', 'index.php': 'front page'}[base])
# What the service saw by a quicker look fills up what these rules do not know; its place is the line that says so.
TOLD = {'container': re.compile(r'(?mi)^(?:ENTRYPOINT|CMD)\b'), 'command': re.compile(r'(?m)^\s*"bin"\s*:|console_scripts|^\[[^\]\n]*scripts\]'),
        'process': re.compile(r'(?m)^\w')}
told = metadata.get('entryPoints') if isinstance(metadata, dict) else None
for item in told if isinstance(told, (list, tuple)) else ():
    path, why = (item.get('path'), shown(item.get('reason') or '', 80)) if isinstance(item, dict) else ('', '')
    pattern = TOLD.get(why.split(' ')[0])
    if path in paths and is_main(path) and (pattern or language(path) not in ENTRIES):
        at = max((m.start() for m in itertools.islice(pattern.finditer(codebase[path]), 9)), default=0) if pattern else 0
        entry(path, line_at(codebase[path], at) + codebase[path][at:at + 1].count('\n'), why or 'named like an entry point')


def prominence(item):
    """Named commands and applications first, then libraries' doors, then whatever can be run."""
    path, (line, why) = item
    rank = next((n for n, words in enumerate((('command', 'Spring', 'Django', 'front', 'WSGI', 'ASGI', 'Rack', 'Laravel'),
                 ('package', 'crate', 'run by', 'program', '`'), ('runs', 'executable'), ('shell',))) if why.startswith(words)), 4)
    stem = posixpath.splitext(posixpath.basename(path))[0].lower()
    return (not is_main(path), rank, stem not in ('main', 'app', 'application', 'cli', 'server', 'index', 'launcher', 'program', '__main__'), path.count('/') // 2,
            -len(imports.get(path, ())), path)


found['entries'] = [(p, *e) for p, e in sorted(entries.items(), key=prominence)]
found['over'] = sum(1 for p in main_sources if sizes[p][1] > 1000)
found['largest'] = sorted(((p, *sizes[p]) for p in main_sources if not is_borrowed(p)), key=lambda r: (-r[1], r[0]))[:15]
big = sorted((p for p in main_sources if sizes[p][1] > 1000 and not is_borrowed(p)), key=lambda p: (-sizes[p][1], p))
if big:
    finding('large', 2, 'Source file with more than 1,000 lines', 'Split it by subject; begin where it also branches most.', [(p, 0, 0) for p in big])
if found['mutual'] and 'cycle' not in found.get('findings', {}):
    finding('mutual', 2, 'Modules that import each other', 'Turn round the fewer imports of the two; until then neither can be taken out, or tested alone.',
            [(a.rstrip('*') or '/', 0, 0) for a, *_ in found['mutual']])

print('modules:', ', '.join(f'{m[0]} {m[2]}' for m in found['modules'][:8]))
print('entry points:', ', '.join(shown(e[0], 80) for e in found['entries'][:8]))
