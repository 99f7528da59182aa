#!/bin/sh
# Fills the sample database at its first start, as the image's entry point runs it: a table of ships' calls, and the
# account by which the profiling service reads it, which may do nothing else.
set -eu

psql --quiet --set=ON_ERROR_STOP=1 --set=reader="$SAMPLE_READER_PASSWORD" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE TABLE ports (
    id       text PRIMARY KEY,
    name     text NOT NULL,
    country  char(2) NOT NULL
);
COMMENT ON TABLE ports IS 'Ports that ships call at';
INSERT INTO ports VALUES ('001', 'Syros', 'GR'), ('002', 'Naxos', 'GR'), ('003', 'Leixões', 'PT');

CREATE TABLE calls (
    call_id  integer PRIMARY KEY,
    port_id  text NOT NULL REFERENCES ports,
    arrived  timestamp NOT NULL,
    draught  numeric(4, 2),
    remark   text
);
COMMENT ON COLUMN calls.draught IS 'Metres below the water line';
INSERT INTO calls
SELECT number, lpad((1 + number % 3)::text, 3, '0'), timestamp '2026-01-01' + number * interval '7 hours',
    CASE WHEN number % 10 <> 0 THEN 4 + number % 7 * 0.75 END, CASE WHEN number % 4 = 0 THEN 'at anchor' END
FROM generate_series(1, 500) AS number;
ANALYZE;

CREATE ROLE profiler LOGIN PASSWORD :'reader';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO profiler;
SQL
