# What does it speak of, and where does data come in, lie and go out? Types, tables, routes, settings, each with its place.
sizes = found.get('sizes') or {p: (len(t), t.count('\n') + 1) for p, t in codebase.items()}
product = [p for p in codebase if is_main(p) and not is_borrowed(p) and len(codebase[p]) < 500_000 and not is_machine_made(codebase[p])]
code_of_product = [p for p in product if is_source(p)]


def spots_of(pattern, paths, limit=400, in_code=True, needles=('',)):
    """(path, line, column, match) of a pattern in texts that hold one of the needles; what stands in comments does not count."""
    pattern, hits = re.compile(pattern), []
    for p in paths:
        spans = None
        for m in itertools.islice(pattern.finditer(codebase[p]), 60) if any(n in codebase[p] for n in needles) else ():
            spans = spans or (Spans(p, codebase[p]) if in_code else None)
            if not in_code or spans.place(m.start()) == 'code':
                hits.append((p, line_at(codebase[p], m.start()), m.start() - (codebase[p].rfind('\n', 0, m.start()) + 1), m))
        if len(hits) >= limit:
            break
    return hits


# Types of the files that most others lean on: the words of the domain, as far as counting can tell.
DECLARED = re.compile(r'^[ \t]{0,4}(?:export[ \t]+(?:default[ \t]+)?|(?:public|internal|open|sealed|abstract|final|static|data|pub|pub\(crate\))[ \t]+){0,4}(?:class|interface|record|enum(?:[ \t]+class)?|struct|trait|object|type|protocol)[ \t]+(\w+)[^\n]*', re.M)
key_types = []
for path, importers in [h for h in found.get('hubs') or [] if not is_borrowed(h[0])][:40]:
    for target in ([path] if path in codebase else []):
        spans = None
        for m in itertools.islice(DECLARED.finditer(codebase[target]), 30):
            spans = spans or Spans(target, codebase[target])
            at = m.start() + len(m.group()) - len(m.group().lstrip())
            if spans.place(at) == 'code' and not m.group().rstrip().endswith(';') and m.group(1) != '__attribute__' and (len(key_types) < 1 or key_types[-1][0] != target):
                key_types.append((target, line_at(codebase[target], at), m.group(1), importers))
found['key_types'] = key_types[:12]

ROUTES = (r'@(?:Get|Post|Put|Delete|Patch|Request)Mapping\b[^\n]*|@(?:\w+\.)?(?:route|get|post|put|delete|patch|websocket)\(\s*["\'][^\n]*|\b(?:app|router|server|r|mux|api|g|e)\.(?:get|post|put|delete|patch|GET|POST|PUT|DELETE|PATCH|Handle|HandleFunc)\(\s*["\'`]/[^\n]*'
          r'|@Path\("[^\n]*|\[Http(?:Get|Post|Put|Delete|Patch)\b[^\n]*|(?m:^[ \t]*(?:re_)?path\(\s*r?["\'][^\n]*)|\bRoute::(?:get|post|put|delete|patch|resource)\([^\n]*|(?m:^[ \t]*(?:get|post|put|patch|delete|resources?)[ \t]+["\':][\w/:#\'"]+[^\n]*(?:to:|=>)[^\n]*)')
found['routes'] = [h[:3] for h in spots_of(ROUTES, code_of_product, needles=('Mapping', '.route(', '("/', "('/", '(`/', '@Path(', '[Http', 'Route::', 'path(', 'resources ', ' to: '))]
TABLES = r'(?i)\bcreate[ \t]+table[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?["`\[]?[\w.]+'
tables = [h[:3] for h in spots_of(TABLES, [p for p in product if p.endswith('.sql')], in_code=False)]
tables += [h[:3] for h in spots_of(r'(?m)^@(?:Entity|Table|Document|RedisHash)\b|^class[ \t]+\w+\((?:models\.Model|Base|db\.Model|SQLModel[^)]*)\)|^model[ \t]+\w+[ \t]*\{|^[ \t]*create_table\b', [p for p in product if is_source(p) or p.endswith('.prisma')])]
found['tables'] = tables
found['messages'] = [h[:3] for h in spots_of(r'(?m)^(?:message|service)[ \t]+\w+|^(?:type|interface|input)[ \t]+\w+[ \t]*(?:implements[ \t]+\w+[ \t]*)?\{', [p for p in product if p.endswith(('.proto', '.graphql', '.graphqls', '.gql'))], in_code=False)]
migrations = [p for p in product if re.search(r'(?i)(^|/)(?:db/)?migrat(?:ions?|e)/', p) and p.endswith(('.sql', '.py', '.rb', '.js', '.ts', '.php', '.go', '.xml', '.yml', '.yaml'))]
found['migrations'] = sorted(migrations)

# What can be set from outside: environment variables that the code reads, and the files that hold defaults.
ENVIRONMENT = re.compile(r'(?:os\.environ(?:\.get)?[\[(]\s*|os\.getenv\(\s*|System\.getenv\(\s*|process\.env\.|process\.env\[\s*|os\.(?:Getenv|LookupEnv)\(\s*|env::var(?:_os)?\(\s*|ENV(?:\.fetch)?[\[(]\s*|getenv\(\s*|Environment\.GetEnvironmentVariable\(\s*)["\']?([A-Z][A-Z0-9_]{2,})|\$\{([A-Z][A-Z0-9_]{2,})(?::[^}]*)?\}')
settings = {}
for p in product:
    if is_source(p) and language(p) != 'Shell' or re.search(r'(^|/)application[\w.-]*\.(?:ya?ml|properties)$', p):
        for m in itertools.islice(ENVIRONMENT.finditer(codebase[p]), 200) if any(n in codebase[p] for n in ('env', 'ENV', 'Environ', '${')) else ():
            name = m.group(1) or (m.group(2) if not is_source(p) else None)
            if name and (name not in settings):
                settings[name] = (p, line_at(codebase[p], m.start()), m.start() - (codebase[p].rfind('\n', 0, m.start()) + 1))
found['settings'] = settings
found['setting_files'] = sorted((p for p in product if re.search(r'(^|/)(?:application[\w.-]*\.(?:ya?ml|properties)|settings\.(?:py|ya?ml|toml)|config\.(?:py|ya?ml|toml|rb)|(?:config|settings)/[^/]+\.(?:ya?ml|toml|rb|exs|php)|appsettings[\w.]*\.json|\.env\.(?:example|sample|template)|[\w.-]+\.(?:yml|yaml|toml|json|conf|ini)\.example)$', p)),
                                key=lambda p: (p.count('/'), p))
print(count(len(found['key_types']), 'key type'), '|', count(len(found['routes']), 'route'), '|', count(len(tables), 'table'), '|', count(len(settings), 'environment variable'))
