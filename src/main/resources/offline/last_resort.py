# The report could not be composed: say what can be said from the sizes alone.
biggest = sorted(codebase, key=lambda path: (-len(codebase[path]), path))[:15]
listing = '\n'.join('    ' + ascii(path)[1:-1] + ' (' + str(codebase[path].count('\n') + 1) + ' lines)' for path in biggest)
set_answer('**No language model was used**, and the rules that write the offline report failed on this repository.'
           ' What is left are its sizes.\n\n## ' + headings[0] + '\n\n' + str(len(codebase)) + ' text files. The largest:\n\n' + listing
           + '\n' + ''.join('\n## ' + heading + '\n\nNot done.\n' for heading in headings[1:]))
