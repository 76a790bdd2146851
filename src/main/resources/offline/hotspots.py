# Where does change hurt most? Branches counted in the bare code, per file and per function; large and branching is hot.
AND, OR, CHOICE = r'(?<=&)&', r'(?<=\|)\|', r'(?<=\s\?)(?=\s)(?! (?:extends|super)\b)'


def counting(names, *signs):
    """A pattern of words and signs that begins with one character out of a few: `re` then skips the rest three times as fast."""
    rests = defaultdict(list)
    for name in names.split():
        rests[name[0]].append(name[1:])
    return re.compile('[' + ''.join(rests) + r'c&|?=;:](?:' + '|'.join([*(rf'(?<=\b{c})(?:{"|".join(ends)})\b' for c, ends in rests.items()), *signs]) + ')', re.M)


C_BRANCHES = counting('if for while case catch', AND, OR, CHOICE)
BRANCHES = {
    'Python': counting('if elif for while except and or', r'(?<=\bc)ase\b(?=[^\n]*:[ \t]*$)'), 'Ruby': counting('if unless elsif while until for when rescue and or', AND, OR),
    'Go': counting('if for case', AND, OR), 'Rust': counting('if for while', r'(?<==)>', AND, r'(?<=[\w)\]] \|)\|'), 'Kotlin': counting('if for while catch when', AND, OR, r'(?<=\?):'),
    'Shell': counting('if elif for while until', r'(?<=;);', AND, OR), 'PHP': counting('if elseif for foreach while case catch', AND, OR, CHOICE),
    'C#': counting('if for foreach while case catch', AND, OR, CHOICE),
    **dict.fromkeys('Java JavaScript TypeScript C C++ Objective-C Scala Groovy Swift Dart Vue Svelte'.split(), C_BRANCHES)}
INDENTED = {'Python', 'Ruby'}
NO_FUNCTION = {'if', 'for', 'while', 'switch', 'catch', 'synchronized', 'return', 'new', 'with', 'lock', 'using', 'foreach', 'elseif', 'match', 'do', 'else', 'try', 'sizeof',
               'fixed', 'unless', 'when', 'select', 'defined', 'function', 'fn', 'func', 'fun'}
NO_HEADER = re.compile(r'\b(?:class|record|interface|enum|struct|union|namespace|impl|trait|object|new|return|throw)\b[^()]*(?:\(|$)')
NAMED_FIRST = re.compile(r'\b(?:func|fn|fun|function)\b\s*\*?\s*(?:\([^()]*\)\s*)?([\w$]+)\s*(?:<[^()]*>|\[[^()]*\])?\s*\(')
ASSIGNED_FIRST = re.compile(r'([\w$]+)["\']?\s*[:=]\s*(?:async\s+)?(?:function\b|\(?[^()]*\)?\s*(?::[^=()]*)?=>\s*$)')
NO_FUNCTION_BEGINS = re.compile(r'\s*(?:(?:else\s+)?if|for|while|switch|catch|else|try|do|finally|synchronized|return|throw|loop|match|unsafe|select|foreach|elseif|using|lock|fixed|case|default)\b')


def function_name(segment):
    """The function whose body opens behind this text; None when something else opens there."""
    if NO_FUNCTION_BEGINS.match(segment):
        return None
    segment = segment[-600:]
    match = NAMED_FIRST.search(segment) or ('=' in segment or ':' in segment) and ASSIGNED_FIRST.search(segment)
    if match:
        return match.group(1)
    if '@' in segment:
        segment = re.sub(r'@[\w.]+(?:\([^()]*\))?', '', segment)
    opening, tail = segment.find('('), segment[segment.rfind(')') + 1:]
    if opening < 0 or '(' in tail or '=' in tail or '=' in segment[:opening] or NO_HEADER.search(segment):
        return None
    name = re.search(r'([~\w$]+)\s*$', segment[:opening])
    return name.group(1) if name and name.group(1) not in NO_FUNCTION else None


def braced(path, text):
    """Yields (branches, name, first offset, last offset) for the functions of a language of braces."""
    tokens, stack, column_zero = re.compile('[{}]|' + BRANCHES[language(path)].pattern, re.M), [], language(path) in ('C', 'C++', 'Go', 'Rust')
    for match in tokens.finditer(text):
        token, at = match.group(), match.start()
        if token == '{':
            low = max(0, at - 800)
            last = 1 + max(text.rfind(';', low, at), text.rfind('{', low, at), text.rfind('}', low, at), low - 1)
            segment = text[last:at]
            stack.append([function_name(segment), last + len(segment) - len(segment.lstrip()), 0])
        elif token == '}':
            closes_all = column_zero and text[at - 1:at] == '\n'  # after `#if … {` `#else … {` the depth is wrong
            while stack:
                name, start, branches = stack.pop()
                if name:
                    yield branches, name, start, at
                if not closes_all:
                    break
        else:
            for frame in reversed(stack):
                if frame[0]:
                    frame[2] += 1
                    break


def indented(path, text):
    """The same for a language in which indentation tells where a function ends."""
    stack, offset, pattern, end = [], 0, BRANCHES[language(path)], 0
    for line in text.split('\n'):
        width = len(line) - len(line.lstrip())
        if line.strip():
            while stack and width <= stack[-1][3]:
                name, start, branches, _ = stack.pop()
                yield branches, name, start, end
            head = re.match(r'[ \t]*(?:async[ \t]+)?def[ \t]+([\w.?!]+)', line)
            if head:
                stack.append([head.group(1), offset + width, 0, width])
            elif stack:
                stack[-1][2] += len(pattern.findall(line))
            end = offset + len(line)
        offset += len(line) + 1
    for name, start, branches, _ in reversed(stack):
        yield branches, name, start, end


branches_of, bare_texts = {}, {}
machine_made = found.get('machine_made') or set()
for path, text in codebase.items():
    if language(path) in BRANCHES and is_main(path) and not is_borrowed(path) and path not in machine_made:
        bare_text = bare(path, text)
        number = len(BRANCHES[language(path)].findall(bare_text))
        branches_of[path] = number
        if number >= 5:
            bare_texts[path] = bare_text
found['branches'] = branches_of
lines_of = {p: codebase[p].count('\n') + (not codebase[p].endswith('\n')) for p in branches_of}
hot = sorted((p for p in branches_of if branches_of[p] >= 10), key=lambda p: (-lines_of[p] * branches_of[p], p))
found['hot_files'] = [(p, lines_of[p], branches_of[p]) for p in hot[:15]]
functions = []
for path in sorted(bare_texts, key=lambda p: (-branches_of[p], p))[:250]:
    for branches, name, start, end in (indented if language(path) in INDENTED else braced)(path, bare_texts[path]):
        if branches >= 10:
            line = line_at(bare_texts[path], start)
            for offset in range(8):  # what stands before the name: annotations, attributes, a type on its own line
                if re.search(r'\b' + re.escape(name) + r'\b', line_of(path, line + offset)):
                    line += offset
                    break
            functions.append((path, line, name, line_at(bare_texts[path], end) - line + 1, branches))
functions.sort(key=lambda f: (-f[4], -f[3], f[0], f[1]))
found['hot_functions'], found['functions_over'] = functions[:15], sum(f[4] > 30 for f in functions)
bare_texts = None
heavy = [f for f in functions if f[4] > 30]
if heavy:
    finding('complex', 2, 'Function with more than 30 branches', 'Split it along its cases; write tests for each before.', [(f[0], f[1], 0) for f in heavy])
print(count(sum(branches_of.values()), 'branch', 'branches'), 'in', count(len(branches_of), 'file'))
for path, line, name, length, branches in functions[:6]:
    print(f'{shown(path, 100)}:{line} {shown(name, 60)}: {branches} branches in {length} lines')
