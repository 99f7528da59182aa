"""Words with a meaning: for "no value", for true and false, for months."""

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

#: Pairs of (true, false). A pair other than the first must occur with both words: "f" alone is a sex, "no" a country.
BOOLEAN_PAIRS = (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"))
BOOLEAN_WORDS = tuple(word for pair in BOOLEAN_PAIRS for word in pair)

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

#: Every word above is shorter than this many bytes.
LONGEST_WORD = 12
