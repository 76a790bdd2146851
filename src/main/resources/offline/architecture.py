# The first section: what it is, what it is made of, how the parts hang together.
meta = metadata if isinstance(metadata, dict) else {}
name = found.get('name') or str(meta.get('repository') or 'this repository')
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
files, lines, characters = len(sizes), sum(s[1] for s in sizes.values()), sum(s[0] for s in sizes.values())
modules, hubs, digests = found.get('modules') or [], found.get('hubs') or [], found.get('digests') or []


def what_it_is():
    languages, readme = found.get('languages') or [], found.get('readme')
    spoken = ', '.join(f'{l[0]} {100 * l[3] / max(1, characters):.0f} %' for l in [l for l in languages if l[0] != 'Other'][:4] if l[3] * 100 >= characters) or ('no known language' if languages else 'languages unknown')
    large = f' ({characters / 1e6:,.1f} million characters)' if characters >= 50_000 else ''
    yield from (f'**{words(name, 120)}** holds {count(files, "text file")} with {count(lines, "line")}{large}: {spoken}.', '')
    title = f' ("{words(readme[1], 100)}")' if readme and readme[1] else ''
    if readme and readme[2]:
        yield from (f'In the words of {code(readme[0])}{title}:', '', '> ' + words(readme[2], 700))
    elif readme:
        yield f'{code(readme[0])} exists{title} but does not say in a sentence what this is.'
    elif 'readme' in found:
        yield 'There is no README, so the repository does not say what it is.'
    described = next((m for m in found.get('manifests') or () if m['description'] and m['readable'] and not m['description'].startswith('Go ')), None)
    if described:
        yield from ('', f'{code(described["path"])} describes it as: {words(described["description"], 300)}')


def languages_spoken():
    if found.get('languages'):
        yield from ('### Languages', '')
        yield from table(['Language', 'Files', 'Lines', 'Share of characters'],
                         [[l[0], f'{l[1]:,}', f'{l[2]:,}', f'{100 * l[3] / max(1, characters):.1f} %'] for l in found['languages'][:10]], (1, 2, 3))


def module_map():
    if len(modules) < 2:
        return
    links = found.get('links') or []
    yield from ('### Module map', '', 'The tree, cut where it is thickest (tests, examples and documents left out; `*` stands for the files directly in a folder).'
                + (' Imports are counted between these parts.' if links else ''), '')
    leans = {m[0]: [(b, n) for (a, b), n in links if a == m[0]] for m in modules}
    rows = [[cell_code(m[0] or '/'), f'{m[1]:,}', f'{m[2]:,}', m[3], *([', '.join(f'{cell_code(b or "/")} {n:,}' for b, n in leans[m[0]][:3]) + (' …' if len(leans[m[0]]) > 3 else ''),
             f'{m[4]:,}'] if links else [])] for m in modules[:16]]
    yield from table(['Module', 'Files', 'Lines', 'Mostly', 'Depends on (imports)', 'Imported from elsewhere'][:6 if links else 4], rows, (1, 2, 5))
    if len(modules) > 16:
        yield from ('', f'{len(modules) - 16} smaller ones are left out.')
    said = [(m[0], *found['module_words'][m[0]]) for m in modules[:16] if m[0] in found.get('module_words', {})]
    if said:
        yield from ('', 'What they say of themselves:', '')
        yield from (f'- {code(m)}: {words(text, 240)} ({code(speaker)})' for m, speaker, text in said)


def entry_points():
    entries = found.get('entries')
    if entries:
        yield from ('### Entry points', '')
        for path, line, why in entries[:12]:
            yield f'- {cited(path, line)}: {why}' + ('' if is_main(path) else ' (not part of the product)')
        yield from and_more(12, len(entries), 'entry point')
    elif entries is not None:
        yield from ('### Entry points', '', 'None was recognised: this is a library, or it is started in a way these rules do not know.')


def import_hubs():
    if hubs:
        yield from ('### Import hubs', '', 'The files that most other files lean on; a change there reaches far.', '')
        shown_hubs = list(dict.fromkeys((globals()['lean'](p) if 'lean' in globals() else p, n) for p, n in hubs))
        for target, n in shown_hubs[:10]:
            yield f'- {code(target)}: imported by {count(n, "file")}' + (f', {count(sizes[target][1], "line")}' if target in sizes else '')
        reach = found.get('reach') or []
        if reach and reach[0][1] > 9:
            yield from ('', 'And those that lean on most others: ' + ', '.join(f'{code(p)} ({n})' for p, n in reach[:5]) + '.')
    elif 'hubs' in found and len(found.get('test_files') or ()) + sum(m[1] for m in modules) > 1:
        yield from ('### Import hubs', '', 'No file of the product imports another one in a way these rules can follow.')


def import_cycles():
    cycles, circles = found.get('cycles'), found.get('folder_cycles') or []
    if cycles is None or not found.get('resolved'):
        return
    yield from (f'### Import cycles{label("cycle")}', '')
    if not cycles and not circles:
        yield 'None among the imports that could be followed.'
    if cycles:
        yield from (f'{count(len(cycles), "group")} of files that all reach each other by imports; of each, the shortest way round'
                    + (' (imports inside functions are not counted)' if any(language(c[0][0]) == 'Python' for c in cycles) else '') + ':', '')
        for group, edges in cycles[:6]:
            yield f'- {count(len(group), "file")}: ' + ' → '.join(cited(p, line) for p, line, _ in edges[:5]) + (' → …' if len(edges) > 5 else '') + f' → {code(edges[0][0])}'
        yield from and_more(6, len(cycles), 'group')
    if circles:
        yield from ('', f'{count(len(circles), "group")} of folders {"does" if len(circles) == 1 else "do"} the same; an import for each step:' if cycles else f'{count(len(circles), "group")} of folders that all reach each other by imports; an import for each step:', '')
        for group, edges in circles[:5]:
            yield f'- {count(len(group), "folder")}:'
            yield from (f'  - {code(a or "/")} → {code(b or "/")}: {cited(p, line)}' for a, b, p, line in edges[:5])
        yield from and_more(5, len(circles), 'group')


def key_files():
    if digests:
        offline = found.get('digests_offline', True)
        yield from ('### Key files', '', ('Described by rules from their headers, comments and declarations.' if offline else 'Described by the sub model.'), '')
        mute = 0
        for path, answer in digests[:14]:
            told = answer_lines(re.sub(r'\Aoffline/digest[^\n]*\n', '', answer))
            purpose, api = told.get('purpose', 'not stated'), told.get('api', 'nothing public')
            said = [words(purpose, 260)] * (purpose != 'not stated') + [f'*Offers* {words(api, 220)}'] * (api != 'nothing public')
            if said:
                yield f'- {code(path)}: {" ".join(said)}'
            mute += not said
        if mute:
            yield from ('', f'{count(mute, "key file")} {"says" if mute == 1 else "say"} nothing of {"itself" if mute == 1 else "themselves"}.')
    if found.get('digests_lost'):
        yield from ('', f'{count(found["digests_lost"], "file")} could not be described.')


section('architecture', headings[0], what_it_is, what_was_asked_for, languages_spoken, module_map, entry_points, import_hubs, import_cycles, key_files)
print(count(len(found['sections']['architecture']), 'line'))
