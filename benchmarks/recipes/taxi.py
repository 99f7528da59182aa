"""Yellow-cab trips: small integers, prices with two decimals, moments, and a column that is empty at first.

Real trips are drawn again and again, with noise on what is measured: a table of any length that has the distributions
of the real one. Without the real one, a synthetic table of the same shape stands in for it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

VERSION = 1
BLOCK_ROWS = 250_000
_SEED = 20190101
_SYNTHETIC_TRIPS = 20_000
_DAY = 86_400
_MONTHS = np.datetime64("2019-01-01", "s"), 59 * _DAY


def blocks(rows: int, trips: pa.Table) -> Iterator[pa.Table]:
    """A table of trips, block by block; a longer table begins with a shorter one.

    :param rows: how many.
    :param trips: what is drawn from: :func:`real_trips` or :func:`synthetic_trips`.
    """
    for block, start in enumerate(range(0, rows, BLOCK_ROWS)):
        random = np.random.default_rng([_SEED, block])
        # The whole block is always drawn: its first rows must not depend on how many of them are wanted.
        yield _noisy(trips.take(pa.array(random.integers(0, trips.num_rows, BLOCK_ROWS))), random).slice(
            0, min(BLOCK_ROWS, rows - start)
        )


def real_trips(folder: Path) -> pa.Table:
    """The trips of all CSV files of a folder, in the order of the names.

    :raises ValueError: when there is none.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise ValueError(f"{folder} holds no CSV file of trips; give --data the folder of yellow_tripdata files.")
    tables = [pyarrow.csv.read_csv(file) for file in files]
    return pa.concat_tables(tables, promote_options="permissive")


def synthetic_trips() -> pa.Table:
    """Trips that nobody made, in the shape of the real ones."""
    random = np.random.default_rng(_SEED)
    size = _SYNTHETIC_TRIPS
    first, seconds = _MONTHS
    pickup = first + random.integers(0, seconds, size).astype("timedelta64[s]")
    distance = np.round(random.lognormal(0.6, 0.9, size), 2)
    duration = np.maximum(60, distance * 240 * random.lognormal(0, 0.3, size)).astype("timedelta64[s]")
    paid_by_card = random.random(size) < 0.71
    fare = np.round(2.5 + distance * 2.7 * 2) / 2
    tip = np.round(np.where(paid_by_card, fare * random.beta(4, 14, size), 0.0), 2)
    tolls = np.where(random.random(size) < 0.05, 5.76, 0.0)
    extra = random.choice([0.0, 0.5, 1.0, 2.5], size, p=[0.45, 0.3, 0.2, 0.05])
    congestion = np.where(np.arange(size) < size // 2, np.nan, random.choice([0.0, 2.5], size, p=[0.1, 0.9]))
    charges = extra + tolls + 0.5 + 0.3 + np.nan_to_num(congestion)
    return pa.table(
        {
            "vendor_id": random.choice([1, 2, 4], size, p=[0.36, 0.63, 0.01]),
            "pickup_datetime": pickup,
            "dropoff_datetime": pickup + duration,
            "passenger_count": random.choice(7, size, p=[0.02, 0.7, 0.15, 0.04, 0.02, 0.04, 0.03]),
            "trip_distance": distance,
            "rate_code_id": random.choice([1, 2, 3, 4, 5, 99], size, p=[0.965, 0.022, 0.003, 0.002, 0.006, 0.002]),
            "store_and_fwd_flag": random.choice(["N", "Y"], size, p=[0.995, 0.005]),
            "pickup_location_id": random.integers(1, 266, size),
            "dropoff_location_id": random.integers(1, 266, size),
            "payment_type": np.where(paid_by_card, 1, random.choice([2, 3, 4], size, p=[0.97, 0.02, 0.01])),
            "fare_amount": fare,
            "extra": extra,
            "mta_tax": np.full(size, 0.5),
            "tip_amount": tip,
            "tolls_amount": tolls,
            "improvement_surcharge": np.full(size, 0.3),
            "total_amount": np.round(fare + tip + charges, 2),
            "congestion_surcharge": pa.array(congestion, from_pandas=True),
        }
    )


def _noisy(trips: pa.Table, random: np.random.Generator) -> pa.Table:
    columns = {name: trips[name].combine_chunks() for name in trips.column_names}
    shift = pa.array(random.integers(-3 * _DAY, 3 * _DAY, trips.num_rows), pa.duration("s"))
    for name in ("pickup_datetime", "dropoff_datetime"):
        columns[name] = pc.add(columns[name].cast(pa.timestamp("s")), shift)
    fare, tip, total = (_floats(columns[name]) for name in ("fare_amount", "tip_amount", "total_amount"))
    new_fare = _scaled(fare, 0.03, random)
    new_tip = _scaled(tip, 0.05, random)
    columns["trip_distance"] = _decimals(_scaled(_floats(columns["trip_distance"]), 0.05, random))
    columns["fare_amount"] = _decimals(new_fare)
    columns["tip_amount"] = _decimals(new_tip)
    # What is paid stays the sum of its parts.
    columns["total_amount"] = _decimals(np.round(total - fare - tip + new_fare + new_tip, 2))
    return pa.table(columns)


def _floats(column: pa.Array) -> Any:
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)


def _scaled(values: Any, spread: float, random: np.random.Generator) -> Any:
    return np.round(values * (1 + spread * random.standard_normal(len(values))), 2)


def _decimals(values: Any) -> pa.Array:
    # Adding zero turns the negative zeros of rounding into zeros: files of prices hold none.
    return pa.array(values + 0.0, from_pandas=True)
