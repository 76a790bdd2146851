# What is it? Sizes by language, the README's own words, the manifests.
meta = metadata if isinstance(metadata, dict) else {}
sizes = {}
for path, text in codebase.items():
    sizes[path] = (len(text), text.count('\n') + (not text.endswith('\n') and bool(text)))
found['sizes'] = sizes
by_language = defaultdict(lambda: [0, 0, 0])
for path, (characters, lines) in sizes.items():
    row = by_language[language(path)]
    row[0] += 1
    row[1] += lines
    row[2] += characters
found['languages'] = sorted(((name, *row) for name, row in by_language.items()), key=lambda r: (-r[3], r[0]))
found['name'] = str(meta.get('repository') or '') or 'this repository'
found['commit'] = str(meta.get('commit') or '')


def shallowest(names):
    """The file of that name (lower case) that speaks for the whole repository."""
    hits = [p for p in codebase if posixpath.basename(p).lower() in names and top(p)]
    return min(hits, key=lambda p: (p.count('/'), p), default=None)


# What stands below such a heading says how to begin or who may, not what the project is.
NOT_ABOUT = re.compile(r'(?i)\b(?:require|prerequisite|install|setup|licen[cs]e|copyright|content|usage|start|build|contribut|support|sponsor'
                       r'|documentation|news|status|change|download|acknowledg|credit|author|test|develop)|^(?!.*\bwhat\b).*\?\W*$')


def own_words(text):
    """The title of a README and its first paragraph of prose that may say what the project is."""
    text = re.sub(r'(?s)<!--.*?-->|^---\n.*?\n---\n', '', text[:40000])
    text = re.sub(r'(?ms)^(```|~~~).*?^\1[^\n]*$', '', text)
    title, paragraph, about = '', [], True
    lines = text.splitlines()
    for i, raw in enumerate(lines):
        line = raw.strip()
        under = lines[i + 1].strip() if i + 1 < len(lines) else ''
        if re.match(r'#{1,6} |={1,6} ', line) or (line and re.fullmatch(r'={3,}|-{3,}|~{3,}', under)):
            if paragraph:
                break
            about = not title or not NOT_ABOUT.search(line)
            title = title or line.strip('#= ')
            continue
        if not about:
            continue
        if not line or re.fullmatch(r'[=\-~*_#+^]{3,}', line):
            if sum(map(len, paragraph)) >= 40:
                break
            paragraph = []
            continue
        prose = re.sub(r'!\[[^\]]*\]\([^)]*\)|!\[[^\]]*\]\[[^\]]*\]', '', line)
        prose = re.sub(r'\[\s*\]\([^)]*\)', '', prose)
        prose = re.sub(r'\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])', r'\1', prose)
        prose = re.sub(r'<[^>]*>', '', prose)
        prose = re.sub(r'`([^`<]*?)\s*<[^>]*>`_+', r'\1', prose)
        prose = re.sub(r'`([^`]*)`_*', r'\1', re.sub(r'\*\*([^*]*)\*\*', r'\1', prose)).strip()
        if not prose or not paragraph and re.match(r'(?i)(?:if you|you should|you can|please|note|to )\b', prose) or re.match(r'\.\. |:[\w-]+:|\||[-*+] |\d+\. |\[[^\]]+\]:|image::', prose):
            if sum(map(len, paragraph)) >= 40:
                break
            paragraph = []
            continue
        paragraph.append(prose)
    return re.sub(r'<[^>]*>', '', title).strip(), ' '.join(' '.join(paragraph).split()).lstrip('> ')


readme = shallowest({'readme.md', 'readme.rst', 'readme.txt', 'readme', 'readme.adoc', 'readme.markdown', 'readme.org'})
found['readme'] = readme and (readme, *own_words(codebase[readme]))


def first(pattern, text, default=''):
    match = re.search(pattern, text)
    return match.group(1).strip() if match else default


def npm(text):
    data = json.loads(text)
    deps = sum(len(data.get(k) or {}) for k in ('dependencies', 'peerDependencies', 'optionalDependencies'))
    return 'npm', data.get('name'), data.get('version'), data.get('description'), deps, len(data.get('devDependencies') or {})


def pyproject(text):
    try:
        import tomllib
    except ImportError:
        return ('pyproject', first(r'(?m)^name\s*=\s*["\']([^"\']+)', text), first(r'(?m)^version\s*=\s*["\']([^"\']+)', text),
                first(r'(?m)^description\s*=\s*["\']([^"\']+)', text), None, None)
    data = tomllib.loads(text)
    project, poetry = data.get('project') or {}, (data.get('tool') or {}).get('poetry') or {}
    backend = (data.get('build-system') or {}).get('build-backend') or 'pyproject'
    deps = project.get('dependencies') or [d for d in poetry.get('dependencies') or {} if d != 'python']
    dev = sum(len(v) for v in (project.get('optional-dependencies') or {}).values()) + len(poetry.get('dev-dependencies') or {})
    both = {**poetry, **project}
    return str(backend).split('.')[0], both.get('name'), both.get('version'), both.get('description'), len(deps), dev


def maven(text):
    deps = re.findall(r'(?s)<dependency>.*?</dependency>', re.sub(r'(?s)<dependencyManagement>.*?</dependencyManagement>|<plugin>.*?</plugin>', '', text))
    tests = sum('<scope>test</scope>' in d for d in deps)
    own = re.sub(r'(?s)<(parent|dependencies|dependencyManagement|build|profiles|licenses|developers|organization|reporting)>.*?</\1>|<!--.*?-->', '', text)
    return ('Maven', first(r'<artifactId>([^<]*)', own), first(r'<version>([^<]*)', own), first(r'(?s)<description>([^<]*)', own), len(deps) - tests, tests)


def gradle(text):
    deps = re.findall(r'(?m)^\s*(\w*[iI]mplementation|api|compileOnly|runtimeOnly|\w*[cC]ompile)\b[\s(]', text)
    tests = sum(d.lower().startswith(('test', 'androidtest')) for d in deps)
    return 'Gradle', first(r'rootProject\.name\s*=\s*["\']([^"\']+)', text), first(r'(?m)^version\s*=\s*["\']([^"\']+)', text), '', len(deps) - tests, tests


def go_mod(text):
    deps = re.findall(r'(?m)^\s*(?:require\s+)?[\w.\-]+\.[\w.\-]+/\S+\s+v\S+(?!.*// indirect).*$', text)
    return 'Go modules', first(r'(?m)^module\s+(\S+)', text), '', 'Go ' + first(r'(?m)^go\s+(\S+)', text, '?'), sum('// indirect' not in d for d in deps), None


def cargo(text):
    def section(name):
        return len(re.findall(r'(?m)^[\w-]+\s*[=.]', first(r'(?ms)^\[' + name + r'\]\s*$(.*?)(?=^\[|\Z)', text)))
    head = first(r'(?ms)^\[package\](.*?)(?=^\[|\Z)', text)
    return ('Cargo', first(r'(?m)^name\s*=\s*"([^"]+)', head), first(r'(?m)^version\s*=\s*"([^"]+)', head),
            first(r'(?m)^description\s*=\s*"([^"]+)', head), section('dependencies'), section('dev-dependencies'))


def composer(text):
    data = json.loads(text)
    return 'Composer', data.get('name'), data.get('version'), data.get('description'), len(data.get('require') or {}), len(data.get('require-dev') or {})


def gems(text):
    return 'Bundler', '', '', '', len(re.findall(r'(?m)^\s*gem\s+["\']', text)), None


def gemspec(text):
    return ('RubyGems', first(r'\.name\s*=\s*["\']([^"\']+)', text), first(r'\.version\s*=\s*["\']([^"\']+)', text),
            first(r'\.(?:summary|description)\s*=\s*["\']([^"\']+)', text), len(re.findall(r'add_(?:runtime_)?dependency', text)), len(re.findall(r'add_development_dependency', text)))


def csproj(text):
    return '.NET SDK', first(r'<(?:PackageId|AssemblyName)>([^<]+)', text), first(r'<Version>([^<]+)', text), first(r'<Description>([^<]+)', text), len(re.findall(r'<PackageReference\b', text)), None


def setup_py(text):
    return 'setuptools', first(r'\bname\s*=\s*["\']?([\w.\- ]+)', text), first(r'\bversion\s*=\s*["\']?([\d][\w.]*)', text), first(r'\bdescription\s*=\s*["\']([^"\']+)', text), None, None


def requirements(text):
    return 'pip', '', '', '', len(re.findall(r'(?m)^\s*[A-Za-z0-9][\w.\-\[\]]*', text)), None


def cmake(text):
    return 'CMake', first(r'(?i)\bproject\s*\(\s*([\w.\-]+)', text), first(r'(?i)\bproject\s*\([^)]*VERSION\s+([\d.]+)', text), '', len(re.findall(r'(?im)^\s*find_package\s*\(', text)), None


MANIFESTS = {'package.json': npm, 'pyproject.toml': pyproject, 'setup.cfg': setup_py, 'setup.py': setup_py, 'pom.xml': maven,
             'build.gradle': gradle, 'build.gradle.kts': gradle, 'go.mod': go_mod, 'cargo.toml': cargo, 'composer.json': composer,
             'gemfile': gems, 'requirements.txt': requirements, 'cmakelists.txt': cmake}
manifests = []
for path in sorted((p for p in codebase if is_main(p)), key=lambda p: (p.count('/'), p)):
    base = posixpath.basename(path).lower()
    reader = MANIFESTS.get(base) or (gemspec if base.endswith('.gemspec') else csproj if base.endswith('.csproj') else None)
    if reader:
        try:
            tool, name, version, description, deps, dev = reader(codebase[path])
        except (ValueError, TypeError, AttributeError, RecursionError):
            tool, name, version, description, deps, dev = base, '', '', 'could not be parsed', None, None
        manifests.append((path, tool, *(shown(v or '', 200) if isinstance(v, str) or not v else shown(str(v)) for v in (name, version, description)), deps, dev))
found['manifests'] = manifests

print(found['name'], '|', count(len(codebase), 'file'), '|', count(sum(s[0] for s in sizes.values()), 'character'))
print('languages:', ', '.join(f'{n} {f}' for n, f, *_ in found['languages'][:8]))
print('README:', found['readme'] and shown(found['readme'][0] + ': ' + found['readme'][1], 200))
for row in manifests[:6]:
    print('manifest:', *(str(v) for v in row[:4] if v))
