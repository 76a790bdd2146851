# What could hurt? Known patterns, looked for in code only: never in comments, and in strings only where they belong.
C_COMMENT = r'//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/'
DOUBLE, SINGLE, CHAR = r'"(?:[^"\\\n]|\\.)*"', r"'(?:[^'\\\n]|\\.)*'", r"'(?:[^'\\\n]|\\.[^'\n]{0,8})'"
TRIPLE = r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
HASH = r'(?:(?<=\s)|\A|^)#[^\n]*'


def lexer(comment, *strings):
    return re.compile(f'(?P<comment>{comment})|(?:{"|".join(strings)})', re.S | re.M)


JVM = lexer(C_COMMENT, TRIPLE, DOUBLE, CHAR)
CLIKE = lexer(C_COMMENT, DOUBLE, CHAR)
SCRIPT = lexer(C_COMMENT, DOUBLE, SINGLE, r'`(?:[^`\\]|\\.)*`')
LEXERS = {
    'Python': lexer(r'#[^\n]*', TRIPLE, TRIPLE.replace('"', "'"), DOUBLE, SINGLE),
    'Java': JVM, 'Kotlin': JVM, 'Scala': JVM, 'Groovy': JVM, 'C#': lexer(C_COMMENT, r'@"(?:[^"]|"")*"', DOUBLE, CHAR),
    'JavaScript': SCRIPT, 'TypeScript': SCRIPT, 'Vue': SCRIPT, 'Svelte': SCRIPT, 'Go': lexer(C_COMMENT, DOUBLE, CHAR, r'`[^`]*`'),
    'Rust': CLIKE, 'C': CLIKE, 'C++': CLIKE, 'Objective-C': CLIKE, 'Swift': CLIKE, 'Dart': SCRIPT,
    'Ruby': lexer(HASH, DOUBLE, SINGLE), 'PHP': lexer(C_COMMENT + '|' + HASH, DOUBLE, SINGLE),
    'Shell': lexer(HASH, DOUBLE, SINGLE.replace(r'\\\n', '')), 'SQL': lexer(r'--[^\n]*', SINGLE),
}
OTHER = lexer(HASH + r'|^[ \t]*(?://|;|<!--)[^\n]*', r'(?!)')

JVM_LANGUAGES = 'Java Kotlin Scala Groovy'
WEB = 'JavaScript TypeScript Vue Svelte'
C = 'C C++ Objective-C'
SQL = (r'\s*(?:SELECT\b[^"\'`\n]{1,200}\bFROM\b|INSERT\s+INTO\b|UPDATE\s+[\w.]+\s+SET\b|DELETE\s+FROM\b'
       r'|select\b[^"\'`\n]{1,200}\bfrom\b|insert\s+into\b|update\s+[\w.]+\s+set\b|delete\s+from\b)')
SQL_VERBS = ('select ', 'insert into ', 'update ', 'delete from ')  # in lower case: most files hold none
SQL_NEEDLES = ('SELECT ', 'INSERT INTO ', 'UPDATE ', 'DELETE FROM ', *(q + verb for q in '"\'`' for verb in SQL_VERBS))
SQL_JOIN = '"' + SQL + r'[^"\n]*"\s*\+\s*(?![A-Z][A-Z0-9_]*\b)[a-zA-Z_]'
KINDS = {  # key: severity, title, what to do about it
    'secret': (0, 'Secret in the source', 'Revoke it, take it out of the history, read it from the environment or a secret store.'),
    'shell': (0, 'Command line built at run time', 'Pass an argument list without a shell; validate what comes from outside.'),
    'eval': (0, 'Text executed as code', 'Replace by a parser or a table of allowed operations.'),
    'sql': (0, 'SQL built from strings', 'Use bind parameters.'),
    'deserialise': (0, 'Unsafe deserialisation', 'Use a data-only format, or restrict the types that may be read.'),
    'tls': (0, 'TLS checks switched off', 'Verify certificates; trust a private CA explicitly where one is needed.'),
    'html': (1, 'HTML from text', 'Set text, or sanitise, before it reaches the page.'),
    'memory': (1, 'Unbounded memory copy', 'Use the bounded variant and check the result.'),
    'hash': (1, 'Weak hash or cipher', 'Use SHA-256 or better, AES-GCM; for passwords a slow hash such as Argon2 or bcrypt.'),
    'temp': (1, 'Predictable temporary file', 'Create the file atomically (`mkstemp` and its kin).'),
    'debug': (1, 'Debug mode left on', 'Switch it on by configuration only.'),
    'swallow': (2, 'Error caught too broadly or swallowed', 'Handle it, or log it and let it rise; catch the narrowest type.'),
    'default': (2, 'Mutable default argument', 'Default to None and create the value inside.'),
}


def rule(kind, languages, needles, pattern):
    return kind, set(languages.split('|')) if '|' in languages else set(languages.split()), needles, re.compile(pattern, re.M)


RULES = [
    rule('eval', 'Python', ('eval(', 'exec('), r'(?<![\w.])(?<!def )(?:eval|exec)\((?!\s*\))'),
    rule('shell', 'Python', ('shell=True', 'os.system(', 'os.popen('), r'\bshell=True|\bos\.(?:system|popen)\((?!\s*["\'][^"\'{}%\n]*["\']\s*\))'),
    rule('deserialise', 'Python', ('pickle.', 'marshal.', 'yaml.'), r'\b(?:c?[pP]ickle|dill|marshal)\.(?:loads?|Unpickler)\(|\byaml\.(?:unsafe_load|full_load)(?:_all)?\(|\byaml\.load\((?![^)\n]*(?:Safe|Base)Loader)'),
    rule('sql', 'Python', SQL_NEEDLES, r'\b[fF][rR]?(?:"' + SQL + r'[^"\n]*\{|\'' + SQL + r'[^\'\n]*\{|(?P<q>"{3}|\'{3})\s*(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|select|insert\s+into|update|delete\s+from)\b(?:(?!(?P=q))[\s\S])*?\{)|\bexecute\w*\(\s*(?:"{1,3}' + SQL + r'[^"\n]*"{1,3}|\'{1,3}' + SQL + r'[^\'\n]*\'{1,3})\s*(?:%(?!\()\s*|\+\s*|\.format\()[\w(]'),
    rule('tls', 'Python', ('verify=False', 'CERT_NONE', '_create_unverified_context', 'check_hostname'), r'\bverify=False|(?:verify_mode|cert_reqs)\s*=\s*(?:ssl\.)?CERT_NONE|=\s*ssl\._create_unverified_context|\bssl\._create_unverified_context\(\)|\bcheck_hostname\s*=\s*False'),
    rule('hash', 'Python', ('md5', 'sha1', 'DES', 'ARC4'), r'\bhashlib\.(?:md5|sha1)\((?![^\n]*usedforsecurity\s*=\s*False)|\bhashlib\.new\(\s*["\'](?:md5|sha1)["\']|\b(?:DES|DES3|ARC4|ARC2)\.new\('),
    rule('temp', 'Python', ('mktemp',), r'\btempfile\.mktemp\('),
    rule('debug', 'Python', ('debug=True', 'DEBUG = True'), r'\bapp\.run\([^)\n]*\bdebug=True|^DEBUG\s*=\s*True\b'),
    rule('swallow', 'Python', ('except',), r'^[ \t]*except[ \t]*:|^[ \t]*except[ \t]+(?:Base)?Exception(?:[ \t]+as[ \t]+\w+)?[ \t]*:[ \t]*(?:#[^\n]*)?\n?[ \t]*(?:pass|\.\.\.)[ \t]*(?:#[^\n]*)?$'),
    rule('default', 'Python', ('=[]', '={}', '= []', '= {}'), r'^[ \t]*(?:async[ \t]+)?def[ \t]+\w+\([^)\n]*=[ \t]*(?:\[\]|\{\})[ \t]*[,)]'),
    rule('eval', WEB, ('eval(', 'new Function('), r'(?<![\w.$])eval\((?!\s*\))|(?<!\w)new\s+Function\((?!\s*\))'),
    rule('shell', WEB, ('exec(', 'execSync(', 'shell: true'), r'\bexec(?:Sync)?\(\s*(?:`[^`\n]*\$\{|["\'][^"\'\n]*["\']\s*\+)|\bshell:\s*true\b'),
    rule('html', WEB, ('innerHTML', 'document.write', 'dangerouslySetInnerHTML'), r'\.(?:inner|outer)HTML\s*\+?=(?!=)(?!\s*(?:["\'][^"\'\n]*["\']|``|`[^`$\n]*`)\s*(?:;|$))|\bdocument\.write(?:ln)?\((?!\s*["\'][^"\'\n]*["\']\s*\))|\bdangerouslySetInnerHTML\s*='),
    rule('tls', WEB, ('rejectUnauthorized', 'NODE_TLS_REJECT_UNAUTHORIZED'), r'(?<![.\w])rejectUnauthorized["\']?\s*:\s*false|\bNODE_TLS_REJECT_UNAUTHORIZED\b["\'\]]*\s*=\s*["\']?0'),
    rule('hash', WEB, ('createHash',), r'\bcreateHash\(\s*["\'`](?:md5|sha1|MD5|SHA1)["\'`]'),
    rule('sql', WEB, SQL_NEEDLES, r'(?<![\w$.)\]])`' + SQL + r'[^`]{0,400}?\$\{|' + SQL_JOIN + '|' + SQL_JOIN.replace('"', "'")),
    rule('swallow', WEB, ('catch',), r'catch\s*(?:\(\s*\w+\s*\))?\s*\{\s*\}'),
    rule('shell', JVM_LANGUAGES, ('getRuntime()', 'ProcessBuilder('), r'\bgetRuntime\(\)\s*\.exec\((?![^;\n]*(?:\btoArray\(|\bnew\s+String\s*\[))|\bnew\s+ProcessBuilder\(\s*"(?:/bin/)?(?:sh|bash|cmd(?:\.exe)?)"|\bProcessBuilder\(\s*(?:Arrays\.asList|List\.of|listOf)\(\s*"(?:/bin/)?(?:sh|bash|cmd)"'),
    rule('deserialise', JVM_LANGUAGES, ('new ObjectInputStream(', 'XMLDecoder(', 'enableDefaultTyping', 'activateDefaultTyping', 'new Yaml()', 'new XStream()'), r'\bnew\s+(?:ObjectInputStream|XMLDecoder)\(|\b(?:enable|activate)DefaultTyping\(|\bnew\s+(?:Yaml|XStream)\(\)'),
    rule('hash', JVM_LANGUAGES, ('MessageDigest', 'Cipher'), r'\bMessageDigest\s*\.\s*getInstance\(\s*"(?:MD2|MD4|MD5|SHA-?1|SHA)"|\bCipher\s*\.\s*getInstance\(\s*"(?:DES|DESede|RC4|ARCFOUR|Blowfish|AES)(?:/ECB[^"]*)?"'),
    rule('sql', JVM_LANGUAGES, SQL_NEEDLES, SQL_JOIN),
    rule('sql', 'Kotlin', SQL_NEEDLES, '"' + SQL + r'[^"\n]*\$[{a-z]'),
    rule('tls', JVM_LANGUAGES, ('HostnameVerifier', 'checkServerTrusted', 'TrustAllStrategy', 'TrustSelfSigned', 'ALLOW_ALL'), r'\bNoopHostnameVerifier\.INSTANCE|\bALLOW_ALL_HOSTNAME_VERIFIER\b|\bTrustAllStrategy\.INSTANCE|\b(?:setDefaultH|setH|h)ostnameVerifier\(\s*\(?[^)\n]*\)?\s*->\s*true|\bcheckServerTrusted\([^)]*\)[^{;]{0,80}\{\s*\}'),
    rule('swallow', JVM_LANGUAGES, ('catch',), r'catch\s*\(\s*(?:final\s+)?(?:Exception|Throwable|RuntimeException|Error)\s+(?!ignore|expected|unused|_)\w+\s*\)\s*\{\s*\}'),
    rule('shell', 'Go', ('exec.Command',), r'\bexec\.Command(?:Context)?\((?:\w+,\s*)?"(?:/bin/)?(?:sh|bash)",\s*"-c",\s*(?!"[^"\n]*"\s*\))'),
    rule('tls', 'Go', ('InsecureSkipVerify',), r'\bInsecureSkipVerify\s*[:=]+\s*true'),
    rule('hash', 'Go', ('md5.', 'sha1.', 'des.', 'rc4.'), r'\b(?:md5|sha1)\.(?:New|Sum)\(|\b(?:des|rc4)\.New\w*Cipher\('),
    rule('sql', 'Go', SQL_NEEDLES, r'\bSprintf\(\s*["`]' + SQL + r'[^"`]*%[svq]|' + SQL_JOIN),
    rule('swallow', 'Go', ('_ = ', 'recover()'), r'^[ \t]*(?:defer[ \t]+func\(\)[ \t]*\{[ \t]*)(?:_ = )?recover\(\)[ \t]*;?[ \t]*\}\(\)'),
    rule('shell', 'Rust', ('Command::new',), r'\bCommand::new\(\s*"(?:/bin/)?(?:sh|bash)"\s*\)\s*\.arg\(\s*"-c"\s*\)\s*\.arg\((?!\s*"[^"\n{]*"\s*\))'),
    rule('tls', 'Rust', ('danger_accept_invalid',), r'\bdanger_accept_invalid_(?:certs|hostnames)\(\s*true'),
    rule('memory', 'Rust', ('transmute',), r'\b(?:mem::)?transmute(?:::<[^;\n]*>)?\('),
    rule('sql', 'Rust', SQL_NEEDLES, r'\bformat!\(\s*r?#*"' + SQL + r'[^"]*\{'),
    rule('memory', C, ('gets(', 'strcpy(', 'strcat(', 'sprintf(', 'scanf('), r'(?<![\w.>:])(?:gets|strcpy|strcat|v?sprintf)\((?!\s*(?:const\s+)?char\b|\s*void\b)|\bf?scanf\([^;\n]*"[^"\n]*%s'),
    rule('shell', C, ('system(', 'popen('), r'(?<![\w.>:])(?:system|popen)\(\s*(?!["\)]|const\b|char\b|void\b)'),
    rule('temp', C, ('tmpnam(', 'mktemp(', 'tempnam('), r'(?<![\w.>:])(?:tmpnam|mktemp|tempnam)\('),
    rule('shell', 'C#|C#', ('Process.Start(', 'ProcessStartInfo('), r'\b(?:Process\.Start|ProcessStartInfo)\(\s*"(?:cmd(?:\.exe)?|powershell(?:\.exe)?|/bin/(?:ba)?sh)"'),
    rule('deserialise', 'C#|C#', ('BinaryFormatter', 'TypeNameHandling', 'LosFormatter'), r'\bnew\s+(?:BinaryFormatter|LosFormatter|SoapFormatter|NetDataContractSerializer)\(|\bTypeNameHandling\.(?:All|Auto|Objects)'),
    rule('hash', 'C#|C#', ('MD5', 'SHA1', 'DES'), r'\b(?:MD5|SHA1|DES|TripleDES)\.Create\(|\bnew\s+(?:MD5|SHA1|DES)CryptoServiceProvider\('),
    rule('sql', 'C#|C#', SQL_NEEDLES, r'\$@?"' + SQL + r'[^"\n]*\{|' + SQL_JOIN),
    rule('tls', 'C#|C#', ('CertificateValidationCallback', 'DangerousAcceptAny'), r'CertificateValidationCallback\s*\+?=[^;\n]*=>\s*(?:\{\s*return\s+)?true|\bDangerousAcceptAnyServerCertificateValidator\b'),
    rule('swallow', 'C#|C#', ('catch',), r'catch\s*(?:\(\s*(?:System\.)?Exception(?:\s+\w+)?\s*\))?\s*\{\s*\}'),
    rule('eval', 'Ruby', ('eval',), r'(?<![\w.:])eval\(?\s*(?!\s*["\'][^"\'#\n]*["\']\s*\)?$)[\w"@]|\.(?:instance|class|module)_eval\s*\(?\s*["\']'),
    rule('shell', 'Ruby', ('system', 'exec', '`', '%x'), r'(?<![\w.])(?:system|exec)[ (]\s*"[^"\n]*#\{|(?:=|\(|^)\s*`[^`\n]*#\{|%x[\[({][^\n]*#\{'),
    rule('deserialise', 'Ruby', ('Marshal.load', 'YAML.load', 'YAML.unsafe_load'), r'\bMarshal\.load\(|\bYAML\.(?:load|unsafe_load)(?:_file)?\('),
    rule('tls', 'Ruby', ('VERIFY_NONE',), r'\bOpenSSL::SSL::VERIFY_NONE'),
    rule('hash', 'Ruby', ('Digest::',), r'\bDigest::(?:MD5|SHA1)\b'),
    rule('sql', 'Ruby', ('where(', 'execute(', 'find_by_sql'), r'(?:\.where|\bexecute|\bfind_by_sql|\.order|\.joins)\(\s*"[^"\n]*#\{'),
    rule('swallow', 'Ruby', ('rescue',), r'^[ \t]*rescue(?:[ \t]+(?:StandardError|Exception))?(?:[ \t]*=>[ \t]*\w+)?[ \t]*\n[ \t]*end\b'),
    rule('eval', 'PHP', ('eval(', 'create_function(', 'assert('), r'(?<![\w>:$])(?:eval|create_function)\s*\((?!\s*\))'),
    rule('shell', 'PHP', ('exec', 'system', 'passthru', 'popen'), r'(?<![\w>:$])(?:shell_exec|exec|system|passthru|popen|proc_open)\s*\([^;\n]*\$'),
    rule('deserialise', 'PHP', ('unserialize',), r'(?<![\w>:$])unserialize\s*\(\s*\$(?![^;\n]*allowed_classes)'),
    rule('html', 'PHP', ('echo', 'print'), r'\b(?:echo|print)\b[^;\n]*\$_(?:GET|POST|REQUEST|COOKIE)\b(?<!htmlspecialchars\()'),
    rule('sql', 'PHP', SQL_NEEDLES, '"' + SQL + r'[^"\n]*\{?\$\w|"' + SQL + r'[^"\n]*"\s*\.\s*\$'),
    rule('tls', 'PHP', ('CURLOPT_SSL_VERIFY',), r'\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0|FALSE)\b'),
    rule('hash', 'PHP', ('md5', 'sha1'), r'(?<![\w>:$])(?:md5|sha1)\s*\(\s*\$\w*(?:pass|pwd|secret|token)\w*'),
    rule('shell', 'Shell Dockerfile', ('curl', 'wget'), r'\b(?:curl|wget)\b[^|;&\n]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b'),
    rule('eval', 'Shell', ('eval',), r'(?:^|[;&|]\s*|\bthen\s+|\bdo\s+)[ \t]*eval[ \t]+["\']?\$(?![(])'),
    rule('tls', 'Shell Dockerfile', ('curl', 'wget', 'sslVerify'), r'\bcurl\b[^|;\n]*\s(?:-k|--insecure)\b|\bwget\b[^|;\n]*--no-check-certificate|\bsslVerify[= ]false'),
]

# Secrets: shapes that are secrets by themselves, and assignments to names that say so.
KEY_SHAPES = re.compile(r'(?<![\w/+])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,}|xox[abprs]-[\w-]{20,}|sk-ant-[\w-]{20,}'
                        r'|sk_live_\w{20,}|AIza[\w-]{35}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36})(?![\w/+])|-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----[ \t]*(?:\\n|["\'+ \t])*\n?[ \t"\'+]*[A-Za-z0-9+/=]{30}')
KEY_NEEDLES = ('AKIA', 'ASIA', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'xox', 'sk-ant-', 'sk_live_', 'AIza', 'glpat-', 'npm_', 'PRIVATE KEY')
ASSIGNED = re.compile(r'(?i)(password|passwd|pwd|secret(?:[_-]?key)?|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)'
                      r'["\']?\]?[ \t]*(?::[ \t]*(?:str|string)[ \t]*)?(?::=|=>|[:=])[ \t]*["\']([^"\'\s]{6,200})["\'](?![ \t]*[+.(%\[])')
ASSIGN_NEEDLES = ('password', 'passwd', 'pwd', 'secret', *(a + joint + b for a, b in (('api', 'key'), ('access', 'key'), ('auth', 'token'), ('access', 'token')) for joint in ('', '_', '-')))
PLACEHOLDER = re.compile(r'(?i)example|change|placeholder|your|xxx|dummy|sample|insert|todo|redacted|none|null|undefined|secret|passw|pwd|token|key|\*{3}|\.{3}|^[<{$%@#(\[]|[<{$]\{?|%[sd(]|\}$|^test|^foo|^env|^https?:|^/|^\.\./|^[\w.-]+\.(?:json|ya?ml|pem|key|txt|py|js)$|^(.)\1+$|^1?23456')


def secret_at(match):
    """Whether an assignment holds a secret: the value must look made up, and be no name, path or template."""
    name, value = match.group(1), match.group(2)
    if PLACEHOLDER.search(value) or re.fullmatch(r'[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Za-z]+[ ._:/-])+[A-Za-z]*|[A-Z_]+', value):
        return False
    mixed = bool(re.search(r'\d', value)) and bool(re.search(r'[A-Za-z]', value))
    return mixed or len(value) >= 8 and not value.isdigit() and bool(re.search(r'(?i)(?:password|passwd)$', name)) and bool(re.search(r'[^\w.:/-]', value) or len(value) >= 10)


by_language = defaultdict(list)
for one in RULES:
    for name in one[1]:
        by_language[name].append(one)
hits, aside, passed_over, machine_made = [], Counter(), 0, found.get('machine_made')


class Spans:
    """Where the comments and strings of a text are; worked out only for files that hold a suspect."""

    def __init__(self, path, text):
        self.spans = [(m.start(), m.end(), m.group('comment') is not None) for m in LEXERS.get(language(path), OTHER).finditer(text)]
        self.starts = [s[0] for s in self.spans]

    def place(self, position):
        i = bisect.bisect_right(self.starts, position) - 1
        if i >= 0 and self.spans[i][0] < position < self.spans[i][1]:
            return 'comment' if self.spans[i][2] else 'string'
        return 'comment' if i >= 0 and self.spans[i][0] == position and self.spans[i][2] else 'code'


def raises_again(text, position):
    """Whether the block of a Python `except` ends in a `raise`: it cleans up and hides nothing."""
    head, *rest = text[position:position + 2000].split('\n')
    margin = position - text.rfind('\n', 0, position) - 1
    block = itertools.takewhile(lambda l: not l.strip() or len(l) - len(l.lstrip()) > margin, rest)
    return any(re.search(r'\braise\b|\bos\._exit\(', l) for l in (head, *block))


def assignments(text, low):
    """What ASSIGNED finds, tried only where one of its names begins: on a whole text it costs more than all other rules."""
    if len(low) != len(text):
        yield from ASSIGNED.finditer(text)
        return
    starts, end = set(), 0
    for needle in ASSIGN_NEEDLES:
        at = low.find(needle)
        while at >= 0:
            starts.add(at)
            at = low.find(needle, at + 1)
    for at in sorted(starts):
        match = at >= end and ASSIGNED.match(text, at)
        if match:
            end = match.end()
            yield match


def suspects(path, text):
    low = text.lower()
    has_sql = any(verb in low for verb in SQL_VERBS)
    for kind, _, needles, pattern in by_language.get(language(path), ()):
        if (needles is not SQL_NEEDLES or has_sql) and any(n in text for n in needles):
            for match in pattern.finditer(text):
                start = match.start() + len(match.group()) - len(match.group().lstrip())
                if not (kind == 'swallow' and language(path) == 'Python' and raises_again(text, start)):
                    yield kind, start, None, ('code',)
    if any(n in text for n in KEY_NEEDLES):
        for match in KEY_SHAPES.finditer(text):
            if 'EXAMPLE' not in match.group():
                yield 'secret', match.start(), match.start(), ('code', 'string', 'comment')
    if language(path) not in ('Markdown', 'reStructuredText', 'AsciiDoc', 'Text', 'HTML', 'CSS'):
        for match in assignments(text, low):
            if secret_at(match):
                yield 'secret', match.start(1), match.start(2), ('code', 'string')


for path, text in codebase.items():
    if path in machine_made if machine_made is not None else is_machine_made(text):
        passed_over += 1
        continue
    spans, seen = None, set()
    for kind, start, value, places in suspects(path, text):
        spans = spans or Spans(path, text)
        if spans.place(start) not in places:
            continue
        line = line_at(text, start)
        if (kind, line) in seen:
            continue
        seen.add((kind, line))
        if not is_main(path) or language(path) in ('Markdown', 'reStructuredText', 'AsciiDoc', 'Text'):
            aside[kind] += 1
            continue
        begin = text.rfind('\n', 0, start) + 1
        end = text.find('\n', start)
        end = len(text) if end < 0 else end
        quote = text[begin:end] if value is None else text[begin:max(begin, value)]
        hidden = 0 if value is None else end - value
        hits.append((KINDS[kind][0], kind, path, line, quote.strip()[:160], len(quote.strip()) > 160, hidden))
order = list(KINDS)
importance = dict(found.get('hubs', ()))
hits.sort(key=lambda h: (h[0], order.index(h[1]), -importance.get(h[2], 0), h[2], h[3]))
found['risks'], found['risks_aside'], found['passed_over'] = hits, aside, passed_over

MARK = re.compile(r'^[^\n]*?(?:#|//|/\*|^[ \t]*\*|--|;;|<!--)[^\n]*?\b(?:TODO|FIXME|XXX|HACK)\b(?=[\s:(])', re.M)
marks = Counter()
for path, text in codebase.items():
    if is_source(path) and is_main(path) and any(n in text for n in ('TODO', 'FIXME', 'XXX', 'HACK')):
        marks[path] = sum(1 for n in ('TODO', 'FIXME', 'XXX', 'HACK') for at in re.finditer(n + r'\b(?=[\s:(])', text)
                          if MARK.match(text, text.rfind('\n', 0, at.start()) + 1))
found['marks'] = +marks
print(count(len(hits), 'suspect line'), 'in the product;', count(sum(aside.values()), 'more', 'more'), 'in tests, examples and documents')
for severity, kind, path, line, *_ in hits[:12]:
    print(f'{kind}: {shown(path, 100)}:{line}')
