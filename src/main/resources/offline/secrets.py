# What is a secret? Found strictly, so that few false alarms are raised; hidden generously, so that none is ever shown.
KEY_SHAPES = re.compile(r'(?<![\w/+])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,}|xox[abprs]-[\w-]{20,}|sk-(?:ant|proj|or)-[\w-]{20,}'
                        r'|sk_live_\w{20,}|AIza[\w-]{35}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}|SG\.[\w-]{16,}\.[\w-]{30,})(?![\w/+])'
                        r'|-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP |ENCRYPTED )?PRIVATE KEY(?: BLOCK)?-----[ \t]*(?:\\n|["\'+ \t])*\n?[ \t"\'+]*[A-Za-z0-9+/=]{30}[A-Za-z0-9+/=]*')
KEY_NEEDLES = ('AKIA', 'ASIA', 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_', 'xox', 'sk-', 'sk_live_', 'AIza', 'glpat-', 'npm_', 'PRIVATE KEY', 'SG.')
NAMES = (r'(?:password|passwd|passphrase|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?(?:key|secret|token)|access[_-]?(?:key|token)|auth[_-]?(?:token|key)'
         r'|client[_-]?secret|(?:private|encryption|signing)[_-]?key)')
ASSIGNED = re.compile(rf'(?i)({NAMES})' r'["\']?\]?[ \t]*(?::[ \t]*(?:&(?:\'static )?)?(?:str|string)[ \t]*)?(?::=|=>|[:=])[ \t]*["\']([^"\'\s]{6,200})["\'](?![ \t]*[+.(%\[])')
# In files of settings a value needs no quotation marks.
CONFIGURED = re.compile(rf'(?im)^[ \t]*(?:-[ \t]+)?(?:export[ \t]+|ENV[ \t]+|ARG[ \t]+)?[\w.-]*?({NAMES})' r'[ \t]*[:=][ \t]*([^\s"\'#]{6,200})[ \t]*$')
SETTINGS = {'YAML', 'TOML', 'INI', 'Properties', 'Dockerfile', 'Other'}
IN_URL = re.compile(r'(?i)\b([a-z][a-z0-9+.-]{1,20})://[^\s:/@"\'<>`${}]{0,60}:([^\s@/"\'<>`]{3,100})@([\w.-]+)')
NO_HOST = re.compile(r'(?i)^(?:localhost|127\.|0\.0\.|host|hostname|server|domain|proxy|.*example|.*\.test$|.*\.local(?:host)?$|[a-z]+$)')
PLACEHOLDER = re.compile(r'(?i)example|change|placeholder|your|xxx|dummy|sample|insert|todo|redacted|none|null|undefined|secret|passw|pwd|token|key|\*{3}|\.{3}|^[<{$%@#(\[]|[<{$]\{?|%[sd(]|\}$|^test|^foo|^env|^https?:|^/|^\.\./|^[\w.-]+\.(?:json|ya?ml|pem|key|txt|py|js)$|^(.)\1+$|^1?23456|^(?:true|false|required|optional|string|text|hidden|disabled|enabled)$')
ASSIGN_NEEDLES = ('password', 'passwd', 'passphrase', 'pwd', 'secret', *(a + joint + b for a, b in (
    ('api', 'key'), ('api', 'token'), ('access', 'key'), ('access', 'token'), ('auth', 'token'), ('auth', 'key'), ('private', 'key'),
    ('encryption', 'key'), ('signing', 'key')) for joint in ('', '_', '-')))

HIDE = re.compile(r'(?i)((?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|api[_-]?key|(?:access|auth|private|encryption|signing)[_-]?key)\w*["\']?\]?[ \t]*'
                  r'(?::[ \t]*[&\'\w ]{0,16}?)?(?::=|=>|(?<![=!<>])[:=](?!=))[ \t]*)'
                  r'(?:([bruf@$]{0,2}["\'`])([^"\'`\n]{4,}?)(["\'`])|([^\s"\'`(){}\[\],;$<]{6,})(?=[ \t]*$))', re.M)
HIDE_BEARER = re.compile(r'(?i)\b(bearer|basic)[ \t]+[\w.~+/-]{12,}=*')
HIDE_LONG = re.compile(r'(["\'`])(?=[^"\'`]*\d)(?=[^"\'`]*[A-Za-z])[A-Za-z0-9+/_-]{32,}={0,2}\1')
HIDE_NEEDLE = re.compile(r'(?i)pass|pwd|secret|token|credential|key|bearer|basic|://|[A-Za-z0-9+/_-]{32}|SG\.|xox|AKIA|ASIA|gh[pousr]_|npm_|AIza|glpat|sk[-_]')


def hide(match):
    head, opening, value, closing, plain = match.groups()
    if WITHHELD.fullmatch(value or plain):
        return match.group()
    if plain is not None:
        return match.group() if plain.isalpha() or plain.replace('.', '').replace('_', '').isalpha() else head + '…'
    return match.group() if re.fullmatch(r'\$\{?\w+\}?|[A-Za-z ]{0,40}\{\w*\}', value) else head + opening + '…' + closing


def redacted(text):
    """A text in which an ellipsis stands for whatever may be a secret."""
    if not HIDE_NEEDLE.search(text):
        return text
    text = KEY_SHAPES.sub('…', text)
    text = IN_URL.sub(lambda m: m.group() if WITHHELD.fullmatch(m.group(2)) else m.group().replace(':' + m.group(2) + '@', ':…@'), text)
    text = HIDE_BEARER.sub(lambda m: m.group(1) + ' …', text)
    text = HIDE.sub(hide, text)
    text = HIDE_LONG.sub(lambda m: m.group(1) + '…' + m.group(1), text)
    for value in found.get('secret_values', ()):
        text = text.replace(value, '…')
    return text


def looks_secret(name, value):
    """Whether an assignment holds a secret: the value must look made up, and be no name, path or template."""
    if PLACEHOLDER.search(value) or re.fullmatch(r'[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Za-z]+[ ._:/-])+[A-Za-z]*|[A-Z_]+', value):
        return False
    if re.fullmatch(r'[A-Za-z]+\d{1,2}', value) and not re.search(r'(?i)pass|pwd', name):
        return False  # a word with a number, such as the name of a protocol; people choose passwords like that, machines no keys
    mixed = bool(re.search(r'\d', value)) and bool(re.search(r'[A-Za-z]', value))
    return mixed or len(value) >= 8 and not value.isdigit() and bool(re.search(r'(?i)(?:password|passwd|passphrase)$', name)) \
        and bool(re.search(r'[^\w.:/-]', value) or len(value) >= 10)


def assignments(path, text, low):
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
    if starts and language(path) in SETTINGS:
        yield from CONFIGURED.finditer(text)


# What stands where the service withheld a secret before anybody could read it. It may be shown: it tells the kind and no more.
WITHHELD = re.compile(r'\[REDACTED:([a-z-]{3,40})\]')
BY_NAME = {'password', 'token'}  # kinds found by the name before them, which a comment may only mention


def secrets_in(path, text, low):
    """Yields (position of what names it, the value or None, where it may stand) for each secret."""
    if '[REDACTED:' in text:
        for match in WITHHELD.finditer(text):
            yield match.start(), None, ('code', 'string') if match.group(1) in BY_NAME else ('code', 'string', 'comment')
    if any(n in text for n in KEY_NEEDLES):
        for match in KEY_SHAPES.finditer(text):
            if 'EXAMPLE' not in match.group():
                yield match.start(), match.group(), ('code', 'string', 'comment')
    if '@' in text and '://' in text:
        for match in IN_URL.finditer(text):
            if not PLACEHOLDER.search(match.group(2)) and not NO_HOST.search(match.group(3)) and re.search(r'\d|\W', match.group(2)):
                yield match.start(), match.group(2), ('code', 'string')
    for match in assignments(path, text, low):
        if looks_secret(match.group(1), match.group(2)):
            yield match.start(1), match.group(2), ('code', 'string')
