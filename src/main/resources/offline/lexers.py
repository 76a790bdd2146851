# What is comment, what is string? Each lexer begins with one character out of a few, which lets `re` skip the rest fast.
C_COMMENT = r'(?<=/)(?:/[^\n]*|\*[^*]*\*+(?:[^/*][^*]*\*+)*/)'
HASH = r'(?<=#)[^\n]*'
LONE_HASH = r'(?<=#)(?<!\S#)[^\n]*'
DOUBLE, SINGLE = r'(?<=")[^"\\\n]*(?:\\.[^"\\\n]*)*"', r"(?<=')[^'\\\n]*(?:\\.[^'\\\n]*)*'"
LONG_DOUBLE, LONG_SINGLE = r'(?<=")[^"\\]*(?:\\.[^"\\]*)*"', r"(?<=')[^']*'"
CHARACTER = r"(?<=')(?:[^'\\\n]|\\.[^'\n]{0,8})'"
TRIPLE = r'(?<=")""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
TEMPLATE = r'(?<=`)[^`\\]*(?:\\.[^`\\]*)*`'
RAW = r'(?<=`)[^`]*`'
VERBATIM = r'(?<=@")(?:[^"]|"")*"|(?<=\$@")(?:[^"]|"")*"'
HERE = r'(?<=<)<<?[-~]?[ \t]*["\'\\]?(?P<here>[A-Za-z_]\w*)["\']?[^\n]*\n(?:[^\n]*\n){0,300}?[ \t]*(?P=here)\b'
REGEX = r'(?<=[(,=:\[!&|?{};\n ]/)(?![*/ =\n])[^/\\\n\[]*(?:(?:\\.|\[(?:[^\]\\\n]|\\.)*\])[^/\\\n\[]*)*/[a-z]*'
RUST_RAW = r'(?<=r#")[^"]*(?:"(?!#)[^"]*)*"#'


def lexer(opens, comments, *strings):
    return re.compile(f'[{opens}](?:(?P<comment>{"|".join(comments)})|{"|".join(strings) or "(?!)"})', re.S | re.M)


JVM = lexer('/"\'', [C_COMMENT], TRIPLE, DOUBLE, CHARACTER)
CLIKE = lexer('/"\'', [C_COMMENT], DOUBLE, CHARACTER)
SCRIPT = lexer('/"\'`', [C_COMMENT], DOUBLE, SINGLE, TEMPLATE, REGEX)
LEXERS = {
    'Python': lexer('#"\'', [HASH], TRIPLE, TRIPLE.replace('"', "'"), DOUBLE, SINGLE),
    'Java': JVM, 'Kotlin': JVM, 'Scala': JVM, 'Groovy': JVM, 'Swift': JVM,
    'C#': lexer('/"\'', [C_COMMENT], TRIPLE, VERBATIM, DOUBLE, CHARACTER),
    'JavaScript': SCRIPT, 'TypeScript': SCRIPT, 'Vue': SCRIPT, 'Svelte': SCRIPT, 'Dart': SCRIPT,
    'Go': lexer('/"\'`', [C_COMMENT], DOUBLE, CHARACTER, RAW), 'Rust': lexer('/"\'', [C_COMMENT], RUST_RAW, DOUBLE, CHARACTER),
    'C': CLIKE, 'C++': CLIKE, 'Objective-C': CLIKE,
    'Ruby': lexer('#"\'<', [LONE_HASH], HERE, DOUBLE, SINGLE), 'PHP': lexer('/#"\'<', [C_COMMENT, LONE_HASH], HERE, DOUBLE, SINGLE),
    'Shell': lexer('#"\'<', [LONE_HASH], HERE, LONG_DOUBLE, LONG_SINGLE), 'SQL': lexer('\\-\'', [r'(?<=-)-[^\n]*'], SINGLE),
}
OTHER = lexer('#/;<', [LONE_HASH, r'(?<=/)/[^\n]*', r'(?<=;)(?<!\S;)[^\n]*', r'(?<=<)!--(?:[^-]|-(?!->))*-->'])
ELSEWHERE = lexer('#', [LONE_HASH])  # YAML, Dockerfiles, properties: nothing else opens a comment there
HASHED = {'YAML', 'TOML', 'INI', 'Properties', 'Dockerfile', 'Makefile', 'Procfile', 'R', 'Perl', 'CMake', 'Elixir', 'Julia', 'Nim'}


def lexer_of(path):
    name = language(path)
    return LEXERS.get(name) or (ELSEWHERE if name in HASHED else OTHER)


class Spans:
    """Where the comments and strings of a text are."""

    def __init__(self, path, text):
        self.spans = [(m.start(), m.end(), m.group('comment') is not None) for m in lexer_of(path).finditer(text)]
        self.starts = [s[0] for s in self.spans]

    def place(self, position):
        i = bisect.bisect_right(self.starts, position) - 1
        if i >= 0 and self.spans[i][0] < position < self.spans[i][1]:
            return 'comment' if self.spans[i][2] else 'string'
        return 'comment' if i >= 0 and self.spans[i][0] == position and self.spans[i][2] else 'code'


def bare(path, text):
    """A text without its comments and strings, line for line."""
    return lexer_of(path).sub(lambda m: '\n' * m.group().count('\n') or ' ', text)
