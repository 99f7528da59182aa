"""What the Redis job store does in one piece: scripts that the server runs without anything in between.

Keys, all under ``profiler:``:

- ``schema``: the version of this layout
- ``number``: how many jobs were ever submitted; ``cursor``: how many events ever happened
- ``job:{id}``: a hash, the columns of a job's row; a column without value is absent
- ``events:{id}``: a list of the job's events; the place in the list is the sequence number, so there are no gaps
- ``feed``: a stream of the events of all jobs, under their cursors
- ``dataset:{id}``: a hash with ``name``, ``last_revision``, ``published_revision`` and ``sections``
- ``datasets``: names and ids of datasets; ``revisions:{dataset}``: jobs by revision, which is their score
- ``keys``: a hash from client and idempotency key to job
- ``jobs``, ``jobs:state:{state}``, ``jobs:dataset:{id}``, ``jobs:dataset:{id}:state:{state}``, ``jobs:ended:{0 or 1}``,
  ``jobs:client:{client}``, ``jobs:dag:{dag}``: jobs by age
- ``waiting:{runner}``: jobs that anybody may claim, by priority and age; ``leased:{runner}``: claimed ones by the end
  of their lease; ``waiting:{runner}:client:{client}`` and ``leased:...`` those of one client
- ``clients:{runner}``: the clients of which jobs wait
- ``duty:{name}``: a hash with ``owner``, ``until`` and ``cursor``
- ``hold:job:{id}``, ``hold:dataset:{id}``: who is in an exclusive section; they run out by themselves
- ``done:{call}``: what a call that changed something answered, for a while

All other sorted sets have score 0 and are ordered by their members, which begin with moments as text of fixed width:
numbers would lose microseconds. The keys are made inside the scripts, so a Redis Cluster cannot run them.
"""

#: Seconds for which a call may be repeated without being carried out twice.
REMEMBERED_SECONDS = 120

#: What every script begins with.
PRELUDE = (
    """
local call = redis.call

local function key(kind, id) return 'profiler:' .. kind .. ':' .. id end

local function row_of(job)
  if job == '' then return {} end
  return call('HGETALL', key('job', job))
end

local function done(id, job, extra)
  call('SET', key('done', id), extra, 'EX', REMEMBERED)
  return {'ok', extra, row_of(job)}
end

-- The connection broke after the server had carried the call out: the repeated call gets the same answer.
local function repeated(id, job)
  local extra = call('GET', key('done', id))
  if extra then return {'ok', extra, row_of(job)} end
end

local function refusal(job, attempt)
  local row = call('HMGET', key('job', job), 'attempt', 'ended', 'owner', 'state')
  if not row[1] then return {'missing', '', {}} end
  if row[2] == '1' then return {'ended', row[4], {}} end
  if row[1] ~= attempt or not row[3] then return {'stale', '', {}} end
end

-- Somebody is in an exclusive section of the job: it may neither change hands nor end before he is out.
local function busy(job)
  if call('EXISTS', key('hold:job', job)) == 1 then return {'busy', '', {}} end
end

local function places(job)
  local row = call('HMGET', key('job', job),
    'state', 'dataset_id', 'runner', 'ended', 'lease_until', 'attempt', 'order', 'age', 'client')
  local found = {
    {key('jobs:state', row[1]), row[8]},
    {key('jobs:dataset', row[2] .. ':state:' .. row[1]), row[8]},
    {key('jobs:ended', row[4] == '1' and '1' or '0'), row[8]},
  }
  if row[4] ~= '1' and (row[3] ~= 'embedded' or row[6] == '0') then
    local queue = row[5] and key('leased', row[3]) or key('waiting', row[3])
    found[4] = {queue, row[5] and row[5] .. '|' .. row[7] or row[7]}
    found[5] = {queue .. ':client:' .. row[9], row[7]}
  end
  return found
end

-- Where a job stands for as long as it is known.
local function indexes(job)
  local row = call('HMGET', key('job', job), 'age', 'dataset_id', 'client', 'dag_id')
  local found = {'profiler:jobs', key('jobs:dataset', row[2]), key('jobs:client', row[3])}
  if row[4] and row[4] ~= '' then found[4] = key('jobs:dag', row[4]) end
  return found, row[1]
end

local function list_job(job)
  local found, age = indexes(job)
  for _, index in ipairs(found) do call('ZADD', index, 0, age) end
end

local function leave(job)
  for _, place in ipairs(places(job)) do call('ZREM', place[1], place[2]) end
end

-- Clients are told apart from their jobs, so that the queue is read client by client and never as a whole.
local function note_client(job)
  local row = call('HMGET', key('job', job), 'runner', 'client')
  local jobs = call('EXISTS', key('waiting', row[1] .. ':client:' .. row[2]))
  call(jobs == 1 and 'SADD' or 'SREM', key('clients', row[1]), row[2])
end

local function take_places(job)
  for _, place in ipairs(places(job)) do call('ZADD', place[1], 0, place[2]) end
  note_client(job)
end

local function change(job, apply)
  leave(job)
  apply(key('job', job))
  take_places(job)
end

local function columns(first)
  local found = {}
  for i = first, #ARGV do found[#found + 1] = ARGV[i] end
  return found
end

local function set(row, pairs_of_columns)
  if #pairs_of_columns > 0 then call('HSET', row, unpack(pairs_of_columns)) end
end

local function tell(job, event)
  local sequence = call('RPUSH', key('events', job), event)
  local row = call('HMGET', key('job', job), 'dataset_id', 'revision')
  -- A number of the stream's own would be one of milliseconds, which may come to stand still.
  call('XADD', 'profiler:feed', string.format('%d-0', call('INCR', 'profiler:cursor')),
    'job', job, 'dataset', row[1], 'revision', row[2], 'sequence', sequence, 'event', event)
  return sequence
end

-- What has happened since the last change: how many events, from an argument on, and each of them. Where they end.
local function told(job, first)
  local last = first + tonumber(ARGV[first])
  for i = first + 1, last do tell(job, ARGV[i]) end
  return last + 1
end

local function fail(job, reason, at, event)
  change(job, function(row)
    call('HSET', row, 'state', 'FAILED', 'reason', reason, 'ended', '1', 'finished', at)
    call('HDEL', row, 'lease_until')
  end)
  tell(job, event)
end

local function leased(job, at)
  local until_ = call('HGET', key('job', job), 'lease_until')
  return until_ and until_ > at
end
"""
).replace("REMEMBERED", str(REMEMBERED_SECONDS))

# Those that change something have as arguments: 1 the call's own id, 2 the job. Each answers {word, extra, row}.
_BODIES = {
    # 3 dataset, 4 client and key or '', 5 creation, 6 rank of the priority, 7 event, 8 name of the dataset, 9 client,
    # 10 and 11 how many jobs may wait of all and of the client, or '', 12... columns
    "submit": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
if ARGV[4] ~= '' then
  local made = call('HGET', 'profiler:keys', ARGV[4])
  if made then return {'repeated', '', row_of(made)} end
end
local job, row = ARGV[2], key('job', ARGV[2])
if call('EXISTS', row) == 1 then return {'taken', '', {}} end
local function waiting(suffix)
  return call('ZCARD', key('waiting', 'inline' .. suffix)) + call('ZCARD', key('waiting', 'ray' .. suffix))
end
local all, own = waiting(''), waiting(':client:' .. ARGV[9])
if (ARGV[10] ~= '' and all >= tonumber(ARGV[10])) or (ARGV[11] ~= '' and own >= tonumber(ARGV[11])) then
  return {'full', '', {tostring(all), tostring(own)}}
end
local dataset = key('dataset', ARGV[3])
local revision = call('HINCRBY', dataset, 'last_revision', 1)
local name = call('HGET', dataset, 'name')
if name ~= ARGV[8] then
  if name then call('ZREM', 'profiler:datasets', name .. '\\0' .. ARGV[3]) end
  call('HSET', dataset, 'name', ARGV[8])
end
call('ZADD', 'profiler:datasets', 0, ARGV[8] .. '\\0' .. ARGV[3])
local age = ARGV[5] .. '|' .. string.format('%016d', call('INCR', 'profiler:number')) .. '|' .. job
set(row, columns(12))
call('HSET', row, 'revision', revision, 'attempt', '0', 'age', age, 'order', ARGV[6] .. '|' .. age)
take_places(job)
list_job(job)
call('ZADD', key('revisions', ARGV[3]), revision, job)
if ARGV[4] ~= '' then call('HSET', 'profiler:keys', ARGV[4], job) end
tell(job, ARGV[7])
return done(ARGV[1], job, '')
""",
    # 3 owner, 4 now, 5 end of the lease, 6 event of the start
    "claim": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
local job = ARGV[2]
local row = call('HMGET', key('job', job), 'attempt', 'ended', 'runner', 'state', 'started', 'owner')
if not row[1] then return {'missing', '', {}} end
if row[2] == '1' or leased(job, ARGV[4]) or (row[3] == 'embedded' and row[1] ~= '0') then return {'none', '', {}} end
local held = busy(job)
if held then return held end
local attempt
change(job, function(hash)
  attempt = call('HINCRBY', hash, 'attempt', 1)
  -- Whoever gives a job back takes its name off.
  if row[6] then call('HINCRBY', hash, 'losses', 1) end
  call('HSET', hash, 'owner', ARGV[3], 'lease_until', ARGV[5], 'heartbeat', ARGV[4])
  if not row[5] then call('HSET', hash, 'started', ARGV[4]) end
  if row[4] == 'SUBMITTING' then call('HSET', hash, 'state', 'STARTING') end
end)
if row[4] == 'SUBMITTING' then tell(job, ARGV[6]) end
return done(ARGV[1], job, tostring(attempt))
""",
    # 3 attempt, 4 now, 5 end of the lease
    "renew": """
local again = repeated(ARGV[1], ARGV[2]) or refusal(ARGV[2], ARGV[3])
if again then return again end
change(ARGV[2], function(row) call('HSET', row, 'lease_until', ARGV[5], 'heartbeat', ARGV[4]) end)
return done(ARGV[1], ARGV[2], '')
""",
    # 3 attempt
    "release": """
local again = repeated(ARGV[1], ARGV[2]) or refusal(ARGV[2], ARGV[3]) or busy(ARGV[2])
if again then return again end
change(ARGV[2], function(row) call('HDEL', row, 'owner', 'lease_until') end)
return done(ARGV[1], ARGV[2], '')
""",
    # 3 attempt, 4 number of events, then these, then columns
    "update": """
local again = repeated(ARGV[1], ARGV[2]) or refusal(ARGV[2], ARGV[3])
if again then return again end
set(key('job', ARGV[2]), columns(told(ARGV[2], 4)))
return done(ARGV[1], ARGV[2], '')
""",
    # 3 attempt, 4 state, 5 and 6 whether it ends a light and a heavy job, 7 end, 8 event, 9 and 10 from which states a
    # light and a heavy job may come to it, 11 number of events, then these, then columns
    "transition": """
local again = repeated(ARGV[1], ARGV[2]) or refusal(ARGV[2], ARGV[3])
if again then return again end
local now = call('HMGET', key('job', ARGV[2]), 'state', 'target')
if not string.find(now[2] == 'light' and ARGV[9] or ARGV[10], '|' .. now[1] .. '|', 1, true) then
  return {'illegal', now[1], {}}
end
local held = busy(ARGV[2])
if held then return held end
local first = told(ARGV[2], 11)
change(ARGV[2], function(row)
  set(row, columns(first))
  call('HSET', row, 'state', ARGV[4])
  local light = call('HGET', row, 'target') == 'light'
  if (light and ARGV[5] or not light and ARGV[6]) == '1' then
    call('HSET', row, 'ended', '1', 'finished', ARGV[7])
    call('HDEL', row, 'lease_until')
  end
end)
tell(ARGV[2], ARGV[8])
return done(ARGV[1], ARGV[2], '')
""",
    # 3 attempt, 4 moment, 5 reason, 6 event
    "fail_lost": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
local row = call('HMGET', key('job', ARGV[2]), 'attempt', 'ended')
if not row[1] then return {'missing', '', {}} end
if row[2] == '1' or row[1] ~= ARGV[3] or leased(ARGV[2], ARGV[4]) then return {'ok', '', row_of(ARGV[2])} end
local held = busy(ARGV[2])
if held then return held end
fail(ARGV[2], ARGV[5], ARGV[4], ARGV[6])
return done(ARGV[1], ARGV[2], '')
""",
    # 3 moment, 4 reason, 5 event
    "request_abort": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
local row = call('HMGET', key('job', ARGV[2]), 'attempt', 'ended', 'abort_reason')
if not row[1] then return {'missing', '', {}} end
if row[2] == '1' or row[3] then return {'ok', '', row_of(ARGV[2])} end
if leased(ARGV[2], ARGV[3]) then
  call('HSET', key('job', ARGV[2]), 'abort_reason', ARGV[4])
  return done(ARGV[1], ARGV[2], '')
end
local held = busy(ARGV[2])
if held then return held end
call('HSET', key('job', ARGV[2]), 'abort_reason', ARGV[4])
fail(ARGV[2], ARGV[4], ARGV[3], ARGV[5])
return done(ARGV[1], ARGV[2], '')
""",
    # 3 event
    "mark_cleaned_up": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
local row = key('job', ARGV[2])
if call('EXISTS', row) == 0 or call('HGET', row, 'cleaned_up') then return {'none', '', {}} end
call('HSET', row, 'cleaned_up', '1')
tell(ARGV[2], ARGV[3])
return done(ARGV[1], ARGV[2], '')
""",
    # 3 client and key or '', 4 event
    "remove_job": """
local again = repeated(ARGV[1], ARGV[2])
if again then return again end
local job, row = ARGV[2], key('job', ARGV[2])
local found = call('HMGET', row, 'ended', 'dataset_id', 'revision')
if found[1] ~= '1' or call('HGET', key('dataset', found[2]), 'published_revision') == found[3] then
  return {'none', '', {}}
end
tell(job, ARGV[4])
leave(job)
local listed, age = indexes(job)
for _, index in ipairs(listed) do call('ZREM', index, age) end
call('ZREM', key('revisions', found[2]), job)
if ARGV[3] ~= '' then call('HDEL', 'profiler:keys', ARGV[3]) end
call('DEL', row, key('events', job))
return done(ARGV[1], '', '')
""",
}

SCRIPTS = {name: PRELUDE + body for name, body in _BODIES.items()}
