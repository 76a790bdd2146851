# The third section: where the code is hard to change, and what stands by to catch mistakes.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
tests, test_lines, main_lines = found.get('test_files'), found.get('test_lines', 0), found.get('main_lines', 0)
hubs, digests = found.get('hubs') or [], found.get('digests') or []


def hot_spots():
    files, functions = found.get('hot_files'), found.get('hot_functions')
    if files:
        yield from (f'### Hot spots{label("complex")}', '', 'Large files that branch much: lines × branches, counted in the code without comments and strings (`if`, loops, cases, handlers, `and`, `or`, conditional expressions).', '')
        tested = found.get('tested') or {}
        yield from table(['File', 'Lines', 'Branches', 'Branches per 100 lines', 'Imported by', 'Tests that know it'],
                         [[cell_code(p), f'{l:,}', f'{b:,}', f'{100 * b / max(1, l):.0f}', f'{dict(hubs).get(p, 0) or "":,}' if dict(hubs).get(p) else '', f'{tested.get(p, 0):,}'] for p, l, b in files[:10]], (1, 2, 3, 4, 5))
    if functions:
        yield from ('', 'The functions that branch most:', '')
        yield from (f'- {cited(p, line)}: {branches:,} branches in {count(length, "line")}' for p, line, _, length, branches in functions[:10])
        if found.get('functions_over', 0) > 10:
            yield from ('', f'{found["functions_over"]:,} functions have more than 30 branches.')


def largest_files():
    largest = found.get('largest') or sorted(((p, *s) for p, s in sizes.items() if is_source(p) and is_main(p)), key=lambda r: -r[1])[:15]
    if largest:
        yield from (f'### Largest source files{label("large")}', '')
        yield from table(['File', 'Lines', 'Characters'], [[cell_code(p), f'{l:,}', f'{c:,}'] for p, c, l in largest[:8]], (1, 2))
        if found.get('over', 0) > 8:
            yield from ('', f'{found["over"]:,} source files have more than 1,000 lines.')


def tests_and_code():
    if tests is None:
        return
    yield from (f'### Tests and what they know{label("no_tests")}{label("few_tests")}', '')
    if not tests:
        yield '- **Tests**: none found (by the usual names of files and folders).'
        return
    yield (f'- **Tests**: {count(len(tests), "file")}, {count(test_lines, "line")}' + (f': {found["ratio"]}.' if main_lines else '.') + f' The largest is {code(max(tests, key=lambda p: (sizes[p][1], p)))}.')
    if not found.get('subjects'):
        return
    known = len(found.get('tested') or {})
    yield f'- **Known to a test** (imported by it, called like it, or named in it): {known:,} of {count(found["subjects"], "source file")}. A file that none knows may still be run through others.'
    per_module = found.get('tests_per_module') or {}
    if len(per_module) > 1:
        yield ''
        yield from table(['Module', 'Files', 'Known to a test', 'Test files'], [[cell_code(m or '/'), f'{n:,}', f'{k:,}', f'{t:,}'] for m, (n, k, t) in list(per_module.items())[:14]], (1, 2, 3))
    blind = [r for r in found.get('untested') or () if r[2] >= 5]
    if blind:
        yield from ('', f'The files with most branches that no test knows{label("untested")}:', '')
        yield from (f'- {code(p)}: {count(b, "branch", "branches")} in {count(l, "line")}' for p, l, b in blind[:8])
        yield from and_more(8, len(blind), 'file')


def what_stands_by():
    yield from ('### Documents and tooling', '')
    for label, hits_here in found.get('present') or ():
        if hits_here:
            yield f'- **{label}**: {code(hits_here[0])}' + (f' and {len(hits_here) - 1:,} more' if len(hits_here) > 1 else '')
    missing = [label if label == 'README' else label.lower() for label, hits_here in found.get('present') or () if not hits_here]
    if missing:
        yield f'- **Not found** among the loaded text files: {", ".join(missing)}.'
    marks = found.get('marks')
    if marks:
        yield f'- **Marks**: {count(sum(marks.values()), "TODO, FIXME, XXX or HACK mark")} in {count(len(marks), "file")}; most in ' + ', '.join(f'{code(p)} ({n})' for p, n in marks.most_common(5)) + '. Their age is unknown.'
    elif marks is not None:
        yield '- **Marks**: no TODO, FIXME, XXX or HACK stands in the source.'


def mutual_modules():
    mutual = found.get('mutual') or []
    if mutual:
        yield from (f'### Modules that import each other{label("mutual")}', '', 'Neither can be taken out, or tested alone, without the other.', '')
        yield from (f'- {code(a or "/")} → {code(b or "/")}: {n:,}, back: {back:,}' for a, b, n, back in mutual[:6])
        yield from and_more(6, len(mutual), 'pair')


def undone():
    yield from details(('marks',))


def smells():
    smelly = [(p, answer_lines(a)['smells']) for p, a in digests if answer_lines(a).get('smells', 'none').strip().rstrip('.').lower() not in ('none', '')]
    if smelly:
        yield from ('### Seen in the key files', '')
        yield from (f'- {code(p)}: {words(s, 300)}' for p, s in smelly[:10])


section('quality', headings[2], hot_spots, tests_and_code, largest_files, mutual_modules, what_stands_by, undone, smells)
print(count(len(found['sections']['quality']), 'line'))
