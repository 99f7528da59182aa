"""The queue as the Redis server reads it, client by client: a long one costs no more than a short one."""

from airflow_provider_profiler.jobs.redis_scripts import PRELUDE

# A job's turn: how many of its client's jobs run or wait before it. Whoever sent a thousand has the turns 0 to 999.
_BODIES = {
    # 1 runner, 2 now, 3 limit: {priority and age of a job, its turn, ...}
    "claimable": """
local found = {}
if ARGV[3] == '0' then return found end
for _, client in ipairs(call('SMEMBERS', key('clients', ARGV[1]))) do
  local own = ':client:' .. client
  local running = call('ZCARD', key('leased', ARGV[1] .. own))
  for i, order in ipairs(call('ZRANGE', key('waiting', ARGV[1] .. own), 0, ARGV[3] - 1)) do
    found[#found + 1] = order
    found[#found + 1] = tostring(running + i - 1)
  end
end
-- Only as many as processes died with, or are about to renew.
for _, member in ipairs(call('ZRANGEBYLEX', key('leased', ARGV[1]), '-', '[' .. ARGV[2] .. '|~')) do
  found[#found + 1] = string.match(member, '|(.+)$')
  found[#found + 1] = '-1'
end
return found
""",
    # 1 job: its place, or 0
    "queue_place": """
local row = call('HMGET', key('job', ARGV[1]), 'runner', 'client', 'order', 'ended', 'lease_until')
if not row[1] or row[1] == 'embedded' or row[4] == '1' or row[5] then return 0 end
local runner, order, priority = row[1], row[3], string.sub(row[3], 1, 4)
local own = ':client:' .. row[2]
local place = call('ZRANK', key('waiting', runner .. own), order)
local turn = call('ZCARD', key('leased', runner .. own)) + place
for _, client in ipairs(call('SMEMBERS', key('clients', runner))) do
  if client ~= row[2] then
    local jobs = key('waiting', runner .. ':client:' .. client)
    local urgent = call('ZLEXCOUNT', jobs, '-', '(' .. priority)
    local equal = call('ZLEXCOUNT', jobs, '[' .. priority, '[' .. priority .. '~')
    -- Those of this priority have the turns from here on; the one whose turn is the same comes first if it is older.
    local before = turn - call('ZCARD', key('leased', runner .. ':client:' .. client)) - urgent
    if before >= 0 and before < equal and call('ZRANGE', jobs, urgent + before, urgent + before)[1] < order then
      before = before + 1
    end
    place = place + urgent + math.max(0, math.min(before, equal))
  end
end
return place + 1
""",
    # nothing
    "waiting_count": """
return call('ZCARD', key('waiting', 'inline')) + call('ZCARD', key('waiting', 'ray'))
""",
    # 1 name, 2 owner, 3 now, 4 until; running twice changes nothing
    "hold_duty": """
local duty = key('duty', ARGV[1])
local row = call('HMGET', duty, 'owner', 'until')
if row[1] and row[1] ~= ARGV[2] and row[2] > ARGV[3] then return 0 end
call('HSET', duty, 'owner', ARGV[2], 'until', ARGV[4])
return 1
""",
    # 1 name, 2 owner, 3 cursor; running twice changes nothing
    "set_duty_cursor": """
local duty = key('duty', ARGV[1])
if call('HGET', duty, 'owner') ~= ARGV[2] then return 0 end
call('HSET', duty, 'cursor', ARGV[3])
return 1
""",
    # 1 moment: trims up to the first event that is not older, as many at a time as others may wait for
    "trim_feed": """
local events = call('XRANGE', 'profiler:feed', '-', '+', 'COUNT', 1000)
local last
for _, event in ipairs(events) do
  local at
  for i = 1, #event[2], 2 do
    if event[2][i] == 'event' then at = string.match(event[2][i + 1], '"at":"([^"]+)"') end
  end
  if at >= ARGV[1] then break end
  last = event[1]
end
if not last then return 0 end
local cursor = tonumber(string.match(last, '^%d+'))
return call('XTRIM', 'profiler:feed', 'MINID', string.format('%d-0', cursor + 1))
""",
}

QUEUE_SCRIPTS = {name: PRELUDE + body for name, body in _BODIES.items()}
