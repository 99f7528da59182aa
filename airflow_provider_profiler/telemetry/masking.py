"""What must not be read by anyone: tokens, passwords and credentials in URLs are replaced before text leaves."""

import logging
import re

MASK = "********"

# Every repetition below is bounded or cannot overlap with what precedes it, so that no text, however it was made,
# takes more than linear time. In doubt they mask too much.
_QUOTED_OR_WORD = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s,;&"')\]}]+)"""
#: What to replace, after words (in small letters) without one of which nothing can be found.
_PATTERNS = (
    # The three parts of a JWT (RFC 7519): the first always begins with {" in base64url.
    (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),
    # RFC 6750 and RFC 7617: the scheme word, then the credentials.
    (
        ("authorization",),
        re.compile(r"(?i)\b(authorization[\"']?\s{0,4}[:=]\s{0,4}[\"']?)(?:\w{1,20}[ \t]+)?[^\s,;\"']+"),
        rf"\1{MASK}",
    ),
    (("bearer",), re.compile(r"(?i)\b(bearer[ \t]+)[\w.~+/=-]{6,}"), rf"\1{MASK}"),
    # RFC 3986, 3.2.1: user information stands between // and the last @ before the path.
    (("://",), re.compile(r"://[^\s/\"']+@"), f"://{MASK}@"),
    (
        ("password", "passwd", "passphrase", "pwd", "secret", "token", "key", "credential"),
        re.compile(
            r"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)"
            rf"[\w-]{{0,40}}[\"']?\s{{0,4}}[:=]\s{{0,4}}){_QUOTED_OR_WORD}"
        ),
        rf"\1{MASK}",
    ),
)


def mask_secrets(text: str) -> str:
    """Replace bearer tokens, JWTs, values of password-like names, and user information in URLs."""
    # Most lines hold nothing of the kind, which is found out much faster than by the patterns themselves. Beyond ASCII
    # there are letters that a pattern takes for one of ours, and that have no small letter of ours.
    small = text.lower() if text.isascii() else None
    for words, pattern, replacement in _PATTERNS:
        if small is None or any(word in small for word in words):
            text = pattern.sub(replacement, text)
    return text


def masked_message(record: logging.LogRecord) -> str:
    """The message of a log record, arguments filled in, without secrets."""
    if getattr(record, "masked", False):
        return str(record.msg)
    try:
        message = record.getMessage()
    except Exception:  # a wrong placeholder must not silence the line, nor show its arguments
        message = f"{record.msg} (its arguments do not fit)"
    return mask_secrets(message)


class MaskingFilter(logging.Filter):
    """Masks secrets in the message, the traceback and the stack of every record; drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message by its masked text, arguments filled in."""
        record.msg = masked_message(record)
        record.args = None
        record.masked = True
        if record.exc_info and not record.exc_text:
            # Formatters reuse a text that is there already: the traceback is masked once, for all of them.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask_secrets(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_secrets(record.stack_info)
        return True
