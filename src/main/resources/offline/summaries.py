# What do the documents that matter most say? The sub model describes each of them.
documents = globals().get('documents') or {}
linked_by = globals().get('linked_by') or {}
texts = {p: d for p, d in documents.items() if not d['legal'] and not d['rendered'] and d['words'] > 20}
weight = {p: 3 * len(linked_by.get(p, ())) + min(12, d['words'] / 400) + (20 if re.match(r'(?i)(?:readme|index)\b', posixpath.basename(p)) and p.count('/') < 2 else 0) - p.count('/') for p, d in texts.items()}
chosen = sorted(texts, key=lambda p: (-weight[p], p))[:min(40, max(12, len(texts) // 20))]


def prompt(path):
    text = codebase[path]
    part = text if len(text) <= 24000 else text[:20000] + '\n\n' + text[-4000:]
    fence = '`' * max(3, 1 + max((len(r) for r in re.findall('`+', text)), default=0))
    return ('Describe this document for the editor of the library that it belongs to, in at most three lines that begin with "topic:", "readers:", "state:"'
            f' (what it is about, for whom it is, what is wrong or old in it; "not stated" where that cannot be told). No preamble.\n\nDocument: {shown(path, 300)} ({count(texts[path]["words"], "word")})\n'
            + ('The middle of it is cut out.\n' if part != text else '') + fence + '\n' + part.rstrip('\n') + '\n' + fence + '\n')


answers = llm_batch([prompt(p) for p in chosen]) if chosen else []
found['digests'] = [(p, a) for p, a in zip(chosen, answers) if isinstance(a, str) and a.strip() and not a.startswith('[ERROR')]
found['digests_lost'] = len(chosen) - len(found['digests'])
found['digests_offline'] = all(a.startswith('offline/digest') for _, a in found['digests'])
print(count(len(found['digests']), 'document'), 'described,', found['digests_lost'], 'lost')
for path, answer in found['digests'][:3]:
    print('-', shown(path, 100) + ':', shown(answer, 300))
