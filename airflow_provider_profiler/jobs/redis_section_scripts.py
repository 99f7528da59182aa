"""How processes enter and leave exclusive sections of a job or a dataset: scripts that the Redis server runs."""

from airflow_provider_profiler.jobs.redis_scripts import PRELUDE

# Whoever enters a section of a dataset gets the next number of `sections`: a later number tells an earlier holder for
# certain that he is not the last one any more, whatever clocks and expiries say. For a job the attempt does the same.
_HEAD = (
    PRELUDE
    + """
-- 1 token, 2 job or '', 3 attempt, 4 dataset or '', 5 milliseconds, 6 number of the section, 7 '1' to publish the job
local token, job, attempt, dataset = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if ARGV[7] == '1' then dataset = call('HGET', key('job', job), 'dataset_id') or '' end
local holds = {}
if job ~= '' then holds[#holds + 1] = key('hold:job', job) end
if dataset ~= '' then holds[#holds + 1] = key('hold:dataset', dataset) end

local function others()
  for _, hold in ipairs(holds) do
    local holder = call('GET', hold)
    if holder and holder ~= token then return true end
  end
end

local function hold_on()
  for _, hold in ipairs(holds) do call('SET', hold, token, 'PX', ARGV[5]) end
end

local function let_go()
  for _, hold in ipairs(holds) do
    if call('GET', hold) == token then call('DEL', hold) end
  end
end

local function superseded()
  return dataset ~= '' and (call('HGET', key('dataset', dataset), 'sections') or '0') ~= ARGV[6]
end
"""
)

_BODIES = {
    "enter": """
if job ~= '' then
  local refused = refusal(job, attempt)
  if refused then return refused end
end
local published = dataset ~= '' and call('HGET', key('dataset', dataset), 'published_revision') or '0'
if ARGV[7] == '1' and tonumber(published) > tonumber(call('HGET', key('job', job), 'revision')) then
  return {'newer', '', {}}
end
if others() then return {'busy', '', {}} end
hold_on()
local number = dataset ~= '' and tostring(call('HINCRBY', key('dataset', dataset), 'sections', 1)) or ''
return {'ok', number, {published}}
""",
    # Prolongs; after an outage in which the hold ran out it is taken again, if nobody came in between.
    "keep": """
if job ~= '' then
  local refused = refusal(job, attempt)
  if refused then return refused end
end
if superseded() or others() then return {'lost', '', {}} end
hold_on()
return {'ok', '', {}}
""",
    # 8 the call's own id
    "leave": """
local again = repeated(ARGV[8], '')
if again then return again end
let_go()
if job ~= '' then
  local refused = refusal(job, attempt)
  if refused then return refused end
end
if superseded() then return {'lost', '', {}} end
if ARGV[7] == '1' then
  call('HSET', key('dataset', dataset), 'published_revision', call('HGET', key('job', job), 'revision'))
end
return done(ARGV[8], '', '')
""",
    "abandon": """
let_go()
return {'ok', '', {}}
""",
}

SECTION_SCRIPTS = {name: _HEAD + body for name, body in _BODIES.items()}
