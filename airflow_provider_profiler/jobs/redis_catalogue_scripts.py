"""What the Redis server looks up in one piece: jobs by age, revisions, datasets. Nothing is changed."""

from airflow_provider_profiler.jobs.redis_scripts import PRELUDE

_BODIES = {
    # 1 name of the sorted set, 2 upper and 3 lower end of the members, 4 offset, 5 limit
    "list": """
local rows = {}
if ARGV[5] == '0' then return rows end
for i, age in ipairs(call('ZREVRANGEBYLEX', ARGV[1], ARGV[2], ARGV[3], 'LIMIT', ARGV[4], ARGV[5])) do
  rows[i] = row_of(string.match(age, '[^|]+$'))
end
return rows
""",
    # 1 name of the sorted set, 2 upper and 3 lower end, 4 how many to look at, 5 what they must be: {last, ages...}
    "scan": """
local wanted = cjson.decode(ARGV[5])
local states = {}
for _, state in ipairs(wanted.states) do states[state] = true end
local found = {''}
for _, age in ipairs(call('ZREVRANGEBYLEX', ARGV[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])) do
  found[1] = age
  local row = call('HMGET', key('job', string.match(age, '[^|]+$')),
    'state', 'dataset_id', 'client', 'dag_id', 'ended', 'labels')
  local fits = (#wanted.states == 0 or states[row[1]])
    and (wanted.dataset == '' or wanted.dataset == row[2])
    and (not wanted.by_client or wanted.client == row[3])
    and (not wanted.by_dag or wanted.dag == (row[4] or ''))
    and (wanted.ended == '' or wanted.ended == (row[5] or '0'))
  if fits and #wanted.labels > 0 then
    local labels = cjson.decode(row[6] or '{}')
    for _, label in ipairs(wanted.labels) do fits = fits and labels[label[1]] == label[2] end
  end
  if fits then found[#found + 1] = age end
end
return found
""",
    # 1... jobs
    "rows": """
local rows = {}
for i, job in ipairs(ARGV) do rows[i] = row_of(job) end
return rows
""",
    # 1 how many fields, 2... their names, then the jobs
    "fields": """
local rows = {}
for i = ARGV[1] + 2, #ARGV do rows[#rows + 1] = call('HMGET', key('job', ARGV[i]), unpack(ARGV, 2, ARGV[1] + 1)) end
return rows
""",
    # 1 client and key
    "by_key": """
local made = call('HGET', 'profiler:keys', ARGV[1])
return made and row_of(made) or {}
""",
    # 1 dataset, 2 revision
    "revision": """
local job = call('ZRANGEBYSCORE', key('revisions', ARGV[1]), ARGV[2], ARGV[2])[1]
return job and row_of(job) or {}
""",
    # 1 dataset, 2 '1' for the latest that reached its target
    "latest_revision": """
local place = 0
while true do
  local jobs = call('ZREVRANGE', key('revisions', ARGV[1]), place, place + 99)
  if #jobs == 0 then return {} end
  for _, job in ipairs(jobs) do
    local row = call('HMGET', key('job', job), 'ended', 'state')
    if ARGV[2] ~= '1' or (row[1] == '1' and row[2] ~= 'FAILED') then return row_of(job) end
  end
  place = place + #jobs
end
""",
    # 1 offset, 2 limit
    "datasets": """
local rows = {}
if ARGV[2] == '0' then return rows end
for i, member in ipairs(call('ZRANGE', 'profiler:datasets', ARGV[1], ARGV[1] + ARGV[2] - 1)) do
  local id = string.sub(member, -36)
  local row = call('HMGET', key('dataset', id), 'name', 'last_revision', 'published_revision')
  rows[i] = {id, row[1], row[2], row[3] or ''}
end
return rows
""",
}

CATALOGUE_SCRIPTS = {name: PRELUDE + body for name, body in _BODIES.items()}
