"""Words with a meaning: for "no value", for true and false, for numbers that are none."""

#: Stands for texts of white space alone among null tokens.
BLANK = " "

#: Compared without case and without surrounding white space. Words that are categories as often as not, such as
#: "unknown" or "missing", are values. NaN is not among them: it is a number that says it is none.
NULL_TOKENS = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "?",
        ".",
        "..",
        "na",
        "n/a",
        "#n/a",
        "n.a.",
        "<na>",
        "null",
        "(null)",
        "<null>",
        "none",
        "nil",
        "\\n",
    }
)
"""``\\n`` is a backslash and an n, which is how database dumps write NULL (``\\N``)."""

NAN_WORDS = frozenset({"nan", "+nan", "-nan"})
POSITIVE_INFINITY_WORDS = frozenset({"inf", "+inf", "infinity", "+infinity"})
NEGATIVE_INFINITY_WORDS = frozenset({"-inf", "-infinity"})

#: Pairs of (true, false), in English, German, French, Spanish, Italian, Portuguese, Greek, Russian, Polish and Dutch. A
#: pair other than the first must occur with both words: "f" alone is a sex, "no" a country.
BOOLEAN_PAIRS = (
    ("true", "false"),
    ("yes", "no"),
    ("t", "f"),
    ("y", "n"),
    ("ja", "nein"),
    ("j", "n"),
    ("wahr", "falsch"),
    ("oui", "non"),
    ("o", "n"),
    ("vrai", "faux"),
    ("si", "no"),
    ("sí", "no"),
    ("sì", "no"),
    ("s", "n"),
    ("verdadero", "falso"),
    ("vero", "falso"),
    ("sim", "não"),
    ("sim", "nao"),
    ("verdadeiro", "falso"),
    ("ναι", "όχι"),
    ("ναι", "οχι"),
    ("αληθές", "ψευδές"),
    ("αληθης", "ψευδης"),
    ("да", "нет"),
    ("tak", "nie"),
    ("ja", "nee"),
)
#: Every word of the pairs once, true ones and false ones; the order is that of stored states.
BOOLEAN_WORDS = tuple(dict.fromkeys(word for pair in BOOLEAN_PAIRS for word in pair))
#: Whether each of these words is for true.
BOOLEAN_TRUTHS = tuple(any(word == true for true, _ in BOOLEAN_PAIRS) for word in BOOLEAN_WORDS)

#: No word above has more bytes.
LONGEST_WORD = max(
    len(word.encode())
    for words in (NULL_TOKENS, NAN_WORDS, POSITIVE_INFINITY_WORDS, NEGATIVE_INFINITY_WORDS, BOOLEAN_WORDS)
    for word in words
)
