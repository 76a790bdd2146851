# What must new code look like to pass for old code? Conventions as counts: what most files do, and how many do not.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
written = [p for p in codebase if is_source(p) and is_main(p) and not is_borrowed(p) and sizes[p][1] > 3 and not is_machine_made(codebase[p])]
test_paths = [p for p in codebase if is_source(p) and is_test(p)]
sample = sorted(written, key=lambda p: (-sizes[p][1], p))[:2000]
by_kind = defaultdict(list)
for p in sample:
    by_kind[language(p)].append(p)
spoken = [(name, members) for name, members in sorted(by_kind.items(), key=lambda k: -sum(sizes[p][1] for p in k[1])) if name not in ('Makefile', 'Dockerfile', 'Batch', 'CMake', 'Gradle', 'SQL')]
all_lines = sum(sizes[p][1] for p in sample) or 1
spoken = [(name, members) for name, members in spoken if len(members) >= 5 and sum(sizes[p][1] for p in members) * 25 >= all_lines or sum(sizes[p][1] for p in members) * 4 >= all_lines][:5]


def indent_of(path):
    """'tabs', or the step in spaces; '' when a file does not tell."""
    text = codebase[path][:60_000]
    tabs, steps, before = len(re.findall(r'(?m)^\t+\S', text)), Counter(), 0
    for margin in (len(m.group(1)) for m in re.finditer(r'(?m)^( *)(?![*\s])\S', text)):
        if 0 < margin - before <= 8:
            steps[margin - before] += 1
        before = margin
    spaces = sum(steps.values())
    if tabs + spaces < 2:
        return ''
    return 'tabs' if tabs > spaces else {1: '', 3: '', 5: '', 7: ''}.get(steps.most_common(1)[0][0], f'{steps.most_common(1)[0][0]} spaces')


def case_of(name):
    if re.fullmatch(r'[a-z][a-z0-9]*', name):
        return 'lowercase'
    return next((case for case, pattern in (('snake_case', r'_*[a-z0-9]+(?:_[a-z0-9]+)+_*'), ('kebab-case', r'[a-z0-9]+(?:-[a-z0-9]+)+'), ('PascalCase', r'[A-Z][A-Za-z0-9]*'),
                                            ('camelCase', r'[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*')) if re.fullmatch(pattern, name)), 'mixed')


def most(counts):
    """The commonest of these with its share in words; None when nothing prevails."""
    total = sum(counts.values())
    if not total:
        return None
    value, n = counts.most_common(1)[0]
    return (value, n, total) if n * 5 >= total * 3 else None


def share(n, total):
    return f'all {total:,}' if n == total > 1 else f'{n:,} of {total:,}'


LIMITS = (72, 80, 88, 100, 110, 120, 132, 140, 160)  # what people set for the length of lines
habits = {}  # language: [(rule, evidence in words, place or None)]
FUNCTION_NAMES = {'Python': r'(?m)^[ \t]*def[ \t]+([a-z]\w*)', 'JavaScript': r'(?m)^[ \t]*(?:export[ \t]+)?(?:async[ \t]+)?function[ \t]+([a-z]\w*)', 'TypeScript': r'(?m)^[ \t]*(?:export[ \t]+)?(?:async[ \t]+)?function[ \t]+([a-z]\w*)',
                  'C': r'(?m)^[a-z][\w \t*]*[ \t*]([a-z]\w*)\([^;]*$', 'Ruby': r'(?m)^[ \t]*def[ \t]+([a-z]\w*)', 'PHP': r'(?m)function[ \t]+([a-z]\w*)'}
for name, members in spoken:
    rules = []
    step = most(Counter(filter(None, map(indent_of, members))))
    if step:
        rules.append((f'Indent by {step[0]}', f'{share(step[1], step[2])} files', None))
    lengths = sorted(len(line) for p in members[:400] for line in codebase[p].split('\n')[:4000] if line.strip())
    limit = next((limit for limit in LIMITS if lengths and lengths[len(lengths) * 99 // 100] <= limit), None)
    if limit:
        rules.append((f'Keep lines within {limit} characters', '99 % of them are' + (f', the longest has {lengths[-1]:,}' if lengths[-1] < 1000 else ''), None))
    stems = Counter(case_of(posixpath.basename(p).split('.')[0].strip('_')) for p in members if posixpath.basename(p).split('.')[0].strip('_') not in ('', 'index', 'main', 'init'))
    single = stems.pop('lowercase', 0)
    shape = most(stems) or most(Counter({'lowercase': single, 'other': sum(stems.values())}))
    if shape and shape[0] not in ('mixed', 'other') and name not in ('Java', 'Kotlin') and shape[2] > 2:
        rules.append((f'Name files in {shape[0]}', f'{share(shape[1], shape[2])} names' + (' of several words' if single and shape[0] != 'lowercase' else ''), None))
    pattern = FUNCTION_NAMES.get(name)
    if pattern:
        names = Counter(case_of(f) for p in members[:400] for f in re.findall(pattern, codebase[p][:200_000]))
        names.pop('lowercase', 0)
        shape = most(names)
        if shape and shape[0] != 'mixed' and shape[2] > 4:
            rules.append((f'Name functions in {shape[0]}', f'{share(shape[1], shape[2])} of several words', None))
    if name == 'Python':
        hinted = Counter('yes' if '->' in d else 'no' for p in members[:400] for d in re.findall(r'(?m)^[ \t]*(?:async[ \t]+)?def[ \t]+\w+\([^)]*\)([^:\n]*):', codebase[p][:200_000]))
        if most(hinted):
            rules.append(('Annotate return types' if most(hinted)[0] == 'yes' else 'Return types are not annotated as a rule', f'{hinted["yes"]:,} of {sum(hinted.values()):,} functions do', None))
    if name in ('Python', 'JavaScript', 'TypeScript'):
        quotes = Counter(q for p in members[:300] for q in re.findall(r'(?<![\w"\'`\\])(["\'])(?!\1)[\w ./:@-]{1,60}\1', codebase[p][:100_000]))
        if most(quotes):
            rules.append(('Quote strings with ' + ('double' if most(quotes)[0] == '"' else 'single') + ' quotes', f'{share(*most(quotes)[1:])} short strings', None))
    if name in ('JavaScript', 'TypeScript'):
        ends = Counter('with' if line.rstrip().endswith(';') else 'without' for p in members[:300] for line in re.findall(r'(?m)^[ \t]*(?:const|let|var|return|import)\b[^\n{([,`]*[\w)\'"\];]$', codebase[p][:100_000]))
        if most(ends):
            rules.append((f'End statements {most(ends)[0]} a semicolon', share(*most(ends)[1:]), None))
        style = Counter(k for p in members[:300] for k, needle in (('ES modules (`import`)', r'(?m)^import\b'), ('CommonJS (`require`)', r'\brequire\(')) if re.search(needle, codebase[p]))
        if most(style):
            rules.append((f'Import by {most(style)[0]}', f'{share(*most(style)[1:])} files', None))
    if name in ('Java', 'Kotlin', 'C#', 'Scala'):
        stars = sum(bool(re.search(r'(?m)^import[ \t]+(?!static)[\w.]+\.\*', codebase[p])) for p in members)
        if stars * 10 <= len(members):
            rules.append(('Import each type by its name', f'{share(len(members) - stars, len(members))} files import no whole package', None))
    heads = Counter(re.split(r'[\n.,;]', re.sub(r'^[\s/*#"\'!-]+', '', codebase[p][:300]), maxsplit=1)[0][:60] for p in members if re.match(r'\s*(?:/\*|//|#(?!!)|""")', codebase[p]))
    licensed = [p for p in members if re.search(r'(?i)copyright|spdx-license|licensed under', codebase[p][:1200])]
    if len(licensed) * 5 >= len(members) * 3:
        first_line = next(n for n, line in enumerate(codebase[licensed[0]].split('\n'), 1) if re.search(r'(?i)copyright|spdx-license|licensed under', line))
        rules.append(('Begin files with the licence header', f'{share(len(licensed), len(members))} files', (licensed[0], first_line, 0)))
    if rules:
        habits[name] = rules
found['habits'] = habits

# Which library does what: what the files import most among the usual ones, with the first line that shows it.
USED_FOR = (('Tests', r'org\.junit\.jupiter|org\.junit\b|org\.testng|org\.assertj|org\.mockito|pytest|unittest|(?:from|require\()\s*[\'"](?:vitest|@jest/globals|mocha|chai|node:test|@playwright/test|@testing-library/[\w-]+)|"testing"|testify|rspec|minitest|PHPUnit|Xunit|NUnit|kotest|spock'),
            ('Logging', r'org\.slf4j|org\.apache\.logging|java\.util\.logging|System\.Logger|(?m:^(?:import|from)[ \t]+(?:logging|structlog|loguru)\b)|"log/slog"|go\.uber\.org/zap|sirupsen/logrus|[\'"](?:winston|pino|debug)[\'"]|tracing::|log::|Monolog|Serilog'),
            ('HTTP', r'org\.springframework\.web|jakarta\.ws\.rs|javax\.servlet|(?m:^(?:import|from)[ \t]+(?:flask|fastapi|django|aiohttp|httpx|requests|starlette|tornado|bottle)\b)|"net/http"|gin-gonic|labstack/echo|[\'"](?:express|fastify|koa|axios|node:https?|hono|next)[\'"]|actix_web|axum|hyper::|reqwest|Symfony|Laravel|Illuminate'),
            ('Data', r'org\.springframework\.jdbc|jakarta\.persistence|javax\.persistence|java\.sql|(?m:^(?:import|from)[ \t]+(?:sqlalchemy|psycopg2?|sqlite3|pymongo|redis|peewee|asyncpg)\b)|django\.db|"database/sql"|gorm\.io|jackc/pgx|[\'"](?:pg|mysql2?|mongoose|mongodb|sequelize|typeorm|knex|redis|ioredis|@prisma/client|better-sqlite3)[\'"]|sqlx::|diesel::|ActiveRecord|Doctrine'),
            ('JSON and validation', r'com\.fasterxml\.jackson|tools\.jackson|com\.google\.gson|(?m:^(?:import|from)[ \t]+(?:pydantic|marshmallow|attrs?)\b)|[\'"](?:zod|joi|ajv|yup)[\'"]|serde\b|encoding/json'),
            ('Command line', r'picocli|(?m:^(?:import|from)[ \t]+(?:argparse|click|typer|docopt)\b)|spf13/cobra|[\'"](?:commander|yargs|minimist|oclif)[\'"]|clap::|use clap'))
uses = []
for label, pattern in USED_FOR:
    pattern, users, spots = re.compile(pattern), defaultdict(set), {}
    for p in (test_paths[:1500] if label == 'Tests' else sample):
        for line in re.finditer(r'(?m)^[ \t]*(?:import|from|use|using|require|const|let|var|")[^\n]{0,200}', codebase[p][:8_000]):
            if line.group().lstrip()[:5].rstrip() in ('const', 'let', 'var') and not language(p).endswith('Script') or line.group().lstrip()[0] == '"' and language(p) != 'Go':
                continue
            hit = pattern.search(line.group())
            if hit:
                key = re.sub(r'^(?:import|from|require\()\s*|[\'"]', '', hit.group()).strip().rstrip(':')
                spots.setdefault(key, (p, line_at(codebase[p], line.start()), 0))
                users[key].add(p)
    if users:
        best = sorted(users, key=lambda k: (-len(users[k]), k))[:4]
        uses.append((label, [(key, len(users[key])) for key in best], spots[best[0]]))
found['uses'] = uses

# How tests are called and where they lie.
ENDS = re.compile(r'(?i)(?:[._-](?:test|spec)|(?<=[a-z])(?:Tests?|IT|Spec)|_test)\.\w+$')
shapes = defaultdict(list)
for p in test_paths:
    base = posixpath.basename(p)
    end = ENDS.search(base)
    if base.startswith('test_') or end:
        shapes['test_*.' + base.rpartition('.')[2] if base.startswith('test_') else '*' + end.group()].append(p)
found['test_shapes'] = sorted(((shape, len(ps), posixpath.commonpath([posixpath.dirname(p) for p in ps]) if len({p.split('/')[0] for p in ps}) == 1 else '') for shape, ps in shapes.items()), key=lambda s: (-s[1], s[0]))[:5]

# Comments that warn: what looks safe to change and is not.
WARNS = re.compile(r'(?:\b(?:WARNING|IMPORTANT|CAUTION|DANGER|BEWARE|HACK|XXX|NB)\b:?\s|(?i:\b(?:do not (?:change|edit|move|remove|reorder|use|call|touch|rename)|don\'t (?:change|edit|move|remove|reorder|use|call|touch)|must (?:not|never|stay|be kept|come (?:first|last|before|after))|keep (?:this )?in sync|order (?:matters|is important)|never (?:call|change|use|remove)|careful|not thread-?safe|for backwards? compatib\w+|on purpose|deliberately|workaround)\b))')
WARNING_WORDS = ('warning', 'important', 'caution', 'danger', 'beware', 'hack', 'xxx', 'nb', 'do not ', "don't ", 'must ', 'keep ', 'order ', 'never ', 'careful', 'not thread', 'for backward', 'on purpose', 'deliberately', 'workaround')
warnings_seen = []
for p in sorted(written, key=lambda p: (-sizes[p][0], p))[:2500]:
    text = codebase[p][:300_000]
    low, spots = text.lower(), []
    for word in WARNING_WORDS if len(low) == len(text) else ():  # where a word begins is found fast, and only there is looked closely
        at = low.find(word)
        while at >= 0 and len(spots) < 40:
            hit = WARNS.match(text, at) if not text[at - 1:at].isalnum() else None
            spots += [hit] * bool(hit)
            at = low.find(word, at + 1)
    spans = Spans(p, text) if spots else None
    for hit in spots:
        if spans.place(hit.start()) == 'comment':
            line = line_at(text, hit.start())
            if re.search(r'@(?:param|return|throws|since)\b|\\param\b|:param\b', line_of(p, line)):
                continue
            stressed = bool(re.match(r'(?:WARNING|IMPORTANT|CAUTION|DANGER|BEWARE|HACK)', hit.group()))
            warnings_seen.append((not stressed, p, line, hit.start() - (text.rfind('\n', 0, hit.start()) + 1)))
per_file = Counter()
found['warnings'] = []
for _, p, line, at in sorted(set(warnings_seen)):
    per_file[p] += (p, line) not in [w[:2] for w in found['warnings'][-1:]]
    if per_file[p] <= 2 and (p, line) not in [w[:2] for w in found['warnings'][-1:]]:
        found['warnings'].append((p, line, at))
found['made_by_tools'] = [(p, line_at(codebase[p], GENERATED.search(codebase[p], 0, 600).start()), 0) for p in sorted(codebase) if GENERATED.search(codebase[p], 0, 600) and not is_borrowed(p) and not is_test(p)][:200]
for_tools = [p for p in codebase if re.search(r'(?i)(^|/)(claude\.md|agents\.md|gemini\.md|\.cursorrules|\.cursor/rules/[^/]+|\.windsurfrules|\.github/copilot-instructions\.md|\.junie/[^/]+\.md|conventions\.md)$', p)]
found['for_tools'] = sorted(for_tools, key=lambda p: (p.count('/'), p))
for name, rules in habits.items():
    print(name + ':', '; '.join(rule for rule, _, _ in rules))
print(count(len(uses), 'library use'), '|', count(len(found['warnings']), 'warning comment'), '|', count(len(found['made_by_tools']), 'generated file'))
