# Every document taken apart: title, headings, words, links, anchors. What the others know of the library rests on this.
FORMATS = {'md': 'Markdown', 'markdown': 'Markdown', 'mdx': 'Markdown', 'rst': 'reStructuredText', 'adoc': 'AsciiDoc', 'asciidoc': 'AsciiDoc', 'asc': 'AsciiDoc', 'html': 'HTML', 'htm': 'HTML', 'xhtml': 'HTML',
           'txt': 'plain text', 'text': 'plain text', 'org': 'Org', 'textile': 'Textile', 'wiki': 'Wiki', 'tex': 'TeX', 'pod': 'POD'}
LEGAL = re.compile(r'(?i)^(?:licen[cs]e|copying|copyright|notice|authors|contributors|patents|credits|thanks|changelog|changes|history|news|release-?notes)\b')
NO_DOCUMENT = re.compile(r'(?i)^(?:robots|cmakelists|requirements[\w.-]*|constraints[\w.-]*|humans|manifest|top_level|sources|version|index-all|allclasses[\w-]*|[\w.-]*\.in)\.\w+$|(?i:[-_]requirements\.txt$)')


def format_of(path):
    """The kind of document that a path names; None when it is none."""
    base = posixpath.basename(path)
    if NO_DOCUMENT.match(base):
        return None
    if '.' in base.lstrip('.'):
        return FORMATS.get(base.rpartition('.')[2].lower())
    return 'plain text' if base.upper() in PLAIN_TEXT or re.fullmatch(r'(?:README|HOWTO|FAQ|TODO|BUGS|INSTALL|HACKING)[\w-]*', base) else None


def slug(text):
    """What a heading is called in a link: the letters and digits that all tools keep."""
    return re.sub(r'[^\w]+', '', re.sub(r'<[^<>]*>|\{#[^{}]*\}', '', text[:1000]).lower()).replace('_', '')


def without_code(text, kind):
    """The prose of a document, line for line: code, comments and front matter are blank."""
    def blank(match):
        return '\n' * match.group().count('\n')
    if kind == 'HTML':
        for tag in ('script', 'style', 'pre', 'svg'):
            text = cut_out(cut_out(text, f'<{tag} ', f'</{tag}>'), f'<{tag}>', f'</{tag}>')
        return cut_out(text, '<!--', '-->')
    if kind == 'Markdown':
        text = re.sub(r'\A---\n(?:(?!---\n).*\n)*---\n', blank, text)
        text = cut_out(text, '<!--', '-->')
        lines, fence = text.split('\n'), None
        for i, line in enumerate(lines):
            mark = re.match(r'\s*(?:[-*+]\s+|\d+\.\s+|>\s*)*(`{3,}|~{3,})', line)
            if mark and fence is None:
                fence, lines[i] = mark.group(1), ''
            elif fence is not None:
                if re.match(r'\s*(?:>\s*)*' + re.escape(fence) + r'+\s*$', line):
                    fence = None
                lines[i] = ''
        return '\n'.join(lines)
    if kind == 'AsciiDoc':
        return re.sub(r'(?ms)^(----+|\.\.\.\.+)\n.*?^\1$', blank, text)
    if kind == 'reStructuredText':
        return re.sub(r'(?m)^( *)(?:\.\. (?:code(?:-block)?|sourcecode|literalinclude|math|raw|highlight)::[^\n]*|(?!\.\.)[^\n]*::)\n(?:(?:\1[ \t]+[^\n]*)?\n)+', lambda m: m.group().split('\n')[0].rstrip(':') + blank(m), text)
    return text


def plain(text):
    return ' '.join(re.sub(r'<[^<>]*>|\{#[^{}]*\}|[`*]|\\(?=\W)|!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])?', r'\1', text[:1000]).replace('&amp;', '&').replace('&lt;', '<').replace('&gt;', '>').replace('&nbsp;', ' ').split())


def headings_of(text, kind):
    """(level, words, line) of each heading."""
    made = []
    if kind == 'HTML':
        at = lines_of(text)
        for m in re.finditer(r'(?is)<h([1-6])\b[^<>]{0,500}>(.{0,400}?)</h\1>', text):
            made.append((int(m.group(1)), plain(m.group(2)), at(m.start())[0]))
        return made
    lines, ranks = text.split('\n'), {}
    for i, line in enumerate(lines):
        under = lines[i + 1].rstrip() if i + 1 < len(lines) else ''
        hashed = re.match(r' {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$', line) if kind == 'Markdown' else re.match(r'(={1,6})[ \t]+(\S.*?)[ \t=]*$', line) if kind == 'AsciiDoc' else re.match(r'(\*{1,6})[ \t]+(\S.*)$', line) if kind == 'Org' else None
        if hashed:
            made.append((len(hashed.group(1)), plain(hashed.group(2)), i + 1))
        elif kind in ('Markdown', 'reStructuredText', 'plain text') and re.search(r'\w', line) and not line.startswith((' ', '\t', '|', '-', '*', '>')) and len(line) < 120 and re.fullmatch(r'={3,}|-{3,}' if kind == 'Markdown' else r'([=\-~^"\'`#*+.])\1{2,}', under):
            if kind == 'Markdown':
                if i == 0 or not lines[i - 1].strip():
                    made.append((1 if under[0] == '=' else 2, plain(line), i + 1))
            elif len(under) >= len(line.rstrip()) - 2:
                above = lines[i - 1].rstrip() if i else ''
                sign = under[0] + ('o' if above == under else '')
                made.append((ranks.setdefault(sign, len(ranks) + 1), plain(line), i + 1))
    return made


LINKS = {
    'Markdown': re.compile(r'(!?)\[((?:[^\[\]\n]|\n(?!\n)|\[[^\[\]\n]{0,200}\]){0,400})\]\([ \t]*<?([^\s()<>]{0,1000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200}){0,3})>?(?:[ \t\n]{1,9}["\'(][^\n]{0,300}?["\')])?[ \t]*\)|^ {0,3}\[([^\]\[^\n][^\[\]\n]*)\]:[ \t]*<?([^\s>]+)|<(?:a|img)\b[^<>]{0,500}?\b(href|src)\s*=\s*["\']([^"\'\s]*)["\']', re.M),
    'HTML': re.compile(r'<(a|img|link|iframe|source)\b[^<>]{0,500}?\b(?:href|src)\s*=\s*["\']([^"\'\s]*)["\']', re.I),
    'reStructuredText': re.compile(r':doc:`(?:[^`<]*<)?([^`>]+)>?`|`[^`<]*<([^`>\s]+)>`__?|^\.\. (?:include|literalinclude|image|figure)::[ \t]*(\S+)', re.M),
    'AsciiDoc': re.compile(r'(?:link|xref|include|image):{1,2}([^\s\[\]]+)\[|<<([^\s,>]+\.adoc[^,>]*)[,>]'),
}
DRAWN = re.compile(r'(?i)\.(?:png|jpe?g|gif|svg|webp|ico|bmp|pdf|zip|t?gz|tar|mp4|webm|mov|mp3|wav|woff2?|ttf|eot|docx?|xlsx?|pptx?|epub|exe|jar|whl|deb|dmg|bz2|xz|css|js)$')


def lines_of(text):
    """What turns a position in a text into its line and column."""
    starts = [0, *(m.end() for m in re.finditer('\n', text))]

    def at(position):
        line = bisect.bisect_right(starts, position)
        return line, position - starts[line - 1]
    return at


def links_of(text, kind):
    """(target, line, column, whether an image, its words or None) of each link."""
    made = []
    pattern = LINKS.get(kind)
    if not pattern:
        return made
    at = lines_of(text)
    spared = re.sub(r'(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)', lambda m: ' ' * len(m.group()), text) if kind == 'Markdown' else text
    for m in pattern.finditer(spared):
        if kind == 'Markdown':
            target, image, said = (m.group(3), bool(m.group(1)), m.group(2)) if m.group(3) is not None else (m.group(5), False, None) if m.group(5) else (m.group(7), m.group(6) == 'src', None)
        elif kind == 'HTML':
            target, image, said = m.group(2), m.group(1).lower() in ('img', 'source'), None
        else:
            target, image, said = next((g for g in m.groups() if g), ''), bool(re.match(r'\.\. (?:image|figure)|image', m.group())), None
        if target:
            made.append((target.replace('&amp;', '&'), *at(m.start()), image, said))
    if kind == 'reStructuredText':
        for m in re.finditer(r'(?m)^( *)\.\. toctree::[^\n]*\n((?:(?:\1[ \t]+[^\n]*)?\n?)+)', text):
            first_line = line_at(text, m.start(2))
            for n, line in enumerate(m.group(2).split('\n')):
                entry = re.match(r'\s*(?:[^<\n]*<([^>]+)>|([^:\s]\S*))\s*$', line)
                if entry:
                    made.append((entry.group(1) or entry.group(2), first_line + n, len(line) - len(line.lstrip()), False, None))
    return made


documents = {}
for path, text in codebase.items():
    kind = format_of(path)
    if not kind or is_borrowed(path) or is_test(path) or not text.strip() or kind == 'HTML' and len(text) > 2000 and len(text) > 600 * (text.count('\n') + 1):
        continue
    prose = without_code(text, kind)
    if kind == 'plain text' and len(re.findall(r'[A-Za-z]{3,}', prose[:20_000])) < 20:
        continue
    heads = headings_of(prose, kind)
    head = re.match(r'---\n((?:(?!---\n).*\n)*)---\n', text)
    given = re.search(r'(?m)^title[ \t]*:[ \t]*["\']?(.+?)["\']?[ \t]*$', head.group(1)) if head else re.search(r'(?is)<title[^<>]{0,200}>(.{1,200}?)</title>', text) if kind == 'HTML' else None
    title = plain(given.group(1)) if given else next((h[1] for h in heads if h[0] == 1), heads[0][1] if heads else '')
    spoken = re.sub(r'<[^<>]*>|&\w+;', ' ', prose) if kind in ('HTML', 'Markdown') else prose
    anchors = {slug(h[1]) for h in heads} | {slug(a) for a in re.findall(r'(?:\b(?:id|name)\s*=\s*["\']([^"\'\s]+)|\{#([\w-]+)|\[#([\w-]+)|^\.\. _([^:\n]+):)', text, re.M) for a in a if a}
    documents[path] = dict(kind=kind, title=title, headings=heads, prose=prose, words=len(re.findall(r'[^\W\d_][\w\'’-]*', spoken)), links=links_of(prose, kind), anchors=anchors, legal=bool(LEGAL.match(posixpath.basename(path)) or re.search(r'(?i)(^|/)(?:\.(?:github|gitlab|gitea)|relnotes|release-?notes|changelogs?)/', path)))
# The same page in its source and as rendered: what is said twice there is said once.
sources_of = defaultdict(list)
for path, d in documents.items():
    if d['kind'] != 'HTML':
        sources_of[posixpath.splitext(posixpath.basename(path))[0]].append(path)
for path, d in documents.items():
    near = sources_of.get(posixpath.splitext(posixpath.basename(path))[0], ()) if d['kind'] == 'HTML' else ()
    d['rendered'] = any(slug(documents[p]['title']) == slug(d['title']) and 2 * documents[p]['words'] > d['words'] for p in near)
found['documents'] = len(documents)

# Where each link leads, if it leads into the repository.
folders = {''} | {folder for p in codebase for folder in itertools.accumulate(p.split('/')[:-1], lambda a, b: a + '/' + b)}
lower_case = {}
for p in codebase:
    lower_case.setdefault(p.lower(), p)
ENDINGS = ('', '.md', '.mdx', '.rst', '.adoc', '.html', '.markdown', '.txt', '/index.md', '/index.mdx', '/README.md', '/_index.md', '/index.rst', '/index.html', '/index.adoc', '/readme.md')
roots = [''] + sorted({f for f in folders if re.search(r'(?i)(?:^|/)(?:docs?|source|src|content|pages|site|website|static|public|documentation)$', f)}, key=lambda f: (f.count('/'), f))


def resolve(target, path):
    """The file or folder (with a slash) that a target means; None when nothing is there, '?' when that cannot be told."""
    target = re.sub(r'%20', ' ', target.split('#')[0].split('?')[0])
    if not target or re.match(r'(?i)[a-z][a-z0-9+.-]*:|//|\{|\$|@|~|<|%', target) or any(sign in target for sign in ('{{', '{%', '${', '<%', '*', '|')):
        return '?'
    absolute = target.startswith('/')
    bases = roots if absolute else [posixpath.dirname(path)]
    for base in bases:
        at = posixpath.normpath(posixpath.join(base, target.lstrip('/') if absolute else target))
        if at.startswith('..'):  # beyond what was loaded
            return '?'
        stem = re.sub(r'\.(?:html?|md)$', '', at)
        for candidate in [at + e for e in ENDINGS] + [stem + e for e in ENDINGS[1:]]:
            if candidate in codebase:
                return candidate
        if at in folders or at == '.':
            return at + '/'
    if absolute or DRAWN.search(target) or re.search(r'\.\w{1,5}$', target) and not format_of(target) and not re.search(r'\.(?:html?)$', target):
        return '?'
    if re.search(r'(?m)(?:^|[\s/])' + re.escape(posixpath.basename(at)) + r'(?:$|[\s(/])', tree):  # it is there and was not loaded
        return '?'
    return None


tree = str(globals().get('file_tree') or '')
linked_by, broken, lost_anchors, other_case, outside = defaultdict(set), [], [], [], 0
for path, d in documents.items():
    for target, line, column, image, said in d['links']:
        if re.match(r'(?i)https?:|//', target):
            outside += 1
            continue
        leads = path if target.startswith('#') else resolve(target, path)
        if leads is None:
            at = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.split('#')[0].split('?')[0]))
            twin = lower_case.get(at.lower())
            (other_case if twin else broken).append((path, line, column, target, at))
        elif leads != '?' and leads != path:
            linked_by[leads].add(path)
        if leads in documents and '#' in target and documents[leads]['kind'] in ('Markdown', 'HTML'):
            wanted = slug(target.split('#', 1)[1].replace('%20', ' '))
            begins = re.sub(r'\d+$', '', wanted) or wanted
            if wanted and wanted not in documents[leads]['anchors'] and wanted != 'top' and not documents[path]['legal'] and not any(a.startswith(begins) for a in documents[leads]['anchors']) and not re.search(r'\{%|\{\{|<[A-Z]\w+', documents[leads]['prose']) and not re.match(r'l\d+|~', wanted):
                lost_anchors.append((path, line, column))
found.update(broken=broken, lost_anchors=lost_anchors, other_case=other_case, outside=outside, inside=sum(map(len, linked_by.values())))
print(count(len(documents), 'document'), Counter(d['kind'] for d in documents.values()).most_common(5), '|', count(sum(d['words'] for d in documents.values()), 'word'))
print('links:', found['inside'], 'inside,', outside, 'outside,', len(broken), 'broken,', len(lost_anchors), 'anchors lost')
