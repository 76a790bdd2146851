# What does it depend on? Each manifest read by the rules of its tool: names, constraints, what is left open.
# A reader yields the name, version and description, and the dependencies as (name, constraint, scope, line).
def first(pattern, text, default=''):
    match = re.search(pattern, text)
    return match.group(1).strip() if match else default


def where(text, *parts):
    """The line on which all parts stand; the first of the file when there is none."""
    at = re.search('[^\n]*?'.join(map(re.escape, map(str, parts))), text)
    return line_at(text, at.start()) if at else 1


def npm(text):
    data = json.loads(text)
    deps = [(name, str(wanted), scope, where(text, f'"{name}"', wanted)) for key, scope in (('dependencies', 'main'), ('optionalDependencies', 'main'),
            ('peerDependencies', 'peer'), ('devDependencies', 'dev')) for name, wanted in dict(data.get(key) or {}).items()]
    return 'npm', data.get('name'), data.get('version'), data.get('description'), deps


REQUIREMENT = re.compile(r'([A-Za-z0-9][\w.-]*)[ \t]*(?:\[[^\]]*\])?[ \t]*(@[ \t]*\S+|[^;#"\'\n]*)')


def requirement(text, scope, line):
    match = REQUIREMENT.match(text.strip())
    return [(match.group(1), match.group(2).strip(' ()').lstrip('@ '), scope, line)] if match else []


def pyproject(text):
    try:
        import tomllib
        if len(max(text.split('\n'), key=len)) > 10_000:
            raise ValueError('a line too long')
        data = tomllib.loads(text)
    except ImportError:  # Python before 3.11: the lines that matter, found by their looks
        block = first(r'(?ms)^dependencies\s*=\s*\[(.*?)^?\s*\]\s*$', text)
        data = {'project': {'name': first(r'(?m)^name\s*=\s*["\']([^"\']+)', text), 'version': first(r'(?m)^version\s*=\s*["\']([^"\']+)', text),
                            'description': first(r'(?m)^description\s*=\s*["\']([^"\']+)', text), 'dependencies': re.findall(r'["\']([^"\']+)["\']', block)}}
    project, poetry = dict(data.get('project') or {}), dict((data.get('tool') or {}).get('poetry') or {})
    extra = [r for group in (project.get('optional-dependencies') or {}, data.get('dependency-groups') or {}) for rs in group.values() for r in rs]
    deps = [d for rs, scope in ((project.get('dependencies') or (), 'main'), (extra, 'dev')) for r in rs if isinstance(r, str) for d in requirement(r, scope, where(text, r))]
    groups = [(poetry.get('dependencies'), 'main'), (poetry.get('dev-dependencies'), 'dev'), *((g.get('dependencies'), 'dev') for g in (poetry.get('group') or {}).values())]
    for table, scope in groups:
        for name, wanted in (table or {}).items():
            if name != 'python':
                text_of = wanted.get('version') or wanted.get('git') or wanted.get('path') or '' if isinstance(wanted, dict) else str(wanted)
                deps.append((name, text_of, scope, where(text, name, '=')))
    both = {**poetry, **project}
    backend = (data.get('build-system') or {}).get('build-backend') or 'pyproject'
    return str(backend).split('.')[0], both.get('name'), both.get('version'), both.get('description'), deps


def requirements(text):
    deps = []
    for number, line in enumerate(text.split('\n'), 1):
        line = line.split(' #')[0].strip()
        if line.startswith(('git+', 'http:', 'https:', '-e ')):
            deps.append((line.rpartition('/')[2][:60], line, 'main', number))
        elif line and line[0] not in '#-':
            deps += requirement(line, 'main', number)
    return 'pip', '', '', '', deps


def setup_py(text):
    block = first(r'(?s)install_requires\s*=\s*\[(.*?)\]', text) or first(r'(?ms)^install_requires\s*=\s*\n((?:[ \t]+[^\n]*\n?)+)', text)
    names = re.findall(r'["\']([^"\']+)["\']', block) or [l.strip() for l in block.split('\n') if l.strip()]
    return ('setuptools', first(r'\bname\s*=\s*["\']?([\w.\- ]+)', text), first(r'\bversion\s*=\s*["\']?([\d][\w.]*)', text),
            first(r'\bdescription\s*=\s*["\']([^"\']+)', text), [d for n in names for d in requirement(n, 'main', where(text, n))])


def maven(text):
    own = quiet = plain = cut_out(text, '<!--', '-->')
    for tag in 'dependencyManagement plugin exclusions'.split():
        quiet = cut_out(quiet, f'<{tag}>', f'</{tag}>')
    for tag in 'parent dependencyManagement dependencies build profiles licenses developers organization reporting properties'.split():
        own = cut_out(own, f'<{tag}>', f'</{tag}>')
    deps, at = [], 0
    while True:
        start = quiet.find('<dependency>', at)
        at = quiet.find('</dependency>', start) if start >= 0 else -1
        if at < 0:
            break
        block = quiet[start:min(at, start + 4000)]
        wanted = first(r'<version>([^<]*)', block)
        property_name = re.fullmatch(r'\$\{([\w.-]+)\}', wanted)
        wanted = property_name and first(r'<' + re.escape(property_name.group(1)) + r'>([^<]*)', plain, wanted) or wanted
        tells = block.find('<version>' if '<version>' in block else '<artifactId>')
        deps.append((first(r'<artifactId>([^<]*)', block), wanted or 'managed', 'dev' if '<scope>test</scope>' in block else 'main', line_at(quiet, start + max(0, tells))))
    return 'Maven', first(r'<artifactId>([^<]*)', own), first(r'<version>([^<]*)', own) or first(r'<version>([^<]*)', plain[plain.find('<parent>'):][:2000] if '<parent>' in plain else ''), first(r'<description>([^<]*)', own), deps


def gradle(text):
    deps = []
    for match in re.finditer(r'(?m)^[ \t]*(\w*[iI]mplementation|api|compileOnly|runtimeOnly|\w*[cC]ompile|kapt|ksp|annotationProcessor)\b[ \t(]+([^\n]*)', text):
        named = re.search(r'["\']([\w.-]+):([\w.-]+)(?::([^"\'@]+))?', match.group(2))
        scope = 'dev' if match.group(1).lower().startswith(('test', 'androidtest')) else 'main'
        deps.append((named.group(2), named.group(3) or 'managed', scope, line_at(text, match.start())) if named
                    else (shown(match.group(2), 60), 'managed', scope, line_at(text, match.start())))
    return 'Gradle', first(r'rootProject\.name\s*=\s*["\']([^"\']+)', text), first(r'(?m)^version\s*=\s*["\']([^"\']+)', text), '', deps


def go_mod(text):
    deps = []
    for number, line in enumerate(text.split('\n'), 1):
        entry = re.match(r'\s*(?:require\s+)?([^\s/]+\.[^\s/]+/\S+)\s+(v\d\S*)(.*)', line[:1000])
        if entry and '=>' not in line:
            deps.append((entry.group(1), entry.group(2), 'indirect' if '// indirect' in entry.group(3) else 'main', number))
    return 'Go modules', first(r'(?m)^module\s+(\S+)', text), '', 'Go ' + first(r'(?m)^go\s+(\S+)', text, '?'), deps


def cargo(text):
    section, deps, package = '', [], {}
    for number, line in enumerate(text.split('\n'), 1):
        head = re.match(r'\s*\[{1,2}([^\[\]]+)\]', line)
        section = head.group(1).strip() if head else section
        entry = re.match(r'([\w-]+)\s*=\s*(.+)', line)
        dotted = re.search(r'(?:^|\.)(dependencies|dev-dependencies|build-dependencies)\.([\w-]+)$', section)
        if entry and section in ('package', 'workspace.package'):
            package.setdefault(entry.group(1), entry.group(2).strip('" '))
        elif entry and re.search(r'(?:^|\.)(?:dev-|build-)?dependencies$', section):
            wanted = first(r'version\s*=\s*"([^"]*)', entry.group(2)) or first(r'((?:git|path)\s*=\s*"[^"]*)', entry.group(2)) \
                or ('managed' if 'workspace' in entry.group(2) else first(r'^"([^"]*)"', entry.group(2)))
            deps.append((entry.group(1), wanted, 'dev' if section.endswith('dev-dependencies') else 'main', number))
        elif dotted and entry and entry.group(1) in ('version', 'git', 'path'):
            deps.append((dotted.group(2), entry.group(2).strip('" ') if entry.group(1) == 'version' else line.strip(), 'dev' if dotted.group(1)[0] == 'd' and 'dev' in dotted.group(1) else 'main', number))
    return 'Cargo', package.get('name'), package.get('version'), package.get('description'), deps


def composer(text):
    data = json.loads(text)
    deps = [(name, str(wanted), scope, where(text, f'"{name}"')) for key, scope in (('require', 'main'), ('require-dev', 'dev'))
            for name, wanted in dict(data.get(key) or {}).items() if '/' in name]
    return 'Composer', data.get('name'), data.get('version'), data.get('description'), deps


def gems(text):
    deps = []
    for match in re.finditer(r'''(?m)^[ \t]*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)[ \t(]+["']([\w.-]+)["'][ \t]*(,[^\n]*)?''', text):
        rest = match.group(2) or ''
        wanted = ', '.join(re.findall(r'''["']([~<>=! ]*\d[^"']*)["']''', re.split(r'\b(?:git|github|path|require|group)\b', rest)[0]))
        source = first(r'\b((?:git|github|path):?\s*(?:=>)?\s*["\'][^"\']+)', rest)
        deps.append((match.group(1), wanted or source, 'dev' if 'development' in match.group() else 'main', line_at(text, match.start(1))))
    return ('RubyGems', first(r'\.name\s*=\s*["\']([^"\']+)', text), first(r'\.version\s*=\s*["\']([^"\']+)', text),
            first(r'\.(?:summary|description)\s*=\s*["\']([^"\']+)', text), deps)


def csproj(text):
    deps = [(m.group(1), first(r'\bVersion\s*=\s*"([^"]*)', m.group(2)) or first(r'\A[^<]*<Version>([^<]*)', text[m.end():m.end() + 200]) or 'managed', 'main', line_at(text, m.start()))
            for m in re.finditer(r'<(?:PackageReference|package)\s+(?:Include|id)\s*=\s*"([^"]+)"([^>]*)', text)]
    deps = [(n, w if w != 'managed' else first(r'\bversion="([^"]*)', line_of_text(text, l)) or w, s, l) for n, w, s, l in deps]
    return 'NuGet', first(r'<(?:PackageId|AssemblyName)>([^<]+)', text), first(r'<Version>([^<]+)', text), first(r'<Description>([^<]+)', text), deps


def line_of_text(text, line):
    return text.split('\n')[line - 1]


def cmake(text):
    deps = [(m.group(1), m.group(2) or '', 'main', line_at(text, m.start())) for m in re.finditer(r'(?im)^[ \t]*find_package\s*\(\s*([\w.-]+)(?:\s+([\d.]+))?', text)]
    return 'CMake', first(r'(?i)\bproject\s*\(\s*([\w.\-]+)', text), first(r'(?i)\bproject\s*\([^)]*VERSION\s+([\d.]+)', text), '', deps


MANIFESTS = {'package.json': npm, 'pyproject.toml': pyproject, 'setup.cfg': setup_py, 'setup.py': setup_py, 'pom.xml': maven,
             'build.gradle': gradle, 'build.gradle.kts': gradle, 'go.mod': go_mod, 'cargo.toml': cargo, 'composer.json': composer,
             'gemfile': gems, 'packages.config': csproj, 'cmakelists.txt': cmake}
LOCKS = {'npm': 'package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb', 'Cargo': 'cargo.lock', 'Composer': 'composer.lock',
         'RubyGems': 'gemfile.lock', 'Go modules': 'go.sum', 'Gradle': 'gradle.lockfile', 'NuGet': 'packages.lock.json',
         'poetry': 'poetry.lock', 'pyproject': 'uv.lock poetry.lock pdm.lock', 'hatchling': 'uv.lock', 'setuptools': 'uv.lock', 'flit_core': 'uv.lock', 'pdm': 'pdm.lock'}


def openness(tool, wanted):
    """How much a constraint leaves open: exact, range, any, source (a branch, an address, a folder), managed (said elsewhere)."""
    wanted = wanted.strip()
    if re.match(r'(?i)(?:git|https?|github|path|file|link|ssh|svn|hg|portal)\b|-e |[\w.-]+/[\w.-]+(?:#|$)', wanted) and tool not in ('Go modules',):
        return 'source'
    if wanted.startswith(('managed', 'workspace:', 'catalog:', '${', '$', 'self.version')):
        return 'managed'
    if wanted.lower() in ('', '*', 'latest', 'x', 'any', 'release', 'latest.release', 'latest.integration', '+') or re.search(r'(?i)-snapshot$|^dev-|@dev$|\.\+$|^>=?\s*[\d.]+$|^\[[\d.]+,\s*\)$', wanted):
        return 'any'
    if tool in ('Maven', 'Gradle', 'NuGet'):
        return 'range' if re.search(r'[\[(,*]', wanted) else 'exact'
    if tool == 'Go modules' or re.fullmatch(r'={0,3}\s*v?\d[\w.+!-]*', wanted) and (tool != 'Cargo' or wanted.startswith('=')):
        return 'range' if tool in ('CMake', 'poetry') and not wanted.startswith('=') else 'exact'
    return 'range'


def tree_names():
    """The paths that the tree shows, in lower case and as they are; files that were not loaded are among them."""
    stack, names = [], {}
    for raw in str(globals().get('file_tree') or '').split('\n'):
        name = re.sub(r' (?:\[[^\]]*\]|\(\d+ files?\))$', '', raw)
        depth = (len(name) - len(name.lstrip(' '))) // 2
        name = name.strip()
        if name and not name.startswith('…'):
            del stack[depth:]
            whole = '/'.join(s.rstrip('/') for s in (*stack, name))
            names[whole.lower()] = whole
            if name.endswith('/'):
                stack += [''] * (depth - len(stack)) + [name]
    return names


all_names, crowded = tree_names(), '… and ' in str(globals().get('file_tree') or '')
manifests, open_ones, sourced, lockless = [], [], [], []
for path in sorted((p for p in codebase if is_main(p)), key=lambda p: (p.count('/'), p)):
    base = posixpath.basename(path).lower()
    reader = MANIFESTS.get(base) or (gems if base.endswith('.gemspec') else csproj if base.endswith(('.csproj', '.fsproj')) else
                                     requirements if re.fullmatch(r'(?:.*[-_.])?requirements.*\.(?:txt|in)', base) else None)
    if not reader or len(codebase[path]) > 400_000:
        continue
    try:
        tool, name, version, description, deps = reader(codebase[path])
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        tool, name, version, description, deps = base, '', '', 'could not be parsed', None
    kinds = Counter(openness(tool, wanted) for _, wanted, _, _ in deps or ())
    folders = [posixpath.dirname(path)]
    while folders[-1]:
        folders.append(posixpath.dirname(folders[-1]))
    locks = [posixpath.join(f, l) for f in folders for l in LOCKS.get(tool, '').split() if posixpath.join(f, l) in all_names or posixpath.join(f, l) in codebase]
    lock = locks[0] if locks else None if tool not in LOCKS or path.count('/') > 3 or crowded else ''
    manifests.append(dict(path=path, tool=tool, deps=deps, kinds=kinds, lock=lock, readable=deps is not None,
                          **{k: shown(v, 200) if v and isinstance(v, (str, int, float)) else '' for k, v in (('name', name), ('version', version), ('description', description))}))
    # A tool of ranges (peer, indirect) and a library's own CMake packages say nothing about what is built.
    for dep, wanted, scope, line in deps or ():
        kind = openness(tool, wanted)
        if kind == 'any' and scope in ('main', 'dev') and tool != 'CMake':
            open_ones.append((scope != 'main', path, line, 0))
        elif kind == 'source' and not re.match(r'(?i)path|file|link|portal', wanted) and not re.search(r'[0-9a-f]{40}|#v?\d|@v?\d|[?&]rev=|\btag\b', wanted):
            sourced.append((path, line, 0))
    if lock == '' and deps and (tool != 'Cargo' or re.search(r'(?m)^\[\[bin\]\]', codebase[path])) and tool not in ('setuptools', 'hatchling', 'flit_core', 'Gradle', 'NuGet') and not base.endswith('.gemspec') \
            and not (tool == 'npm' and not re.search(r'"private"\s*:\s*true', codebase[path])) and kinds['range'] + kinds['any']:
        lockless.append((path, where(codebase[path], *({'npm': ['dependencies"'], 'Composer': ['"require']}.get(tool, ['']))), 0))
found['manifests'] = manifests
if open_ones:
    finding('unpinned', 2, 'Dependency without an upper bound', 'State a version or a range, so that a build of tomorrow is the one of today.', [o[1:] for o in sorted(open_ones)])
if sourced:
    finding('branch', 2, 'Dependency taken from a moving source', 'Name a tag or a commit.', sourced)
if lockless:
    finding('lock', 2, 'Versions are not locked', 'Commit the lock file of the tool: without it each install may get other versions.', lockless)
hidden = [(all_names[p], 0, 0) for p in sorted(n for n in all_names if re.search(r'(?:^|/)(?:\.env(?:\.(?!example|sample|template|dist|default)\w+)?|id_rsa|id_dsa|id_ecdsa|id_ed25519|\.netrc|\.pgpass|\.git-credentials|[^/]+\.(?:p12|pfx|jks|ppk))$', n)
          and all_names[n] not in codebase and not TEST.search(n) and not ASIDE.search(n))]
if hidden:
    finding('keyfile', 0, 'File that holds secrets by its kind', 'If it holds real ones: revoke them, and take the file out of the history. Its content was not loaded.', hidden)
for one in manifests[:6]:
    print('manifest:', shown(one['path'], 80), one['tool'], one['name'], one['version'], dict(one['kinds']), 'lock', one['lock'])
print(count(len(open_ones), 'open dependency', 'open dependencies'), '|', count(len(lockless), 'manifest'), 'without its lock file')
