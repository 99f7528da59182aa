"""What stands beside a number and says of what it is: currencies, shares, units of measurement."""

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
#: ISO 4217 codes of currencies in circulation.
CURRENCY_CODES = frozenset(_CODES.split())

#: Signs of currencies with their ISO 4217 code, or None where several currencies share the sign.
CURRENCY_SIGNS: dict[str, str | None] = {
    "€": "EUR",
    "£": None,
    "$": None,
    "US$": "USD",
    "A$": "AUD",
    "C$": "CAD",
    "R$": "BRL",
    "HK$": "HKD",
    "NZ$": "NZD",
    "¥": None,
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "₴": "UAH",
    "₪": "ILS",
    "₩": None,
    "₫": "VND",
    "฿": "THB",
    "₦": "NGN",
    "₱": "PHP",
    "₸": "KZT",
    "₡": "CRC",
    "₲": "PYG",
    "₵": "GHS",
    "zł": "PLN",
    "Kč": "CZK",
    "kr": None,
    "Ft": "HUF",
    "Fr.": "CHF",
}

#: Units that may follow a number directly or after a blank. Compared with case: ``M`` is not ``m``.
_CLOSE_UNITS = (
    "% ‰ °C °F ° mm cm km mg kg ml cl kW MW kWh MWh GWh Hz kHz MHz GHz kB KB MB GB TB Pa hPa kPa bar mph km/h "
    "m/s m² m³ km² µm µg kcal dB ppm mol mmol"
)
#: Units that are letters of codes and numbers of houses as often as not, unless a blank stands before them.
_DISTANT_UNITS = "m g t l L h s d ha min sec V A W K J N kJ m2 m3 km2 cm2 cm3 ft in lb oz mi pt"

UNITS_BEFORE = CURRENCY_CODES | CURRENCY_SIGNS.keys()
UNITS_CLOSE_BEHIND = CURRENCY_CODES | CURRENCY_SIGNS.keys() | set(_CLOSE_UNITS.split())
UNITS_BEHIND_A_BLANK = UNITS_CLOSE_BEHIND | set(_DISTANT_UNITS.split())


def currency_of(unit: str) -> str | None:
    """The ISO 4217 code of a currency's code or sign; None for other units, and for signs that several share."""
    return unit if unit in CURRENCY_CODES else CURRENCY_SIGNS.get(unit)
