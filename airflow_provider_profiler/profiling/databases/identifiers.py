"""Names of tables and columns as parts of statements: always quoted, whatever is in them.

Values never become parts of statements by way of text: the few that are needed are whole numbers or checked by form.
"""


def quoted(name: str) -> str:
    """A name for standard SQL (ISO/IEC 9075): in double quotes, those within it doubled.

    :raises ValueError: for a name that holds a NUL character, which no server takes.
    """
    return _enclosed(name, '"')


def backquoted(name: str) -> str:
    """A name for MySQL and MariaDB, whatever their ``sql_mode``: in backquotes, those within it doubled.

    :raises ValueError: for a name that holds a NUL character.
    """
    return _enclosed(name, "`")


def _enclosed(name: str, quote: str) -> str:
    if "\0" in name:
        raise ValueError("a name cannot hold a NUL character")
    return f"{quote}{name.replace(quote, quote * 2)}{quote}"
