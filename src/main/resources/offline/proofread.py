# What would a reader stumble over? Counted and compared over all documents; each hit with its place.
documents = globals().get('documents') or {}
texts = {p: d for p, d in documents.items() if not d['legal'] and not d['rendered']}
(found.get('findings') or {}).pop('missing', None)  # that speaks of code
NAVIGATION = re.compile(r'(?i)(?:^|/)(?:mkdocs\.ya?ml|_sidebar\.md|summary\.md|sidebars?\.(?:[cm]?[jt]s|json)|_toc\.ya?ml|nav\.(?:adoc|ya?ml)|_nav\.\w+|docs\.json|mint\.json|book\.toml|\.vitepress/config\.\w+|_quarto\.yml|antora\.yml|toc\.(?:ya?ml|xml)|navigation\.(?:ya?ml|json)|_data/[\w-]*(?:nav|toc|sidebar|docs)[\w-]*\.ya?ml)$')
navigation = sorted((p for p in codebase if NAVIGATION.search(p)), key=lambda p: (p.count('/'), p))
found['navigation'] = navigation


def column(text, position):
    return position - (text.rfind('\n', 0, position) + 1)


def hits_of(pattern, limit=60, within=None):
    """(path, line, column) of a pattern in the prose of all documents."""
    made, pattern = [], re.compile(pattern)
    for path, d in (within or texts).items():
        said = re.sub(r'`[^`\n]*`', lambda m: ' ' * len(m.group()), d['prose'])  # what stands in code is spoken of
        hits = list(itertools.islice(pattern.finditer(said), limit))
        at = lines_of(d['prose']) if hits else None
        made += [(path, *at(m.start())) for m in hits]
    return made


def blocks_of(prose):
    """(first line, text) of what stands between empty lines."""
    begun, lines = 0, []
    for number, line in enumerate(prose.split('\n') + [''], 1):
        if line.strip():
            begun, lines = begun or number, lines + [line] if len(lines) < 200 else lines
        elif lines:
            yield begun, '\n'.join(lines)
            begun, lines = 0, []


# --- links -----------------------------------------------------------------------------------------------------------
broken = [b for b in found.get('broken') or () if not documents[b[0]]['legal']]
if broken:
    finding('broken', 0, 'Relative link that leads nowhere', 'Correct the target, write the missing document, or take the link out.', [b[:3] for b in broken])
if found.get('other_case'):
    finding('other_case', 1, 'Link whose target differs in upper and lower case', 'Write it as the file is called: on most servers this link is broken.', [b[:3] for b in found['other_case']])
if found.get('lost_anchors'):
    finding('anchors', 1, 'Link to a heading that is not there', 'Name the heading as it is called now.', found['lost_anchors'])
wanted = Counter(at for *_, at in broken)
found['wanted'] = [(at, n) for at, n in wanted.most_common(12)]
named_in_navigation = ' '.join(codebase[p] for p in navigation)


def is_entrance(path):
    return bool(re.match(r'(?i)(?:readme|index|_index|home|summary|_sidebar|toc|start|intro\w*|overview)\b', posixpath.basename(path))) or '/' not in path[len(ground):]


linked_by = globals().get('linked_by') or {}
orphans = []
if found.get('inside', 0) * 2 >= len(texts) or navigation:  # where documents are hardly linked at all, none is left out
    for path, d in texts.items():
        folder = posixpath.dirname(path) + '/'
        stem = posixpath.splitext(posixpath.basename(path))[0]
        if not linked_by.get(path) and not is_entrance(path) and not re.search(r'(?:^|[\s"\'/:>(\[])' + re.escape(stem) + r'(?:\.\w+)?(?:$|[\s"\'),\]])', named_in_navigation) and d['kind'] != 'plain text':
            orphans.append(path)
found['orphans'] = orphans
if orphans and len(orphans) < 0.7 * len(texts):
    finding('orphans', 1, 'Document that no other document leads to', 'Link it where its reader comes from, or retire it.', [(p, 0, 0) for p in sorted(orphans)])

if not any('/' not in p[len(ground):] and re.match(r'(?i)(?:readme|index|_index|home|summary)\b', posixpath.basename(p)) for p in texts) and len(texts) > 2:
    finding('entrance', 1, 'No README or index at the top', 'Write one that says what is here, for whom, and where to begin.', [('/', 0, 0)])

# --- the same twice --------------------------------------------------------------------------------------------------
bodies, paragraphs, titled = defaultdict(list), defaultdict(list), defaultdict(list)
for path, d in texts.items():
    if d['words'] > 30:
        bodies[' '.join(d['prose'].split())].append(path)
    if d['title'] and not is_entrance(path):
        titled[d['title'].lower()].append(path)
found['twins'] = sorted((sorted(ps) for ps in bodies.values() if len(ps) > 1), key=lambda ps: (-len(ps), ps))
is_twin = {p for ps in found['twins'] for p in ps[1:]}
for path, d in texts.items():
    if path not in is_twin and d['kind'] != 'HTML':
        for line, block in blocks_of(d['prose']):
            said = ' '.join(block.split())
            if len(said) >= 240 and len(re.findall(r'[^\W\d_]{3,}', said)) >= 30:
                paragraphs[said].append((path, line, 0))
repeated = sorted((ps for ps in paragraphs.values() if len({p for p, *_ in ps}) > 1), key=lambda ps: (-len(ps), ps))
found['repeated'] = repeated
found['same_titles'] = sorted(((t, sorted(ps)) for t, ps in titled.items() if len(ps) > 1 and not any(set(ps) <= set(tw) for tw in found['twins'])), key=lambda r: (-len(r[1]), r[0]))
if found['twins']:
    finding('twins', 1, 'Document that is there more than once', 'Keep one and link to it: the copies will drift apart.', [(p, 0, 0) for ps in found['twins'] for p in ps])
if repeated:
    finding('repeated', 2, 'Paragraph that stands in several documents', 'Say it in one place and link there, or include it.', [ps[0] for ps in repeated])
if found['same_titles']:
    finding('same_titles', 2, 'Title that several documents bear', 'Tell them apart: in search results and menus they look alike.', [(p, 0, 0) for _, ps in found['same_titles'] for p in ps])

# --- what does not agree ---------------------------------------------------------------------------------------------
NEEDS = re.compile(r'(?i)\b(Java|JDK|Python|Node(?:\.js)?|Go|Ruby|PHP|Rust|Maven|Gradle|Docker|Kubernetes|PostgreSQL|MySQL|MariaDB|SQLite|Redis|GCC|CMake|OpenSSL|Perl|npm|\.NET)\s*(?:version\s*)?(?:>=\s*)?v?(\d+(?:\.\d+){0,2})(?:\+|\s+or (?:newer|later|higher|above|greater))')
needs = defaultdict(lambda: defaultdict(list))
for path, d in texts.items():
    for m in NEEDS.finditer(d['prose']):
        name = {'JDK': 'Java', 'Node.js': 'Node'}.get(m.group(1), m.group(1))
        needs[name][m.group(2)].append((path, line_at(d['prose'], m.start()), column(d['prose'], m.start())))
found['disagree'] = [(name, {v: ps for v, ps in sorted(versions.items())}) for name, versions in sorted(needs.items()) if len(versions) > 1 and len({p for ps in versions.values() for p, *_ in ps}) > 1]
if found['disagree']:
    finding('disagree', 2, 'Lowest versions that differ from document to document', 'See which still hold, and say what is required in one place.', [ps[0] for _, versions in found['disagree'] for ps in versions.values()])
spelled = defaultdict(lambda: defaultdict(list))
for path, d in texts.items():
    if len(d['prose']) > 400_000:
        continue
    for m in re.finditer(r'(?<![\w./@#:`"\'<=-])[A-Za-z]*[a-z][A-Z][A-Za-z]*(?![\w/@:=`"\'-]|\.\w|\()|(?<![\w./@#:`"\'<=-])[A-Z][a-z]{3,}(?![\w/@:=`"\'-]|\.\w|\()', re.sub(r'`[^`\n]*`|<code\b[^<>\n]*>[^\n]{0,200}?</code>|<[^<>\n]*>|\]\([^()\n]*\)', lambda m: ' ' * len(m.group()), d['prose'])):
        spelled[m.group().lower()][m.group()].append((path, m.start()))
variants = []
for word, ways in spelled.items():
    inner = [w for w in ways if re.search(r'[a-z][A-Z]', w)]
    total = sum(map(len, ways.values()))
    best = max(ways, key=lambda w: (len(ways[w]), w))
    if inner and len(ways) > 1 and best in inner and len(ways[best]) >= 3 and len(ways[best]) * 2 > total:
        others = [(w, [(p, line_at(documents[p]['prose'], at), column(documents[p]['prose'], at)) for p, at in hits[:20]]) for w, hits in sorted(ways.items()) if w != best and not (w[0].islower() and best[0].isupper())]
        variants += [(best, len(ways[best]), others)] * bool(others)
found['variants'] = sorted(variants, key=lambda v: (-v[1], v[0]))
if variants:
    finding('variants', 2, 'Name that is spelled in several ways', 'Choose one spelling, the one that most pages use unless its owner writes it otherwise.', [at for _, _, others in found['variants'] for _, hits in others for at in hits])

# --- old and unfinished ----------------------------------------------------------------------------------------------
YEAR = r'(?:19[89]\d|20[0-4]\d)'
STATED = re.compile(r'(?im)^[ \t]*(?:[*_>-]+[ \t]*)?(?:last[ _-]?(?:updated?|modified|reviewed|edit(?:ed)?|changed?)(?:[ _-]?(?:on|at|date))?|updated|modified|date|reviewed|published|pubdate)\b[*_]*[ \t]*[:=][*_ \t"\']*[^\n]{0,30}?\b(' + YEAR + r')(?:-(\d\d))?')
stated = {}
for path, d in texts.items():
    for m in itertools.islice(STATED.finditer(codebase[path][:20_000]), 5):
        when = m.group(1) + '-' + (m.group(2) or '00')
        if path not in stated or when > stated[path][0]:
            stated[path] = (when, line_at(codebase[path], m.start(1)), column(codebase[path], m.start(1)))
newest = max((w for w, *_ in stated.values()), default='')
found['stated'], found['newest'] = stated, newest
old = sorted((w, p, line, at) for p, (w, line, at) in stated.items() if newest and int(newest[:4]) - int(w[:4]) >= 2)
if old:
    finding('old', 1, f'Document that dates itself two years or more before the newest ({newest[:4]})', 'Read it again: confirm, correct or retire it, and date it anew.', [(p, line, at) for _, p, line, at in old])
unfinished = hits_of(r'\b(?:TODO|FIXME|TBD|TBC)\b(?!\s*(?:list|item|app|comment|mark)s?\b)|(?i:\bcoming soon\b|\bto be (?:documented|determined)\b|\bwork in progress\b|\bnot (?:yet )?(?:documented|written) yet\b|\blorem ipsum\b|\bfill (?:this|me) in\b)', within={p: d for p, d in texts.items() if not posixpath.basename(p).lower().startswith('todo')})
if unfinished:
    finding('unfinished', 1, 'Passage that says it is not finished', 'Write it, or take out what promises it.', unfinished)
outdated = hits_of(r'(?i:\b(?:this (?:page|document|section|article|guide|chapter) is (?:deprecated|outdated|obsolete|out of date|no longer|moved)|(?:page|document|section) (?:is )?superseded)\b)')
if outdated:
    finding('outdated', 1, 'Passage that calls itself outdated', 'Bring it up to date or retire it: a reader who comes by a search does not know.', outdated)
empty = []
for path, d in texts.items():
    lines = codebase[path].split('\n')
    for (level, words_said, line), following in zip(d['headings'], d['headings'][1:] + [(0, '', len(lines) + 1)]):
        body = '\n'.join(lines[line:following[2] - 1])
        if following[0] <= level and d['kind'] in ('Markdown', 'AsciiDoc') and not re.search(r'\w', re.sub(r'^[=\-]+$', '', cut_out(body, '<!--', '-->'), flags=re.M)) and not re.search(r'!\[|<img|::', body):
            empty.append((path, line, 0))
if empty:
    finding('empty', 2, 'Heading with nothing below it', 'Write the section or take the heading out.', empty)

# --- how it reads ----------------------------------------------------------------------------------------------------
jumps = [(p, b[2], 0) for p, d in texts.items() if d['kind'] in ('Markdown', 'AsciiDoc', 'HTML') for a, b in zip(d['headings'], d['headings'][1:]) if b[0] > a[0] + 1]
if jumps:
    finding('jumps', 2, 'Heading that skips a level', 'Use the next lower level: outlines and screen readers go by it.', jumps)
nameless = hits_of(r'!\[\s*\]\([^()\s]+\)|<img\b(?![^<>]{0,500}\balt\s*=\s*["\'][^"\'])[^<>]{0,500}>')
if nameless:
    finding('nameless', 2, 'Image without a description', 'Say in the alternative text what it shows.', nameless)
plain_blocks = []
for path, d in texts.items():
    if d['kind'] == 'Markdown':
        fence = None
        for number, line in enumerate(codebase[path].split('\n'), 1):
            mark = re.match(r'\s*(`{3,}|~{3,})\s*(\S*)', line)
            if mark and fence is None:
                fence = mark.group(1)
                if not mark.group(2):
                    plain_blocks.append((path, number, 0))
            elif mark and mark.group(1).startswith(fence) and not mark.group(2):
                fence = None
fenced = sum(len(re.findall(r'(?m)^\s*(?:`{3,}|~{3,})', codebase[p])) // 2 for p, d in texts.items() if d['kind'] == 'Markdown')
if plain_blocks and len(plain_blocks) * 2 < fenced:  # where most have none, that is the house style
    finding('plain_blocks', 2, 'Code sample without a language', 'Name the language behind the fence: it decides the colours, and whether the sample can be checked.', plain_blocks)
stubs = sorted((d['words'], p) for p, d in texts.items() if d['words'] < 30 and not is_entrance(p) and d['kind'] != 'plain text')
if stubs:
    finding('stubs', 2, 'Document of less than 30 words', 'Fill it, or merge it into the page that leads to it.', [(p, 0, 0) for _, p in stubs])
untitled = sorted(p for p, d in texts.items() if not d['title'] and d['kind'] in ('Markdown', 'HTML', 'AsciiDoc', 'reStructuredText') and not posixpath.basename(p).startswith('_'))
if untitled:
    finding('untitled', 2, 'Document without a title', 'Give it one: search results and menus show it.', [(p, 0, 0) for p in untitled])
print({k: len(f['places']) for k, f in (found.get('findings') or {}).items()})
print(count(len(orphans), 'orphan'), '|', count(len(variants), 'name'), 'spelled differently | newest date', newest or 'none')
