"""Tables as people publish them, some of whose rows are damaged: made from a seed."""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

_WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "Ωμέγα", "Σύρος", "naïve", "O'Brien", "don't", "café"]


@dataclass(frozen=True)
class DamagedTable:
    """A text before and after some of its rows were damaged."""

    delimiter: str
    sound: str
    damaged: str
    damaged_rows: int

    def sound_rows(self) -> list[list[str]]:
        """Header and rows before the damage, as Python reads them."""
        return list(csv.reader(io.StringIO(self.sound, newline=""), delimiter=self.delimiter))


def damaged_table(seed: int) -> DamagedTable:
    """A table of two columns or more; up to a tenth of its rows have a quote or a delimiter too many or too few."""
    rng = random.Random(seed)
    kinds = [rng.choice(list(_KINDS)) for _ in range(rng.choice([2, 3, 4, 6, 12]))]
    count = rng.choice([10, 12, 30, 100, 400])
    delimiter, line_end = rng.choice(",;\t|"), rng.choice(["\n", "\r\n"])
    style = {
        "delimiter": delimiter,
        "lineterminator": line_end,
        "quoting": rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    }

    def line(cells: Sequence[str]) -> str:
        text = io.StringIO()
        csv.writer(text, **style).writerow(cells)  # type: ignore[arg-type]
        return text.getvalue().removesuffix(line_end)

    names = [f"{kind}_{index}" for index, kind in enumerate(kinds)]
    lines = [line(names), *(line([_cell(kind, rng) for kind in kinds]) for _ in range(count))]
    hit = rng.sample(range(1, count + 1), rng.choice([1, 1, 2, max(1, count // 20)]))
    damaged = [_damaged(text, delimiter, rng) if row in hit else text for row, text in enumerate(lines)]
    return DamagedTable(
        delimiter, line_end.join(lines) + line_end, line_end.join(damaged) + line_end, damaged_rows=len(hit)
    )


_KINDS = {
    "number": lambda rng: str(rng.randint(0, 10 ** rng.randint(1, 6))),
    "price": lambda rng: f"{rng.uniform(-1e4, 1e4):.2f}",
    "day": lambda rng: f"20{rng.randint(10, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "word": lambda rng: rng.choice(_WORDS),
    "code": lambda rng: f"{rng.choice('ABC')}{rng.randint(0, 9999):04}",
    "sparse": lambda rng: rng.choice(["", "", rng.choice(_WORDS)]),
    "listing": lambda rng: ", ".join(rng.choice(_WORDS) for _ in range(rng.randint(1, 4))),
    "speech": lambda rng: f'{rng.choice(_WORDS)} said "{rng.choice(_WORDS)}"',
    "inches": lambda rng: rng.choice(['5" pipe', '12"', rng.choice(_WORDS)]),
    "lines": lambda rng: "\n".join(
        " ".join(rng.choices(_WORDS, k=rng.randint(0, 5))) for _ in range(rng.randint(1, 4))
    ),
}


def _cell(kind: str, rng: random.Random) -> str:
    return _KINDS[kind](rng)


def _damaged(text: str, delimiter: str, rng: random.Random) -> str:
    delimiters = [place for place, character in enumerate(text) if character == delimiter]
    match rng.choice(["quote", "quote", "at start", "at end", "missing", "extra"]):
        case "missing":
            place = rng.choice(delimiters)
            return text[:place] + text[place + 1 :]
        case "extra":
            place, mark = rng.randint(0, len(text)), delimiter
        case "at start":
            place, mark = rng.choice([0, *(place + 1 for place in delimiters)]), '"'
        case "at end":
            place, mark = rng.choice([*delimiters, len(text)]), '"'
        case _:
            place, mark = rng.randint(0, len(text)), '"'
    return text[:place] + mark + text[place:]
