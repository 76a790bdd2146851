# What is it? Sizes by language and the README's own words.
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
    text = re.sub(r'(?s)\A---\n.*?\n---\n', '', cut_out(text[:40000], '<!--', '-->'))
    text = re.sub(r'(?ms)^(```|~~~).*?^\1[^\n]*$', '', text)
    title, paragraph, about = '', [], True
    lines = text.splitlines()
    for i, raw in enumerate(lines):
        line = raw.strip()[:2000]
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
        if not prose or not paragraph and re.match(r'(?i)(?:if you|you should|you can|please|note|to |this (?:readme|document|file|page)\b)\b', prose) or re.match(r'\.\. |:[\w-]+:|\||[-*+] |\d+\. |\[[^\]]+\]:|image::', prose):
            if sum(map(len, paragraph)) >= 40:
                break
            paragraph = []
            continue
        paragraph.append(prose)
    return re.sub(r'<[^>]*>', '', title).strip(), ' '.join(' '.join(paragraph).split()).lstrip('> ')


readme = shallowest({'readme.md', 'readme.rst', 'readme.txt', 'readme', 'readme.adoc', 'readme.markdown', 'readme.org'})
found['readme'] = readme and (readme, *own_words(codebase[readme]))


# What stands by: documents and tooling that people look for. Some of them must stand at the root to speak for all.
PRESENT = [('README', r'(?i)(^|/)readme(\.\w+)?$'), ('License', r'(?i)(^|/)(licen[cs]e|copying)([.-][\w.]+)?$'), ('Change log', r'(?i)(^|/)(changes|changelog|history|news|release-?notes)(\.\w+)?$'),
           ('Guide for contributors', r'(?i)(^|/)(contributing|hacking)(\.\w+)?$'), ('Security policy', r'(?i)(^|/)security(\.\w+)?$'), ('Documents', r'(?i)(^|/)(docs?|documentation)/.*\.(md|rst|adoc|txt)$'),
           ('Continuous integration', r'(^|/)(\.(?:github|gitea|forgejo)/workflows/[^/]+|\.gitlab-ci\.yml|Jenkinsfile|\.travis\.yml|\.circleci/config\.yml|azure-pipelines\.yml|\.cirrus\.yml|\.?appveyor\.yml|\.ci/[^/]+)$'),
           ('Format and lint rules', r'(?i)(^|/)(\.editorconfig|\.eslintrc[\w.]*|eslint\.config\.\w+|\.prettierrc[\w.]*|\.pylintrc|\.flake8|ruff\.toml|mypy\.ini|checkstyle[\w.-]*\.xml|\.rubocop\.yml|rustfmt\.toml|\.golangci\.ya?ml|\.clang-format|\.clang-tidy|phpcs\.xml|phpstan[\w.]*|biome\.json)$'),
           ('Container', r'(^|/)(Dockerfile[\w.-]*|docker-compose[\w.-]*\.ya?ml|compose\.ya?ml)$')]
SPEAK_FOR_ALL = {'README', 'License', 'Change log', 'Guide for contributors', 'Security policy'}
found['present'] = [(label, [p for p in here(pattern) if label not in SPEAK_FOR_ALL or top(p)]) for label, pattern in PRESENT]
lacking = [label if label == 'README' else label.lower() for label, hits_here in found['present'] if not hits_here and label in ('README', 'License', 'Continuous integration')]
if lacking:
    finding('missing', 1 if 'README' in lacking else 2, 'Missing from the repository: ' + ', '.join(lacking), 'Add it: those who come later look there first.', [('/', 0, 0)])

print(found['name'], '|', count(len(codebase), 'file'), '|', count(sum(s[0] for s in sizes.values()), 'character'))
print('languages:', ', '.join(f'{n} {f}' for n, f, *_ in found['languages'][:8]))
print('README:', found['readme'] and shown(found['readme'][0] + ': ' + found['readme'][1], 200))
