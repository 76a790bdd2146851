# How is it built and shipped? Continuous integration and containers, read line by line: facts, and what is risky in them.
def each_line(path):
    return enumerate(codebase[path].split('\n'), 1)


WORKFLOW = re.compile(r'(^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$')
ACTION = re.compile(r'(^|/)action\.ya?ml$')
CI = re.compile(r'(^|/)(\.gitlab-ci\.yml|Jenkinsfile|\.travis\.yml|\.circleci/config\.yml|azure-pipelines\.yml|\.drone\.yml|bitbucket-pipelines\.yml|appveyor\.yml|\.appveyor\.yml|\.cirrus\.yml|\.ci/[^/]+)$')
COMPOSE = re.compile(r'(?i)(^|/)(?:docker-)?compose[\w.-]*\.ya?ml$')
DOCKERFILE = re.compile(r'(?i)(^|/)(?:(?:Dockerfile|Containerfile)[\w.-]*|[\w.-]+\.dockerfile)$')
USES = re.compile(r'^\s*(?:-\s+)?uses:\s*["\']?([\w.-]+/[\w./-]+)@([\w./-]+)')
UNTRUSTED = re.compile(r'\$\{\{[^}]*\bgithub\.(?:event\.(?:issue|pull_request|comment|review|discussion|head_commit|commits|pages)\b[^}]*\.(?:title|body|name|email|message|ref|label|default_branch)\b|head_ref\b)')
places = defaultdict(list)
actions, unpinned_actions, workflows = Counter(), Counter(), []


def read_workflow(path):
    """Triggers, actions and how they are pinned, rights of the token, text of strangers in commands."""
    run_margin, triggers, text = None, [], codebase[path]
    block = re.search(r'(?ms)^["\']?on["\']?:[ \t]*(.*?)(?=^\S|\Z)', text)
    if block:
        triggers = [t for t in re.findall(r'(?m)^  ([\w]+):|^\s*-\s*(\w+)|^([\w, \[\]]+)$|\b(\w+)', block.group(1)) for t in t if t]
        triggers = [t for t in dict.fromkeys(re.findall(r'\w+', ' '.join(triggers))) if t in ('push', 'pull_request', 'pull_request_target', 'schedule', 'release', 'workflow_dispatch', 'workflow_call', 'workflow_run', 'merge_group', 'issue_comment', 'issues')]
    for number, line in each_line(path):
        bare_line = line.split(' #')[0]
        used = USES.match(bare_line)
        margin = len(line) - len(line.lstrip())
        if used and not used.group(1).startswith('./'):
            actions[used.group(1)] += 1
            if not re.fullmatch(r'[0-9a-f]{40,64}', used.group(2)):
                unpinned_actions[used.group(1)] += 1
                kind = 'branch_action' if used.group(2) in ('main', 'master', 'develop', 'latest', 'HEAD') else 'own' if used.group(1).split('/')[0] in ('actions', 'github') else 'tag_action'
                places[kind].append((path, number, margin))
        run = re.match(r'\s*(?:-\s+)?run:\s*(.*)', line)
        if run:
            run_margin = margin + 2 * line.lstrip().startswith('- ')
        elif run_margin is not None and line.strip() and margin <= run_margin:
            run_margin = None
        if run_margin is not None and UNTRUSTED.search(line):
            places['injection'].append((path, number, UNTRUSTED.search(line).start()))
        if re.match(r'\s*permissions:\s*write-all\b', bare_line):
            places['rights'].append((path, number, margin))
        if re.search(r'\becho\b[^|\n]*\$\{\{\s*secrets\.[^}]*\}\}\s*["\']?\s*$', line):
            places['echo'].append((path, number, margin))
    at = re.search(r'(?m)^["\']?on["\']?:[^\n]*pull_request_target|^[ \t]+(?:-[ \t]*)?pull_request_target\b', text)
    if at and re.search(r'actions/checkout', text) and re.search(r'ref:[^\n]*(?:head\.(?:sha|ref)|head_ref|refs/pull)', text):
        places['target'].append((path, line_at(text, at.end()), 0))
    if ACTION.search(path):
        return
    workflows.append((path, triggers, bool(re.search(r'(?m)^[ \t]*permissions:', text))))
    if not workflows[-1][2]:
        places['default_rights'].append((path, 1, 0))


def tag_of(image):
    """How firmly an image is named: digest, tag, latest, none."""
    name = image.rpartition('/')[2]
    return 'digest' if '@sha256:' in image else 'latest' if name.endswith(':latest') else 'tag' if ':' in name else 'none'


images = []


def image_at(path, number, image, line):
    kind = 'argument' if '$' in image else tag_of(image)
    images.append((path, number, image, kind))
    if kind in ('latest', 'none'):
        places['moving_image'].append((path, number, max(0, line.find(image))))


def read_dockerfile(path):
    stages, user, last_from, last, arguments = set(), None, 0, '', {}
    text = re.sub(r'\\\n', '\\\n', codebase[path])
    for number, line in enumerate(text.split('\n'), 1):
        word, _, rest = line.strip().partition(' ')
        word, rest = word.upper(), rest.strip()
        if word == 'ARG' and '=' in rest:
            name, _, value = rest.partition('=')
            arguments[name.strip()] = value.strip().strip('"\'')
        elif word == 'FROM' and rest:
            parts = [p for p in rest.split() if not p.startswith('--')]
            image = re.sub(r'\$\{?(\w+)(?::-([^}]*))?\}?', lambda m: arguments.get(m.group(1)) or m.group(2) or m.group(0), parts[0]) if parts else ''
            user, last_from, last = None, number, image
            if image and image.lower() not in stages and image != 'scratch':
                image_at(path, number, image, line)
            if len(parts) > 2 and parts[1].upper() == 'AS':
                stages.add(parts[2].lower())
        elif word == 'USER':
            user = rest
        elif word == 'ADD' and re.match(r'(?:--\S+\s+)*https?://', rest) and '--checksum' not in rest:
            places['add_url'].append((path, number, 0))
        if re.search(r'\bchmod\s+(?:-R\s+)?0?777\b', line) and not line.strip().startswith('#'):
            places['world'].append((path, number, 0))
    if last_from and (user is None or re.match(r'(?:root|0)(?::|\s|$)', user)) and not re.search(r'(?i)nonroot|rootless|unprivileged|distroless/[^:]*:nonroot', last):
        places['root'].append((path, last_from, 0))


def read_services(path, compose):
    """Images and privileges in files of docker compose, Kubernetes and GitLab."""
    for number, line in each_line(path):
        bare_line = line.split(' #')[0]
        image = re.match(r'\s*(?:-\s+)?image:\s*["\']?([\w./:@${}-]+)', bare_line)
        if image and not image.group(1).startswith(('$', '{')):
            image_at(path, number, image.group(1), line)
        if re.match(r'\s*(?:-\s+)?privileged:\s*true\b', bare_line) or '/var/run/docker.sock:' in bare_line and not line.lstrip().startswith('#') \
                or re.match(r'\s*(?:network_mode:\s*["\']?host|hostNetwork:\s*true|hostPID:\s*true|allowPrivilegeEscalation:\s*true)', bare_line):
            places['privileged'].append((path, number, len(line) - len(line.lstrip())))
        if not compose and re.match(r'\s*runAsUser:\s*0\b', bare_line):
            places['privileged'].append((path, number, len(line) - len(line.lstrip())))


dockerfiles, composes, others, manifests_k8s = [], [], [], []
for path in codebase:
    if TEST.search(path) or ASIDE.search(path) and not path.startswith('.github'):
        continue
    if WORKFLOW.search(path) or ACTION.search(path) and re.search(r'(?m)^runs:', codebase[path]):
        read_workflow(path)
    elif DOCKERFILE.search(path) and re.search(r'(?mi)^FROM\s', codebase[path]):
        dockerfiles.append(path)
        read_dockerfile(path)
    elif COMPOSE.search(path) and re.search(r'(?m)^services:|^[ \t]+image:', codebase[path]):
        composes.append(path)
        read_services(path, True)
    elif CI.search(path):
        others.append(path)
        if re.search(r'gitlab-ci|bitbucket|drone|circleci', path):
            read_services(path, True)
    elif path.endswith(('.yaml', '.yml')) and len(codebase[path]) < 300_000 and re.search(r'(?m)^apiVersion:', codebase[path]) and re.search(r'(?m)^kind:', codebase[path]):
        manifests_k8s.append(path)
        read_services(path, False)
found['delivery'] = dict(workflows=workflows, actions=actions, unpinned=unpinned_actions, dockerfiles=dockerfiles, composes=composes, others=others, kubernetes=manifests_k8s, images=images)
TELL = (
    ('injection', 0, 'Text of strangers in a workflow command', 'Hand it over in `env:` and quote the variable; in `run:` it is pasted into the shell.'),
    ('target', 0, 'Workflow that runs foreign code with the repository\'s rights', 'Use `pull_request`, or do not check out the head of the pull request.'),
    ('echo', 1, 'Secret written to the build log', 'Hand it to the program that needs it; do not print it.'),
    ('privileged', 1, 'Container with the rights of its host', 'Drop the privilege, or name the one capability that is needed.'),
    ('rights', 1, 'Workflow token that may write everything', 'List the permissions that are needed.'),
    ('branch_action', 1, 'Action taken from a branch', 'Pin it to a commit: whoever can push there runs code in this build.'),
    ('root', 1, 'Container that runs as root', 'Add a `USER` to the last stage.'),
    ('moving_image', 1, 'Image without a fixed version', 'Name a version, better a digest: a build of tomorrow is then the one of today.'),
    ('add_url', 1, 'File added from the network unchecked', 'Check its sum (`ADD --checksum=…`).'),
    ('world', 2, 'Files that everybody may write', 'Give the owner the right, not the world.'),
    ('tag_action', 2, 'Action of a third party pinned to a tag only', 'Pin it to a commit and name the tag in a comment: a tag can be moved.'),
    ('default_rights', 2, 'Workflow without `permissions`', 'State `permissions: contents: read` and add what a job needs; without it the repository\'s default counts, which may be to write.'))
for key, priority, title, remedy in TELL:
    if places[key]:
        beside = key in ('root', 'moving_image') and all(is_tooling(path) for path, *_ in places[key])
        finding(key, priority + beside, title, remedy, places[key], 'All of them in scripts and build files.' if beside else '')
print(count(len(workflows), 'workflow'), '|', count(sum(actions.values()), 'use'), 'of actions,', sum(unpinned_actions.values()), 'not pinned to a commit |', count(len(dockerfiles), 'Dockerfile'), '|', count(len(images), 'image'))
