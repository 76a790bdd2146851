# How is it set up, built, tested, run? Every command that the repository itself writes down, with its place.
TOOLS = (r'mvnw?|gradlew?|npm|npx|yarn|pnpm|bun|deno|node|python3?|pip3?|pipx|poetry|uv|uvx|hatch|pdm|tox|nox|pytest|make|cmake|ctest|meson|ninja|cargo|rustup|go|docker|docker-compose'
         r'|podman|kubectl|helm|bundle|rake|gem|rspec|rails|composer|php|phpunit|dotnet|swift|xcodebuild|mix|sbt|lein|stack|cabal|bazel|just|task|tsc|eslint|prettier|jest|vitest|ruff|black|mypy'
         r'|flake8|pre-commit|java|javac|gcc|clang|autoreconf|terraform|ansible-playbook|vagrant|bash|sh|zig|dune|opam|Rscript|julia|perl|prove|flask|django-admin|uvicorn|gunicorn|celery|vite|ng|mkdocs|sphinx-build|hugo|jekyll|apt-get|apt|brew|curl|git clone')
COMMAND = re.compile(r'(?:[A-Z][A-Z0-9_]*=\S*[ \t]+)*(?:sudo[ \t]+)?(?:\.{0,2}/[\w./-]*\w|(?:scripts?|bin|tools?|dev|vendor/bin|node_modules/\.bin)/[\w./-]*\w|(?:' + TOOLS + r')(?![\w.:=(/]))(?:[ \t]+\S.*)?$')
SET_UP = re.compile(r'(?:^|[ \t])(?:(?:pip3?|npm|yarn|pnpm|bun|apt|apt-get|brew|gem|bundle|composer|pipx|conda|cargo|go|dotnet tool)[ \t]+(?:ci|install|i|add|sync|get|mod[ \t]+download)\b'
                    r'|(?:poetry|uv|pdm)[ \t]+(?:install|sync|venv|pip)\b|-m[ \t]+(?:pip|venv)\b|git clone\b|mix deps\.get|dotnet restore|pre-commit install)')
KINDS = (('release', r'(?<![-\w])(?:publish|release|deploy|upload|twine|goreleaser|semantic-release|docker push|helm|kubectl)\b'),
         ('lint', r'(?<!\w)(?:lint\w*|fmt|format\w*|spotless\S*|prettier|eslint|ruff|black|flake8|mypy|pylint|clippy|vet|checkstyle|rubocop|shellcheck|golangci-lint|type-?check|pre-commit|isort|tsc|style)(?![\w/])'),
         ('test', r'(?<!\w)(?:(?:run[-_]?)?[iu]?tests?\w*|verify|check\w*|pytest|tox|nox|jest|vitest|mocha|ctest|rspec|phpunit|prove|coverage|e2e|bench\w*)(?![\w/])'),
         ('build', r'^make(?:\s+-\S+)*$|(?<![-\w])(?:build\w*|compile|package|assemble|dist|bundle|webpack|install|all|cmake|gcc|javac|configure)\b'),
         ('run', r'(?<![-\w])(?:run|serve|start|up|dev|exec|spring-boot:run|-jar|watch|preview|server)\b|^(?:\./|scripts/|bin/|node\b|java\b|python)'))
KINDS = [(kind, re.compile(pattern)) for kind, pattern in KINDS]
GUIDE = re.compile(r'(?i)(?:readme|contributing|hacking|development|developing|building|install|testing|claude|agents)(?:\.\w+)?$')
DRIVEN = re.compile(r'(^|/)(?:\.ci/[^/]+|(?:ci|scripts?)/[^/]+\.sh|(?:scripts?|bin|\.ci)/(?:ci|test|build|lint|setup|check|release|bootstrap|run)|\.gitlab-ci\.yml|\.travis\.yml|\.circleci/config\.yml|azure-pipelines\.yml)$')
commands, known_commands = [], set()


def kind_of(command):
    if SET_UP.search(command):
        return 'setup'
    return next((kind for kind, pattern in KINDS if pattern.search(command)), 'other')


def command_at(command, path, line, source, hint=''):
    """Keeps a command once, with the first place that it is seen at."""
    command = re.sub(r'\s+(?:#.*|\\|\|\||&&)$', '', command.strip()).strip()
    if command and command not in known_commands and len(command) < 300:
        known_commands.add(command)
        kind = kind_of(command)
        commands.append((kind if kind != 'other' else kind_of(hint) if hint else 'other', command, path, line, source))


def fenced_lines(text):
    """(line number, line, language) of what stands in fenced or literal blocks."""
    fence, language_of = None, ''
    for number, line in enumerate(text.split('\n'), 1):
        mark = re.match(r'\s*(`{3,}|~{3,})\s*(\w*)', line)
        if mark and fence is None:
            fence, language_of = mark.group(1), mark.group(2).lower()
        elif mark and mark.group(1).startswith(fence) and not mark.group(2):
            fence = None
        elif fence is not None:
            yield number, line, language_of
        elif re.match(r'(?: {4}|\t)\s*[$%] ', line):
            yield number, line, 'console'


def read_guide(path):
    for number, line, language_of in fenced_lines(codebase[path]):
        prompted = re.match(r'\s*[$%>] (.*)', line)
        if language_of in ('', 'sh', 'bash', 'shell', 'zsh', 'console', 'text', 'shellsession', 'terminal', 'powershell'):
            said = (prompted.group(1) if prompted else line).strip()
            if COMMAND.match(said) and (prompted or language_of not in ('console', 'text')):
                command_at(said, path, number, 'guide')


def read_makefile(path):
    lines = codebase[path].split('\n')
    for number, line in enumerate(lines, 1):
        target = re.match(r'([A-Za-z][\w-]*)[ \t]*:(?![:=])', line)
        if target and len(target.group(1)) < 30:
            folder = posixpath.dirname(path)
            command_at('make ' + (f'-C {folder} ' if folder else '') + target.group(1), path, number, 'task')


def read_package(path, plain):
    try:
        scripts = dict(json.loads(codebase[path]).get('scripts') or {})
    except (ValueError, AttributeError, TypeError, RecursionError):
        return
    folder = posixpath.dirname(path)
    for name, does in scripts.items():
        does = ' '.join(map(str, does)) if isinstance(does, list) else str(does)
        at = re.search(r'"' + re.escape(name) + r'"\s*:\s*["\[]', codebase[path])
        if at and not re.match(r'(?:pre|post)(?!view)', name) and re.fullmatch(r'[\w:.-]+', name):
            there = f'cd {folder} && ' if folder else ''
            command_at(there + plain + (name if name in ('test', 'start') or plain != 'npm ' else 'run ' + name), path, line_at(codebase[path], at.start()), 'task', does)


def read_recipes(path, pattern, prefix):
    for match in re.finditer(pattern, codebase[path]):
        command_at(prefix + match.group(1), path, line_at(codebase[path], match.start(1)), 'task')


def read_driven(path):
    """Continuous integration and scripts: lines that begin with a command."""
    workflow, margin = WORKFLOW_FILE.search(path), None
    for number, line in enumerate(codebase[path].split('\n'), 1):
        said, run, indent = line.strip(), re.match(r'\s*(?:-\s+)?run:\s*(?:[|>][-+]?\s*$)?(.*)', line), len(line) - len(line.lstrip())
        if workflow and run:
            margin, said = indent, run.group(1).strip()
        elif workflow and said and margin is not None and indent <= margin:
            margin = None
        if workflow and margin is None:
            continue
        if not workflow:
            said = re.sub(r'^(?:-\s+)', '', said)
        said = re.sub(r'\s*(?:\|\||&&)\s*(?:exit|true|fail|\{).*$', '', said.strip('"\''))
        if COMMAND.match(said) and not re.match(r'(?:\.\.?/?$|sh -n|bash -n|/)', said) and (workflow and '$(' not in said or '$' not in said):
            command_at(said, path, number, 'ci' if workflow or '/ci' in path or '.ci' in path or path.endswith('.yml') else 'script')


WORKFLOW_FILE = re.compile(r'(^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$')
own = [p for p in codebase if not is_borrowed(p) and (is_main(p) or WORKFLOW_FILE.search(p)) and len(codebase[p]) < 400_000]
order = sorted(own, key=lambda p: (p.count('/'), p))
for path in order:
    if GUIDE.match(posixpath.basename(path)) and language(path) in ('Markdown', 'reStructuredText', 'Text', 'AsciiDoc') and top(path):
        read_guide(path)
for path in order[:20_000]:
    base = posixpath.basename(path)
    if base in ('Makefile', 'GNUmakefile', 'makefile') and path.count('/') < 2:
        read_makefile(path)
    elif base == 'package.json' and path.count('/') < 3:
        read_package(path, 'npm ')
    elif base == 'composer.json' and path.count('/') < 2:
        read_package(path, 'composer ')
    elif base.lower() in ('justfile', '.justfile'):
        read_recipes(path, r'(?m)^([a-z][\w-]*)(?:[ \t]+[\w=\'"*+-]+)*[ \t]*:(?!=)', 'just ')
    elif base == 'noxfile.py':
        read_recipes(path, r'(?m)^@nox\.session[^\n]*\ndef[ \t]+(\w+)', 'nox -s ')
    elif base == 'tox.ini':
        read_recipes(path, r'(?m)^\[testenv:([\w-]+)\]', 'tox -e ')
for path in order:
    if WORKFLOW_FILE.search(path) or DRIVEN.search(path):
        read_driven(path)
found['commands'] = commands

# What must be there first: versions of languages that the manifests ask for.
LEVELS = ((r'(^|/)pom\.xml$', r'<(?:maven\.compiler\.(?:release|source)|java\.version|release)>[^<]+'), (r'(^|/)build\.gradle(\.kts)?$', r'(?:sourceCompatibility|languageVersion|jvmTarget)[^\n]*'),
          (r'(^|/)package\.json$', r'"node"\s*:\s*"[^"]+"'), (r'(^|/)pyproject\.toml$', r'(?m)^requires-python\s*=[^\n]*'), (r'(^|/)setup\.(?:py|cfg)$', r'python_requires\s*=[^\n,]*'),
          (r'(^|/)go\.mod$', r'(?m)^go[ \t]+\S+'), (r'(^|/)Cargo\.toml$', r'(?m)^(?:rust-version|edition)\s*=[^\n]*'), (r'(^|/)(?:\.nvmrc|\.python-version|\.ruby-version|\.tool-versions|rust-toolchain(?:\.toml)?)$', r'\S[^\n]*'),
          (r'(^|/)CMakeLists\.txt$', r'(?i)cmake_minimum_required[^\n]*|set\s*\(\s*CMAKE_C(?:XX)?_STANDARD[^\n]*'), (r'\.csproj$', r'<TargetFrameworks?>[^<]+'), (r'(^|/)composer\.json$', r'"php"\s*:\s*"[^"]+"'))
levels = []
for names, pattern in LEVELS:
    for path in [p for p in order if re.search(names, p) and p[len(ground):].count('/') < 3][:2]:
        at = re.search(pattern, codebase[path])
        if at:
            levels.append((path, line_at(codebase[path], at.start()), 0))
found['levels'] = levels
print(count(len(commands), 'command'), Counter(c[0] for c in commands).most_common(), '|', count(len(levels), 'level'))
for kind, command, path, line, source in commands[:8]:
    print('-', kind, shown(command, 100), shown(path, 80), line)
