# Who imports whom? Each language has its own way to name a file of the same repository.
# A reader yields the file meant (None when it is not of this repository) and where that is said.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
sources = [p for p in codebase if is_source(p)]
found['machine_made'] = machine_made = {p for p, text in codebase.items() if is_machine_made(text)}
main_sources = [p for p in sources if is_main(p) and p not in machine_made] or sources
paths = set(codebase)


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
        at = match.start() + len(match.group()) - len(match.group().lstrip())
        if plain:
            for name in plain.split(','):
                name = name.split(' as ')[0].strip()
                while name and name not in python_names:
                    name = name.rpartition('.')[0]
                yield python_names.get(name), at
            continue
        dots = len(origin) - len(origin.lstrip('.'))
        if dots:
            base = package
            for _ in range(dots - 1):
                base = posixpath.dirname(base)
            origin = '.'.join(filter(None, (base.replace('/', '.'), origin[dots:])))
        for name in re.findall(r'[\w*]+(?=[ \t]+as\b)|(?<!as )\b\w+', names)[:60]:
            yield python_names.get(origin + '.' + name) or python_names.get(origin), at


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
        yield jvm_names.get(name), match.start(1)


JS = re.compile(r'''\b(?:from|import|require\s*\(|import\s*\()\s*["']([^"'\n]+)["']''')
JS_ENDS = ('', '.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.vue', '.svelte', '.json', '/index.ts', '/index.tsx', '/index.js', '/index.mjs')


def js_imports(path, text):
    for match in JS.finditer(text):
        spec = match.group(1)
        if spec.startswith('.'):
            stem = posixpath.normpath(posixpath.join(posixpath.dirname(path), spec))
            bare_stem = re.sub(r'\.[mc]?js$', '', stem)
            yield next((p for p in (*(stem + end for end in JS_ENDS), *(bare_stem + end for end in JS_ENDS[1:4])) if p in paths), None), match.start()


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
                yield max(files, key=lambda f: sizes[f][0], default=None), match.start(1)
                break


RUST = re.compile(r'^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?(?:use[ \t]+((?:crate|super|self)(?:::\w+)+)|mod[ \t]+(\w+)[ \t]*;)', re.M)


def rust_imports(path, text):
    folder, base = posixpath.split(path)
    inner = folder if base in ('mod.rs', 'lib.rs', 'main.rs') else path[:-3]
    root = path[:path.rfind('src/') + 3] if 'src/' in path else folder
    for match in RUST.finditer(text):
        use, mod = match.group(1) or '', match.group(2)
        parts = [mod] if mod else use.split('::')[1:]
        start = inner if mod or use.startswith('self') else root if use.startswith('crate') else posixpath.dirname(inner)
        for n in range(len(parts), 0, -1):
            stem = posixpath.join(start, *parts[:n])
            if stem + '.rs' in paths or stem + '/mod.rs' in paths:
                yield stem + '.rs' if stem + '.rs' in paths else stem + '/mod.rs', match.end() - 1
                break


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.M)
c_by_name = defaultdict(list)
for p in sources:
    if language(p) in ('C', 'C++', 'Objective-C'):
        c_by_name[posixpath.basename(p)].append(p)


STANDARD = {n + '.h' for n in ('assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef'
            ' stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar wchar wctype unistd fcntl pthread dlfcn poll sched semaphore syslog termios regex').split()}


def c_imports(path, text):
    for match in INCLUDE.finditer(text):
        name = match.group(1)
        near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        if name in STANDARD and match.group().endswith('>'):
            continue
        if near in paths:
            yield near, match.start(1)
        else:
            fits = [p for p in c_by_name.get(posixpath.basename(name), ()) if p == name or p.endswith('/' + name)]
            yield fits[0] if len(fits) == 1 else None, match.start(1)


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
    for match in NAMED[language(path)][1].finditer(text):
        yield named_files.get(match.group(1)), match.start(1)


RUBY = re.compile(r'''^[ \t]*require(_relative)?[ \t(]+["']([^"'\n]+)["']''', re.M)


def ruby_imports(path, text):
    for match in RUBY.finditer(text):
        relative, name = match.groups()
        bases = (posixpath.dirname(path),) if relative else ('lib', '')
        yield next((f for b in bases for f in [posixpath.normpath(posixpath.join(b, name)) + ('' if name.endswith('.rb') else '.rb')] if f in paths), None), match.start(2)


READERS = {'Python': python_imports, 'Java': jvm_imports, 'Kotlin': jvm_imports, 'Scala': jvm_imports, 'Groovy': jvm_imports,
           'JavaScript': js_imports, 'TypeScript': js_imports, 'Vue': js_imports, 'Svelte': js_imports, 'Go': go_imports,
           'Rust': rust_imports, 'C': c_imports, 'C++': c_imports, 'Objective-C': c_imports, 'C#': named_imports,
           'PHP': named_imports, 'Ruby': ruby_imports}

def deferred(path, text, at):
    """Whether an import is made later than its file is loaded, or never: inside a function, or for a type checker only."""
    begin = text.rfind('\n', 0, at) + 1
    margin = at - begin
    if language(path) == 'TypeScript':
        return text.startswith('import type', begin) or margin > 0 and 'import(' in text[begin:at + 8]
    if margin == 0 or language(path) not in ('Python', 'JavaScript', 'Ruby'):
        return False
    for line in reversed(text[max(0, begin - 20000):begin].split('\n')):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent < margin:
            margin = indent
            if re.match(r'if __name__\b|\s*if\b.*\bTYPE_CHECKING\b', line):
                return True
            if re.match(r'\s*(?:async\s+)?def\b|.*\bfunction\b|.*=>\s*\{|\s*(?:async\s+)?\w+\s*\([^)]*\)\s*\{', line):
                return not re.match(r'\s*(?:if|for|while|switch|catch)\b', line)
            if margin == 0:
                break
    return False


imports = {}  # path -> {the file it imports: where it says so}
for p in sources:
    reader = READERS.get(language(p))
    if reader and p not in machine_made:
        targets = imports[p] = {}
        for target, at in reader(p, codebase[p]):
            if target and target != p:
                targets.setdefault(target, at)
found['imports'] = True
found['resolved'] = sum(map(len, imports.values()))
imported_by = Counter(target for p, targets in imports.items() if is_main(p) for target in targets)


def lean(path):
    """How a hub is named: what Go imports is a package, not one of its files."""
    return posixpath.dirname(path) + '/' if path.endswith('.go') else path


found['hubs'] = [(p, n) for p, n in imported_by.most_common(60) if is_main(p)][:40]
found['reach'] = sorted(((p, len(t)) for p, t in imports.items() if is_main(p) and t), key=lambda r: (-r[1], r[0]))[:10]


# --- cycles: strongly connected files, and in each of them the shortest way round ------------------------------------
def components(graph):
    """Tarjan's algorithm without recursion: the groups of nodes that can all reach each other."""
    index, low, stack, on, groups, counter = {}, {}, [], set(), [], itertools.count()
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = next(counter)
        stack.append(root)
        on.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = next(counter)
                    stack.append(target)
                    on.add(target)
                    work.append((target, iter(graph.get(target, ()))))
                    break
                if target in on:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = []
                    while not group or group[-1] != node:
                        group.append(stack.pop())
                        on.discard(group[-1])
                    if len(group) > 1:
                        groups.append(sorted(group))
    return sorted(groups, key=lambda g: (-len(g), g))


def shortest_round(graph, group):
    """The shortest cycle through any of the first files of a group, as a list of nodes."""
    inside, best = set(group), None
    for start in group[:60]:
        before, queue = {start: None}, [start]
        for node in queue:
            if start in graph[node]:
                way = [node]
                while before[way[-1]] is not None:
                    way.append(before[way[-1]])
                if best is None or len(way) < len(best):
                    best = way[::-1]
                break
            for target in graph[node]:
                if target in inside and target not in before:
                    before[target] = node
                    queue.append(target)
        if best and len(best) == 2:
            break
    return best


def binds(path, target, at):
    """Whether an import ties its two files together: a Rust parent always names its children, and Go has no cycles."""
    text = codebase[path]
    declares = path.endswith('.rs') and re.match(r'\s*(?:pub(?:\([^)]*\))?\s+)?mod\b', text[text.rfind('\n', 0, at) + 1:at + 1])
    return is_main(target) and not path.endswith('.go') and not declares and not deferred(path, text, at)


graph = {p: sorted(t for t, at in targets.items() if t in imports and binds(p, t, at)) for p, targets in imports.items() if is_main(p)}
cycles = []
for group in components(graph):
    way = shortest_round(graph, group)
    cycles.append((group, [(a, line_at(codebase[a], imports[a][b]), b) for a, b in zip(way, way[1:] + way[:1])]))
found['cycles'] = cycles

print(count(len(sources), 'source file'), '|', count(found['resolved'], 'import'), 'resolved to files of the repository')
print('hubs:', ', '.join(f'{shown(lean(p), 80)} ({n})' for p, n in found['hubs'][:8]))
print('cycles:', ', '.join(str(len(g)) + ' files' for g, _ in cycles[:8]) or 'none')
