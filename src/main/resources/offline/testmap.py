# Which code has tests? A test covers a file, as far as can be seen, when it imports it, is called after it, or names it.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
imports = globals().get('imports') or {}
machine_made = found.get('machine_made') or set()
branches = found.get('branches') or {}
test_files = [p for p in codebase if is_source(p) and is_test(p)]
subjects = [p for p in codebase if is_source(p) and is_main(p) and p not in machine_made and not is_borrowed(p) and sizes[p][1] > 1
            and language(p) not in ('CMake', 'Makefile', 'Gradle', 'Dockerfile', 'Jenkinsfile', 'Procfile', 'Batch', 'SQL', 'Protocol Buffers', 'Terraform')]


def stem(path):
    """What a file and its test have in common: the name without test words, signs and case."""
    name = re.sub(r'\.d$', '', posixpath.basename(path).partition('.')[0] if language(path) in ('JavaScript', 'TypeScript') else posixpath.splitext(posixpath.basename(path))[0])
    bare_name = re.sub(r'(?i)^(?:tests?[_-])|[._-]?(?:tests?|spec|testcase)$|(?<=[a-z])IT$', '', name)
    return re.sub(r'[^a-z0-9]', '', (bare_name or name).lower())


FAMILY = {'TypeScript': 'JavaScript', 'Vue': 'JavaScript', 'Svelte': 'JavaScript', 'C++': 'C', 'Objective-C': 'C', **dict.fromkeys(('Kotlin', 'Scala', 'Groovy'), 'Java')}


def family(path):
    return FAMILY.get(language(path), language(path))


by_stem = defaultdict(list)
for p in subjects:
    by_stem[family(p), stem(p)].append(p)
VAGUE = {'', 'index', 'main', 'mod', 'lib', 'init', 'utils', 'util', 'test', 'tests', 'base', 'types', 'common', 'config', 'setup'}
TYPED = {'Java', 'Kotlin', 'Scala', 'Groovy', 'C#', 'PHP', 'Swift'}
by_type = defaultdict(list)  # in these languages a file is called after its class, and a test of the same package imports nothing
for p in subjects:
    name = posixpath.splitext(posixpath.basename(p))[0]
    if language(p) in TYPED and re.fullmatch(r'[A-Z]\w{3,}', name):
        by_type[name].append(p)
folders = defaultdict(list)
for p in subjects:
    folders[posixpath.dirname(p)].append(p)
tests_of = defaultdict(dict)


def covers(test, path, how):
    if path in sizes and is_main(path):
        tests_of[path].setdefault(test, how)


for test in test_files:
    text = codebase[test]
    for target, at in imports.get(test, {}).items():
        if test.endswith('.go') or target.endswith('.go'):
            for p in folders[posixpath.dirname(target)]:
                covers(test, p, 'imports')
        covers(test, target, 'imports')
    alike = by_stem.get((family(test), stem(test)), ())
    near = [p for p in alike if posixpath.dirname(p) == posixpath.dirname(test)] or alike
    if stem(test) not in VAGUE and len(near) <= 3:
        for p in near:
            covers(test, p, 'is called after')
    if test.endswith('_test.go'):
        for p in folders[posixpath.dirname(test)]:
            covers(test, p, 'is of the package of')
    if language(test) in TYPED and by_type:
        for name in set(re.findall(r'\b[A-Z]\w{3,}\b', text[:200_000])):
            if 1 <= len(by_type.get(name, ())) <= 2:
                for p in by_type[name]:
                    covers(test, p, 'names')
for p in subjects:
    if p.endswith('.rs') and '#[cfg(test)]' in codebase[p] or p.endswith('.py') and '>>> ' in codebase[p] and 'doctest' in codebase[p]:
        tests_of[p].setdefault(p, 'holds')
untested = [p for p in subjects if p not in tests_of]
found.update(test_files=test_files, test_lines=sum(sizes[p][1] for p in test_files), main_lines=sum(sizes[p][1] for p in subjects),
             tested={p: len(t) for p, t in tests_of.items()}, subjects=len(subjects),
             untested=sorted(((p, sizes[p][1], branches.get(p, 0)) for p in untested), key=lambda r: (-r[2], -r[1], r[0])))
per_module = {}
for module, *_ in found.get('modules') or ():
    inside = [p for p in subjects if (globals().get('home') or {}).get(p) == module]
    if inside:
        per_module[module] = (len(inside), sum(p in tests_of for p in inside), len({t for p in inside for t in tests_of.get(p, ())}))
found['tests_per_module'] = per_module
def ratio():
    share = 100 * found['test_lines'] / found['main_lines']
    return 'less than one line of test per 100 lines of product' if share < 1 else f'{share:,.0f} line{"s" * (share >= 1.5)} of test per 100 lines of product'


found['ratio'] = ratio() if found['main_lines'] else ''
weighty = max((found.get('hubs') or [])[:10], key=lambda h: h[1] * (1 + branches.get(h[0], 0)), default=None)  # leant on by many, and with much in it to break
begin_with = [(weighty[0], 0, 0)] if weighty else [(p, 0, 0) for p, *_ in (found.get('largest') or ())[:1]]
if not test_files and found['main_lines'] > 100:
    finding('no_tests', 0, 'No tests', 'None were found by the usual names; begin with the file that most others lean on.', begin_with)
elif test_files and found['test_lines'] < 0.2 * found['main_lines']:
    finding('few_tests', 1, 'Few tests', f'Only {found["ratio"]}; begin with the file that most others lean on.', begin_with)
risky = [r for r in found['untested'] if r[2] >= 30]
if test_files and risky:
    finding('untested', 1, 'Branching file that no test imports or names', 'Write tests for it first where it changes often; a test may still reach it through other files.', [(r[0], 0, 0) for r in risky])
print(count(len(test_files), 'test file'), '|', count(len(subjects) - len(untested), 'file'), 'of', len(subjects), 'imported or named by a test')
