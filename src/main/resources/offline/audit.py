# The second section: what could hurt in the code, in what it depends on, in how it is built and shipped.
DEPENDENCY_KEYS = ('keyfile', 'branch', 'unpinned', 'lock')
DELIVERY_KEYS = ('injection', 'target', 'echo', 'privileged', 'rights', 'branch_action', 'root', 'moving_image', 'add_url', 'world', 'tag_action', 'default_rights')


def overview_of_findings():
    if found.get('risks') is None:
        yield from ('The search for risky patterns did not finish, so this report has none. That says nothing about the code.', '')
    aside, notes = found.get('risks_aside') or {}, []
    if aside:
        notes.append(f'{count(sum(aside.values()), "suspect line")} in tests, examples and documents {"is" if sum(aside.values()) == 1 else "are"} not listed')
    if found.get('risks_seen'):
        notes.append(f'nor are {found["risks_seen"]:,} that the authors marked as looked at')
    if found.get('passed_over'):
        notes.append(f'{count(found["passed_over"], "generated or minified file")} {"was" if found["passed_over"] == 1 else "were"} passed over')
    if found.get('risks') is not None:
        yield from ('Lines that match a known dangerous pattern. Each is a place to look, not a proven defect: the rules do not know where the data comes from.'
                    + (' ' + shown('; '.join(notes), 400)[:1].upper() + '; '.join(notes)[1:] + '.' if notes else ''), '')
    if found.get('risks') == {}:
        yield from ('No line of the product matches.', '')
    known = findings()
    if known:
        yield from table(['Finding', 'Priority', 'What', 'Places'], [[number, SEVERITY[one['priority']], one['title'], f'{len(one["places"]):,}'] for number, one in known], (3,))


def risky_lines():
    yield from details(found.get('risks') or ())


def dependencies():
    manifests = found.get('manifests') or []
    if not manifests:
        yield from details(DEPENDENCY_KEYS)
        return
    yield from ('### What the manifests say', '')
    rows = []
    for m in manifests[:10]:
        main = [d for d in m['deps'] or () if d[2] not in ('dev', 'indirect')]
        dev, k = sum(d[2] == 'dev' for d in m['deps'] or ()), m['kinds']
        rows.append([cell_code(m['path']), words(m['tool'], 40), words(m['name'], 60), words(m['version'], 30), *([f'{len(main):,}', f'{dev:,}', f'{k["exact"]:,}', f'{k["range"]:,}', f'{k["any"]:,}',
                    f'{k["source"]:,}'] if m['readable'] else ['could not be parsed'] + [''] * 5), cell_code(m['lock']) if m['lock'] else '—' if m['lock'] is None else 'none seen'])
    yield from table(['Manifest', 'Tool', 'Name', 'Version', 'Depends on', 'Development', 'Exact', 'Range', 'Open', 'Source', 'Lock file'], rows, (4, 5, 6, 7, 8, 9))
    if len(manifests) > 10:
        yield from ('', f'{count(len(manifests) - 10, "more manifest")} {"lies" if len(manifests) == 11 else "lie"} deeper.')
    yield from ('', 'Exact: one version. Range: an upper bound is stated or implied. Open: any version may come. Source: an address, a branch or a folder. The rest is said elsewhere (a parent, a workspace).', '')
    yield from details(DEPENDENCY_KEYS)


def delivery():
    d = found.get('delivery')
    if not d or not (d['workflows'] or d['dockerfiles'] or d['composes'] or d['others'] or d['kubernetes']):
        return
    yield from ('### How it is built and shipped', '')
    for path, triggers, rights in d['workflows'][:8]:
        yield f'- **Workflow** {code(path)}' + (f': on {", ".join(triggers)}' if triggers else '') + (', states its permissions' if rights else '')
    yield from and_more(8, len(d['workflows']), 'workflow')
    if d['actions']:
        total, loose = sum(d['actions'].values()), sum(d['unpinned'].values())
        yield f'- **Actions**: {count(total, "use")} of {count(len(d["actions"]), "action")}, {total - loose:,} pinned to a commit, {loose:,} to a tag or branch.'
    for label, key in (('Other continuous integration', 'others'), ('Dockerfile', 'dockerfiles'), ('Compose file', 'composes'), ('Kubernetes manifest', 'kubernetes')):
        if d[key]:
            yield f'- **{label}**: {", ".join(code(p) for p in d[key][:4])}' + (f' and {len(d[key]) - 4:,} more' if len(d[key]) > 4 else '')
    kinds = {'digest': 'pinned by digest', 'tag': 'by tag', 'latest': '`latest`', 'none': 'no tag, so the latest', 'argument': 'named by a variable'}
    for path, line, image, kind in d['images'][:8]:
        yield f'- **Image** {cited(path, line)}: {kinds[kind]}'
    yield from and_more(8, len(d['images']), 'image')
    yield ''
    yield from details(DELIVERY_KEYS)


section('audit', headings[1], overview_of_findings, risky_lines, dependencies, delivery)
print(count(len(found.get('findings') or {}), 'finding'))
