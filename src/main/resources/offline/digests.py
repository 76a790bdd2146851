# What do the files that matter most do? The sub model describes each of them.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
weight = Counter()
for rank, (path, importers) in enumerate(found.get('hubs', ())):
    weight[path] += 6 + 30 / (1 + rank)
for rank, (path, *_) in enumerate(found.get('entries', ())[:20]):
    weight[path] += 8 + 30 / (1 + rank)
for rank, (path, *_) in enumerate(found.get('hot_files', found.get('largest', ()))):
    weight[path] += 5 + 15 / (1 + rank)
for path, imported in found.get('reach', ()):
    weight[path] += 4
candidates = [p for p in codebase if is_source(p) and is_main(p) and codebase[p].strip() and not is_machine_made(codebase[p])]
wanted = min(40, max(12, len(candidates) // 40))
chosen = sorted(candidates, key=lambda p: (-weight[p], -sizes[p][0], p))[:wanted]


def prompt(path):
    text = codebase[path]
    cut = text if len(text) <= 24000 else text[:20000] + '\n\n' + text[-4000:]
    part = redacted(cut)
    fence = '`' * max(3, 1 + max((len(r) for r in re.findall('`+', part)), default=0))
    return (f'Describe this file of the repository {found.get("name", "")} for a reviewer, in at most five lines that begin with'
            f' "purpose:", "api:", "shape:", "smells:". No preamble.\n\nFile: {shown(path, 300)} ({sizes[path][1]} lines)\n'
            + ('The middle of it is cut out.\n' if cut != text else '') + fence + '\n' + part.rstrip('\n') + '\n' + fence + '\n')


answers = llm_batch([prompt(p) for p in chosen]) if chosen else []
found['digests'] = [(p, a) for p, a in zip(chosen, answers) if isinstance(a, str) and a.strip() and not a.startswith('[ERROR')]
found['digests_lost'] = len(chosen) - len(found['digests'])
found['digests_offline'] = all(a.startswith('offline/digest') for _, a in found['digests'])
print(count(len(found['digests']), 'file'), 'described,', found['digests_lost'], 'lost')
for path, answer in found['digests'][:3]:
    print('-', shown(path, 100) + ':', shown(answer, 300))
