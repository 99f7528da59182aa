"""Languages as people declare them, and the codecs that their texts are written in.

A language is declared by its code (ISO 639-1, or either code of ISO 639-2), with or without a region or a script
behind it, or by its name: the English one, or its own.
"""

import re
import unicodedata
from collections.abc import Iterable

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification

_WEST = ("cp1252", "iso8859_15", "cp850", "cp437", "mac_roman")
_CENTRE = ("cp1250", "iso8859_2", "cp852")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5")
_SIMPLIFIED, _TRADITIONAL = ("gb18030",), ("big5",)
#: By language: the codecs of its texts. English has no letters of its own, so it says nothing.
_CODECS: dict[str, tuple[str, ...]] = {
    "en": (),
    **dict.fromkeys(("fr", "de", "es", "pt", "it", "ca", "gl", "eu", "nl", "sv", "fi", "da", "no", "is", "ga"), _WEST),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "bs"), _CENTRE),
    "sq": (*_CENTRE, *_WEST),
    **dict.fromkeys(("ru", "bg", "mk", "be"), _CYRILLIC),
    "uk": ("cp1251", "koi8_u", "cp866", "iso8859_5"),
    "sr": (*_CYRILLIC, *_CENTRE),
    **dict.fromkeys(("lt", "lv", "et"), ("cp1257",)),
    "el": ("cp1253", "iso8859_7", "cp737"),
    "tr": ("cp1254",),
    "az": ("cp1254",),
    "he": ("cp1255",),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256", "iso8859_6")),
    "ja": ("cp932", "euc_jp"),
    "zh": (*_SIMPLIFIED, *_TRADITIONAL),
    "ko": ("euc_kr",),
}
#: What stands behind ``zh`` in a code, and the codecs that it leaves.
_CHINESE = {
    **dict.fromkeys(("hans", "cn", "sg", "simplified", "简体中文"), _SIMPLIFIED),
    **dict.fromkeys(("hant", "tw", "hk", "mo", "traditional", "繁體中文"), _TRADITIONAL),
}
_NAMES = {
    "en": "eng english",
    "fr": "fra fre french français francais",
    "de": "deu ger german deutsch",
    "es": "spa spanish español castilian castellano",
    "pt": "por portuguese português",
    "it": "ita italian italiano",
    "ca": "cat catalan català valencian valencià",
    "gl": "glg galician galego",
    "eu": "eus baq basque euskara",
    "nl": "nld dut dutch flemish nederlands vlaams",
    "sv": "swe swedish svenska",
    "fi": "fin finnish suomi",
    "da": "dan danish dansk",
    "no": "nor nob nno nb nn norwegian norsk bokmål nynorsk",
    "is": "isl ice icelandic íslenska",
    "ga": "gle irish gaeilge",
    "pl": "pol polish polski",
    "cs": "ces cze czech čeština česky český",
    "sk": "slk slo slovak slovenčina",
    "hu": "hun hungarian magyar",
    "ro": "ron rum mo moldavian romanian română",
    "hr": "hrv croatian hrvatski",
    "sl": "slv slovene slovenian slovenščina slovenski",
    "bs": "bos bosnian bosanski",
    "sq": "sqi alb albanian shqip",
    "ru": "rus russian русский",
    "bg": "bul bulgarian български",
    "mk": "mkd mac macedonian македонски",
    "be": "bel belarusian belarussian беларуская",
    "uk": "ukr ukrainian українська",
    "sr": "srp serbian српски srpski",
    "lt": "lit lithuanian lietuvių",
    "lv": "lav latvian latviešu",
    "et": "est estonian eesti",
    "el": "ell gre greek ελληνικά ελληνική",
    "tr": "tur turkish türkçe",
    "az": "aze azerbaijani azərbaycan",
    "he": "heb iw hebrew עברית",
    "ar": "ara arabic العربية عربي",
    "fa": "fas per persian farsi فارسی",
    "ur": "urd urdu اردو",
    "ja": "jpn japanese 日本語",
    "zh": "zho chi cmn chinese mandarin 中文 汉语 漢語 普通话 國語 国语 简体中文 繁體中文",
    "ko": "kor korean 한국어 조선말",
}


def _plain(text: str) -> str:
    """Without case and accents, so that a name is the same however it is written."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


_CODES = {_plain(name): code for code, names in _NAMES.items() for name in (code, *names.split())}
_SEPARATORS = re.compile(r"[\W_]+")
_LONGEST_CODE = 3


def declared_languages(languages: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of declared languages, and the codecs of their texts; what is not known is left out.

    :param languages: codes, names, or addresses that end with a code: ``el``, ``pt-BR``, ``zh_Hant``, ``Greek``,
        ``ελληνικά``, ``http://publications.europa.eu/resource/authority/language/ELL``.
    """
    codes: dict[str, None] = {}
    codecs: dict[str, None] = {}
    for language in languages:
        parts = [part for part in _SEPARATORS.split(_plain(language.rpartition("/")[2])) if part]
        # Behind the first word, short ones are regions and scripts: Greek as it is spoken in Italy is el-IT.
        known = (_CODES[part] for part in parts if part in _CODES and (part is parts[0] or len(part) > _LONGEST_CODE))
        code = next(known, None)
        if code is None:
            continue
        found = _CODECS[code]
        if code == "zh":
            found = next((_CHINESE[part] for part in parts if part in _CHINESE), found)
        elif code in ("sr", "bs") and "latn" in parts:
            found = _CENTRE
        if found:
            codes[code] = None
            codecs.update(dict.fromkeys(found))
    return tuple(codes), tuple(codecs)


def with_languages(options: ProfileOptions, specification: ProfileSpecification) -> ProfileOptions:
    """The options, with the languages that the specification declares where they name none."""
    reading = options.reading
    languages = reading.languages or specification.languages
    return options.model_copy(update={"reading": reading.model_copy(update={"languages": languages})})
