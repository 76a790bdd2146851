# The last section is the plan, made of the findings; then the sections become the report. What an earlier cell could not
# find is missing, and said so.
NO_MODEL = ('> **No language model was used.** This report was made by fixed rules (counting, parsing of imports and manifests, known patterns): what it states can be looked up'
            ' at the places it names, but nothing here has understood the code, and what no rule knows is not found.')
SUB_MODEL = ('> **No language model was used** to explore and to write; the notes on single files are a sub model\'s words. All else was made by fixed rules: it can be looked up'
             ' at the places named, but nothing here has understood the whole.')
STEPS_OF = (('languages', 'sizes and README'), ('manifests', 'manifests'), ('imports', 'imports'), ('entries', 'modules and entry points'), ('hot_files', 'hot spots'),
            ('test_files', 'tests'), ('delivery', 'continuous integration and containers'), ('risks', 'risky patterns'), ('digests', 'descriptions of the key files'))


def plan():
    yield from planned('Nothing presses by these rules: no risky line, tests and documents are there. A language model, or a reader, may see more.', STEPS_OF)


section('plan', headings[3], plan)
hand_over(('architecture', 'audit', 'quality', 'plan'), NO_MODEL, SUB_MODEL)
