-- Store one submission whole, or refuse it and write nothing.
-- KEYS: 1 comment, 2 idempotency, 3 thread, 4 pending index, 5 author index, 6 stream,
--       7 rate of the address, 8 rate of the author, 9 rate of new threads, 10 parent comment, 11 site, 12 freeze,
--       13 stream of what a site has waiting beyond its share, 14 blocks, 15 when its writer last wrote to the thread,
--       16 address that the comment came from; the last: the first comment that said the same there
-- ARGV: 1 id, 2 site, 3 record, 4 thread key, 5 thread hash, 6 url, 7 title, 8 title verified (1 or 0),
--       9 fingerprint or '', 10 secret id, 11 idempotency ms, 12 lane backlog, 13 site backlog (0: no bound),
--       14 has parent, 15 limited, 16.. interval and burst of 7, 8, 9 in microseconds, 22 parent id,
--       23 site's share of the stream (0: no bound), 24 seconds between two comments of a writer and 25 days until the
--       thread closes (0: never), where it says nothing itself, 26, 27 what a block of the writer would name, of author
--       and address, or '', 28 whether slow mode counts the writer (1 or 0), 29 address or '', 30 how long it is kept;
--       the last two: what makes it the same one as another, or '', and for how many milliseconds
-- Every check stands before the first write: Lua does not roll back.
local function is(key, want)
  local kind = redis.call('TYPE', key).ok
  return kind == 'none' or kind == want
end
if not (is(KEYS[1], 'hash') and is(KEYS[2], 'string') and is(KEYS[3], 'hash') and is(KEYS[4], 'zset')
    and is(KEYS[5], 'zset') and is(KEYS[6], 'stream') and is(KEYS[7], 'string') and is(KEYS[8], 'string')
    and is(KEYS[9], 'string') and is(KEYS[10], 'hash') and is(KEYS[11], 'string')
    and is(KEYS[12], 'string') and is(KEYS[13], 'stream') and is(KEYS[14], 'zset') and is(KEYS[15], 'string')
    and is(KEYS[16], 'string') and is(KEYS[#KEYS], 'string')) then
  return redis.error_reply('WRONGTYPE a key of this submission holds something else')
end
-- A retry of this very call: its own work is already there.
if redis.call('EXISTS', KEYS[1]) == 1 then return {'ok', ARGV[1], ARGV[10]} end
-- A process may remember a site for some seconds after it was removed.
if redis.call('EXISTS', KEYS[11]) == 0 then return {'site'} end
if ARGV[9] ~= '' then
  local known = redis.call('GET', KEYS[2])
  if known then
    local print, id, secret = string.match(known, '^(.-):(.-):(.*)$')
    if print ~= ARGV[9] then return {'mismatch'} end
    return {'replay', id, secret}
  end
end
if redis.call('GET', KEYS[12]) == 'closed' then return {'frozen', redis.call('PTTL', KEYS[12])} end
local time = redis.call('TIME')
local millis = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 26, 27 do
  local ends = ARGV[i] ~= '' and redis.call('ZSCORE', KEYS[14], ARGV[i])
  if ends and tonumber(ends) > millis then return {'blocked'} end
end
local thread = redis.call('HMGET', KEYS[3], 'key', 'closed', 'v', 'slow', 'cad', 'since')
if thread[2] == '1' then return {'closed'} end
local days = tonumber(thread[5] or ARGV[25])
if thread[1] and days > 0 then
  -- Of what was made before threads knew when: versions start at the time.
  local since = tonumber(thread[6] or string.sub(thread[3] or '', 1, 13)) or millis
  if millis - since >= days * 86400000 then return {'closed'} end
end
if ARGV[14] == '1' then
  local parent = redis.call('HMGET', KEYS[10], 's', 'p')
  if parent[2] ~= ARGV[5] then return {'parent'} end
  if parent[1] ~= 'approved' then return {'withdrawn'} end
end
local slow = ARGV[28] == '1' and tonumber(thread[4] or ARGV[24]) * 1000 or 0
if slow > 0 then
  local last = tonumber(redis.call('GET', KEYS[15]) or '')
  if last and millis - last < slow then return {'slow', math.ceil((last + slow - millis) / 1000)} end
end
local twin = ARGV[#ARGV - 1]
local first = twin ~= '' and redis.call('GET', KEYS[#KEYS])
if first then
  -- What was rewritten or withdrawn since says something else now.
  local key = string.sub(KEYS[1], 1, -1 - #ARGV[1]) .. first
  if is(key, 'hash') and redis.call('HGET', key, 'e') == twin then return {'duplicate'} end
end
local waiting = redis.call('XLEN', KEYS[6]) + redis.call('XLEN', KEYS[13])
local of_site = redis.call('ZCARD', KEYS[4])
local backlog, site_backlog, share = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[23])
if backlog > 0 and waiting >= backlog then return {'full', waiting} end
if site_backlog > 0 and of_site >= site_backlog then return {'full', site_backlog} end
local set = {}
if ARGV[15] == '1' then
  local now = time[1] * 1000000 + time[2]
  local kinds = {'address', 'author', 'threads'}
  for i = 1, 3 do
    if i < 3 or not thread[1] then
      local interval, burst = tonumber(ARGV[14 + 2 * i]), tonumber(ARGV[15 + 2 * i])
      local state = redis.call('GET', KEYS[6 + i]) or ''
      local due = tonumber(string.match(state, '^%d+') or '') or now
      if due < now then due = now end
      if due - now > burst then
        return {'rate', kinds[i], math.ceil((due - now - burst) / 1000000)}
      end
      due = due + interval
      set[#set + 1] = {KEYS[6 + i], string.format('%.0f', due), math.ceil((due - now) / 1000)}
      if i == 2 then set[2][4] = string.match(state, ' (.*)$') or '' end
    end
  end
end
if set[2] then
  -- An author's state remembers, as long as any of them counts, the last 8 addresses that were counted with it: who
  -- erases the author finds by it what else limits them.
  local address, known = string.match(KEYS[7], '[^:]*$'), set[2][4]
  if not string.find(known, address, 1, true) then known = string.sub(address .. ' ' .. known, 1, 263) end
  set[2][2] = set[2][2] .. ' ' .. known
  for _, rate in ipairs(set) do set[2][3] = math.max(set[2][3], rate[3]) end
  set[2][3] = math.max(set[2][3], redis.call('PTTL', KEYS[8]))
end
-- From here on only writes.
redis.call('HSET', KEYS[1], 'v', '1', 's', 'pending', 'r', ARGV[3])
if ARGV[9] ~= '' then redis.call('HSET', KEYS[1], 'k', string.match(KEYS[2], '[^:]*$')) end
if ARGV[14] == '1' then redis.call('HSET', KEYS[1], 'u', ARGV[22]) end
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('ZADD', KEYS[5], 0, ARGV[1])
if not thread[1] then
  -- The version starts at the time, so that a thread wiped and made again never repeats an ETag.
  redis.call('HSET', KEYS[3], 'key', ARGV[4], 'v', time[1] .. '000', 'n', '0', 'since', string.format('%.0f', millis))
end
if ARGV[6] ~= '' then redis.call('HSETNX', KEYS[3], 'url', ARGV[6]) end
if ARGV[7] ~= '' then
  if ARGV[8] == '1' then
    redis.call('HSET', KEYS[3], 'title', ARGV[7], 'tv', '1')
  else
    redis.call('HSETNX', KEYS[3], 'title', ARGV[7])
  end
end
for _, rate in ipairs(set) do redis.call('SET', rate[1], rate[2], 'PX', rate[3]) end
if slow > 0 then redis.call('SET', KEYS[15], string.format('%.0f', millis), 'PX', slow) end
if ARGV[29] ~= '' then redis.call('SET', KEYS[16], ARGV[29], 'PX', ARGV[30]) end
if ARGV[9] ~= '' then
  redis.call('SET', KEYS[2], ARGV[9] .. ':' .. ARGV[1] .. ':' .. ARGV[10], 'PX', ARGV[11])
end
if twin ~= '' then
  redis.call('HSET', KEYS[1], 'e', twin)
  redis.call('SET', KEYS[#KEYS], ARGV[1], 'PX', ARGV[#ARGV])
end
-- A site that floods waits behind the others, not before them.
local stream = share > 0 and of_site >= share and KEYS[13] or KEYS[6]
redis.call('XADD', stream, '*', 's', ARGV[2], 'i', ARGV[1], 'v', '1')
return {'ok', ARGV[1], ARGV[10]}
