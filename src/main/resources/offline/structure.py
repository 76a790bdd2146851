# How is it built? Modules, entry points, who imports whom.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
sources = [p for p in codebase if is_source(p)]
found['machine_made'] = machine_made = {p for p, text in codebase.items() if is_machine_made(text)}
main_sources = [p for p in sources if is_main(p) and p not in machine_made] or sources
paths = set(codebase)


# --- imports: each language's own way to name a file of the same repository ---------------------------------------
def dotted(path):
    """The names under which a Python file can be imported: below its package root, and from the repository's root."""
    stem = re.sub(r'\.pyi?$', '', path)
    stem = stem[:-9] if stem.endswith('/__init__') else stem
    root = posixpath.dirname(stem)
    while root and root + '/__init__.py' in paths:
        root = posixpath.dirname(root)
    return {stem.replace('/', '.'), stem[len(root) + 1 if root else 0:].replace('/', '.')}


PYTHON = re.compile(r'^[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]*)|import[ \t]+([\w., \t]+))', re.M)
python_names = {name: p for p in sources if p.endswith('.py') for name in dotted(p)}


def python_imports(path, text):
    package = posixpath.dirname(path)
    for match in PYTHON.finditer(text):
        origin, names, plain = match.groups()
        if plain:
            for name in plain.split(','):
                name = name.split(' as ')[0].strip()
                while name and name not in python_names:
                    name = name.rpartition('.')[0]
                yield python_names.get(name)
            continue
        dots = len(origin) - len(origin.lstrip('.'))
        if dots:
            base = package
            for _ in range(dots - 1):
                base = posixpath.dirname(base)
            origin = '.'.join(filter(None, (base.replace('/', '.'), origin[dots:])))
        for name in re.findall(r'[\w*]+(?=[ \t]+as\b)|(?<!as )\b\w+', names)[:60]:
            yield python_names.get(origin + '.' + name) or python_names.get(origin)


JVM_PACKAGE = re.compile(r'^[ \t]*package[ \t]+([\w.]+)', re.M)
JVM_IMPORT = re.compile(r'^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+)', re.M)
jvm_names = {}
for p in sources:
    if p.endswith(('.java', '.kt', '.scala', '.groovy')):
        declared = JVM_PACKAGE.search(codebase[p], 0, 20000)
        stem = posixpath.splitext(posixpath.basename(p))[0]
        jvm_names[declared.group(1) + '.' + stem if declared else stem] = p


def jvm_imports(path, text):
    for match in JVM_IMPORT.finditer(text, 0, 60000):
        name = match.group(1)
        while name and name not in jvm_names:
            name = name.rpartition('.')[0]
        yield jvm_names.get(name)


JS = re.compile(r'''\b(?:from|import|require\s*\(|import\s*\()\s*["']([^"'\n]+)["']''')
JS_ENDS = ('', '.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.vue', '.svelte', '.json', '/index.ts', '/index.tsx', '/index.js', '/index.mjs')


def js_imports(path, text):
    for match in JS.finditer(text):
        spec = match.group(1)
        if spec.startswith('.'):
            stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), spec))
            yield next((stem + end for end in JS_ENDS if stem + end in paths), None) \
                or next((re.sub(r'\.[mc]?js$', '', stem) + end for end in JS_ENDS[1:4] if re.sub(r'\.[mc]?js$', '', stem) + end in paths), None)


go_roots = sorted(((m.group(1), posixpath.dirname(p)) for p in paths if posixpath.basename(p) == 'go.mod'
                   for m in [re.search(r'(?m)^module\s+(\S+)', codebase[p])] if m), key=lambda r: -len(r[0]))
go_packages = defaultdict(list)
for p in sources:
    if p.endswith('.go') and not p.endswith('_test.go'):
        go_packages[posixpath.dirname(p)].append(p)
GO = re.compile(r'^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?"([\w.\-/]+)"[ \t]*$', re.M)


def go_imports(path, text):
    for match in GO.finditer(text, 0, 20000):
        for module, root in go_roots:
            if match.group(1) == module or match.group(1).startswith(module + '/'):
                folder = posixpath.normpath(posixpath.join(root, match.group(1)[len(module) + 1:])).lstrip('./')
                files = go_packages.get(folder, ())
                yield max(files, key=lambda f: sizes[f][0], default=None)
                break


RUST = re.compile(r'^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?(?:use[ \t]+((?:crate|super|self)(?:::\w+)+)|mod[ \t]+(\w+)[ \t]*;)', re.M)


def rust_imports(path, text):
    folder, base = posixpath.split(path)
    inner = folder if base in ('mod.rs', 'lib.rs', 'main.rs') else path[:-3]
    root = path[:path.rfind('src/') + 3] if 'src/' in path else folder
    for use, mod in RUST.findall(text):
        parts = [mod] if mod else use.split('::')[1:]
        start = inner if mod or use.startswith('self') else root if use.startswith('crate') else posixpath.dirname(inner)
        for n in range(len(parts), 0, -1):
            stem = posixpath.join(start, *parts[:n])
            if stem + '.rs' in paths or stem + '/mod.rs' in paths:
                yield stem + '.rs' if stem + '.rs' in paths else stem + '/mod.rs'
                break


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.M)
c_by_name = defaultdict(list)
for p in sources:
    if language(p) in ('C', 'C++', 'Objective-C'):
        c_by_name[posixpath.basename(p)].append(p)


def c_imports(path, text):
    for name in INCLUDE.findall(text):
        near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if near in paths:
            yield near
        else:
            fits = [p for p in c_by_name.get(posixpath.basename(name), ()) if p == name or p.endswith('/' + name)]
            yield fits[0] if len(fits) == 1 else None


NAMED = {'C#': (re.compile(r'^[ \t]*namespace[ \t]+([\w.]+)', re.M), re.compile(r'^[ \t]*(?:global[ \t]+)?using[ \t]+(?:static[ \t]+)?([\w.]+)[ \t]*;', re.M), '.'),
         'PHP': (re.compile(r'^[ \t]*namespace[ \t]+([\w\\]+)', re.M), re.compile(r'^[ \t]*use[ \t]+(?:function[ \t]+|const[ \t]+)?\\?([\w\\]+)', re.M), '\\')}
named_files = {}
for p in sources:
    if language(p) in NAMED:
        declared = NAMED[language(p)][0].search(codebase[p])
        if declared:
            dot = NAMED[language(p)][2]
            named_files[declared.group(1) + dot + posixpath.splitext(posixpath.basename(p))[0]] = p


def named_imports(path, text):
    for name in NAMED[language(path)][1].findall(text):
        yield named_files.get(name)


RUBY = re.compile(r'''^[ \t]*require(_relative)?[ \t(]+["']([^"'\n]+)["']''', re.M)


def ruby_imports(path, text):
    for relative, name in RUBY.findall(text):
        bases = (posixpath.dirname(path),) if relative else ('lib', '')
        yield next((f for b in bases for f in [posixpath.normpath(posixpath.join(b, name)) + ('' if name.endswith('.rb') else '.rb')] if f in paths), None)


READERS = {'Python': python_imports, 'Java': jvm_imports, 'Kotlin': jvm_imports, 'Scala': jvm_imports, 'Groovy': jvm_imports,
           'JavaScript': js_imports, 'TypeScript': js_imports, 'Vue': js_imports, 'Svelte': js_imports, 'Go': go_imports,
           'Rust': rust_imports, 'C': c_imports, 'C++': c_imports, 'Objective-C': c_imports, 'C#': named_imports,
           'PHP': named_imports, 'Ruby': ruby_imports}
imports = {}
for p in sources:
    reader = READERS.get(language(p))
    if reader:
        imports[p] = {target for target in reader(p, codebase[p]) if target and target != p}
found['resolved'] = sum(map(len, imports.values()))
imported_by = Counter(target for p, targets in imports.items() if is_main(p) for target in targets)
found['hubs'] = [(p, n) for p, n in imported_by.most_common(40) if is_main(p)]
found['reach'] = sorted(((p, len(t)) for p, t in imports.items() if is_main(p) and t), key=lambda r: (-r[1], r[0]))[:10]


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

# --- entry points -----------------------------------------------------------------------------------------------
ENTRIES = {
    'Python': ('__main__', re.compile(r'^if[ \t]+__name__[ \t]*==[ \t]*["\']__main__["\']', re.M), 'runs when executed'),
    'Java': ('main(', re.compile(r'^[ \t]*(?:public[ \t]+)?(?:static[ \t]+)(?:public[ \t]+)?(?:final[ \t]+)?void[ \t]+main[ \t]*\(|^[ \t]*(?:static[ \t]+)?void[ \t]+main[ \t]*\(\)', re.M), '`main` method'),
    'Kotlin': ('fun main', re.compile(r'^(?:suspend[ \t]+)?fun[ \t]+main[ \t]*\(', re.M), '`main` function'),
    'Go': ('func main()', re.compile(r'^func[ \t]+main\(\)', re.M), '`main` function'),
    'Rust': ('fn main', re.compile(r'^(?:pub[ \t]+)?(?:async[ \t]+)?fn[ \t]+main[ \t]*\(', re.M), '`main` function'),
    'C': ('main', re.compile(r'^(?:int|void)[ \t]+\w*main[ \t]*\([^;{]*\)[ \t\n]*\{', re.M), '`main` function'),
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
    except (ValueError, AttributeError, TypeError):
        pass
for path in sorted(p for p in paths if posixpath.basename(p) in ('pyproject.toml', 'setup.cfg', 'setup.py') and is_main(p)):
    for name, module in re.findall(r'''(?m)^\s*["']?([\w.\-]+)\s*=\s*["']?([\w.]+):[\w.]+["']?''', codebase[path])[:12]:
        if module in python_names:
            entry(python_names[module], 1, f'command `{name}`')
for path in main_sources:
    base = posixpath.basename(path)
    if base in WELL_KNOWN:
        entry(path, 1, WELL_KNOWN[base])
    needle, pattern, why = ENTRIES.get(language(path), ('\0', None, ''))
    text = codebase[path]
    if needle in text:
        match = None
        for match in itertools.islice(pattern.finditer(text), 5):  # a module's docstring may show the line first
            if language(path) != 'Python':
                break
        if match:
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
found['largest'] = sorted(((p, *sizes[p]) for p in main_sources), key=lambda r: (-r[1], r[0]))[:15]
found['test_files'] = [p for p in sources if is_test(p)]
found['test_lines'] = sum(sizes[p][1] for p in found['test_files'])
found['main_lines'] = sum(sizes[p][1] for p in main_sources if not is_test(p))
found['imports_of'] = {p: len(t) for p, t in imports.items()}

print(count(len(sources), 'source file'), '|', count(found['resolved'], 'import') , 'resolved to files of the repository')
print('modules:', ', '.join(f'{m[0]} {m[2]}' for m in found['modules'][:8]))
print('entry points:', ', '.join(shown(e[0], 80) for e in found['entries'][:8]))
print('hubs:', ', '.join(f'{shown(p, 80)} ({n})' for p, n in found['hubs'][:8]))
