-- Move one comment by compare-and-set, with its indexes, counts, live event and queue entry; or decide nothing.
-- KEYS: 1 comment, 2 thread, 3 shown index, 4 index of the old status, 5 index of the new status, 6 look index,
--       7 author index, 8 attempts, 9 entry's stream, 10 buried stream, 11 live stream, 12 decided stream,
--       13 decided count, 14 freeze, 15 claim, 16 tally, 17.. risk indexes; where the text goes or is another: blocks,
--       address that the comment came from
-- ARGV: 1 move id, 2 expected version, 3 old status, 4 new status, 5 new version, 6 record, 7 id, 8 thread hash,
--       9 look (1 or 0), 10 entry id or '', 11 group, 12 channel, 13 what comment keys begin with,
--       14 error that buries or '', 15 requeue (1 or 0), 16 site, 17 how many of a worker's decisions are kept for
--       shadows to read (0: this is none), 18 who decides (machine, author, moderator or other), 19 who by name,
--       20 the claim's number or '', 21, 22 what a block of the writer would name, of author and address, or '', 23 how
--       many risk indexes there are, 24 how many tallies follow; their names; a score per risk index or '';
--       the last six: whether people rejected it (1 or 0), audit trail, a moderator's act or '', how many acts are
--       kept, channel of the site, its news
-- Every check stands before the first write: Lua does not roll back.
local function is(key, want)
  local kind = redis.call('TYPE', key).ok
  return kind == 'none' or kind == want
end
-- A whole number that HINCRBY will take, or nothing where there should be one and is not.
local function whole(value)
  return string.find(value or '0', '^%-?%d+$') and #(value or '0') < 18 and tonumber(value or '0')
end
local wants = {'hash', 'hash', 'zset', 'zset', 'zset', 'zset', 'zset', 'hash', 'stream', 'stream', 'stream',
  'stream', 'string', 'string', 'string', 'hash'}
local risks, tallies = tonumber(ARGV[23]), tonumber(ARGV[24])
local blocks, address = KEYS[17 + risks], KEYS[18 + risks]
wants[18 + risks] = 'string'
for i, key in ipairs(KEYS) do
  if not is(key, wants[i] or 'zset') then
    return redis.error_reply('WRONGTYPE a key of this move holds something else')
  end
end
-- The trail is no declared key: a worker's user may not touch it, and has no act to note.
local trail, act, acts_kept, site_channel, news = unpack(ARGV, #ARGV - 4)
if act ~= '' and not is(trail, 'stream') then
  return redis.error_reply('WRONGTYPE the audit trail holds something else')
end
local id, before, after = ARGV[7], ARGV[3], ARGV[4]
local function acknowledge()
  if ARGV[10] == '' then return end
  redis.call('HDEL', KEYS[8], ARGV[10])
  -- A group that is gone makes XACK an error only where the stream is gone too: XACK answers 0 then.
  redis.call('XACK', KEYS[9], ARGV[11], ARGV[10])
  redis.call('XDEL', KEYS[9], ARGV[10])
end
local stored = redis.call('HMGET', KEYS[1], 'v', 's', 'm', 'n', 'u', 'h', 'f')
if not stored[1] then
  acknowledge()
  return {'gone'}
end
-- A retry of this very call: its own work is already there.
if stored[3] == ARGV[1] then
  acknowledge()
  return {'ok'}
end
if stored[1] ~= ARGV[2] or stored[2] ~= before then
  local record = redis.call('HGET', KEYS[1], 'r')
  acknowledge()
  return {'lost', stored[1], stored[2], record}
end
local frozen = redis.call('GET', KEYS[14])
-- Frozen after the verdict was made: the entry stays, and is judged again as the freeze demands.
if frozen and ARGV[18] == 'machine' and after ~= 'held' then return {'frozen'} end
if frozen == 'closed' and ARGV[15] == '1' and ARGV[18] == 'author' then return {'closed'} end
-- Whoever is blocked writes nothing anew.
if blocks and ARGV[15] == '1' and ARGV[18] == 'author' then
  local time = redis.call('TIME')
  for i = 21, 22 do
    local ends = ARGV[i] ~= '' and redis.call('ZSCORE', blocks, ARGV[i])
    if ends and tonumber(ends) > time[1] * 1000 + time[2] / 1000 then return {'blocked'} end
  end
end
-- A legal hold keeps the text: no deletion, and no rewriting by its author.
if stored[6] and (after == 'deleted' or (after == 'pending' and ARGV[18] == 'author')) then
  local time = redis.call('TIME')
  if tonumber(stored[6]) > time[1] * 1000 + time[2] / 1000 then
    acknowledge()
    return {'on hold'}
  end
end
-- A claim is `number moderator`, and `f` remembers the last number: an older one is refused even when its claim ran out.
if ARGV[18] == 'moderator' then
  local claim = redis.call('GET', KEYS[15])
  local holder = claim and string.match(claim, ' (.+)$')
  if holder and holder ~= ARGV[19] then return {'claimed', claim} end
  if ARGV[20] ~= '' and ARGV[20] ~= stored[7] then return {'claimed', claim or ''} end
end
local counted_before = tallies > 0 and redis.call('HMGET', KEYS[16], unpack(ARGV, 25, 24 + tallies)) or {}
for i = 1, tallies do
  if not whole(counted_before[i] or nil) then
    return redis.error_reply('WRONGTYPE a tally of this move is no number')
  end
end
local counts = redis.call('HMGET', KEYS[2], 'n', 'v')
local told = ARGV[17] ~= '0' and redis.call('GET', KEYS[13]) or nil
if not (whole(counts[1]) and whole(counts[2]) and whole(stored[4]) and whole(told or nil)) then
  return redis.error_reply('WRONGTYPE a counter of this move is no number')
end
-- What the thread lists: approved comments, and withdrawn ones with listed replies (placeholders).
local chain = {}
local listed = redis.call('ZSCORE', KEYS[3], id) and true or false
local lists = after == 'approved' or whole(stored[4]) > 0
local delta = (lists and 1 or 0) - (listed and 1 or 0)
local change, parent = delta, stored[5]
while change ~= 0 and parent and #chain < 400 do
  local key = ARGV[13] .. parent
  if not is(key, 'hash') then
    return redis.error_reply('WRONGTYPE an ancestor of this comment holds something else')
  end
  local up = redis.call('HMGET', key, 's', 'n', 'u')
  if not up[1] then break end
  if not whole(up[2]) then
    return redis.error_reply('WRONGTYPE a counter of this move is no number')
  end
  local replies = whole(up[2]) + change
  local was = redis.call('ZSCORE', KEYS[3], parent) and 1 or 0
  local will = (up[1] == 'approved' or replies > 0) and 1 or 0
  chain[#chain + 1] = {key, parent, change, will - was}
  change, parent = will - was, up[3]
end
-- The text that goes: it is a repeat of nothing any more, and may be sent again.
local text, twin
if after == 'deleted' or (after == 'pending' and ARGV[18] == 'author') then
  local lane, site = string.match(KEYS[1], '^(gp:%b{}:)c:([^:]*):')
  local said = redis.call('HMGET', KEYS[1], 'x', 'e')
  text = said[1] and lane .. 'tx:' .. site .. ':' .. said[1]
  twin = said[2] and lane .. 'du:' .. site .. ':' .. said[2]
  if (text and not is(text, 'zset')) or (twin and not is(twin, 'string')) then
    return redis.error_reply('WRONGTYPE what counts the text of this comment holds something else')
  end
end
-- From here on only writes.
redis.call('HSET', KEYS[1], 'v', ARGV[5], 's', after, 'r', ARGV[6], 'm', ARGV[1])
if after == 'approved' then redis.call('HSET', KEYS[1], 'p', ARGV[8]) end
if before ~= after then
  redis.call('ZREM', KEYS[4], id)
  redis.call('ZADD', KEYS[5], 0, id)
end
if ARGV[9] == '1' then redis.call('ZADD', KEYS[6], 0, id) else redis.call('ZREM', KEYS[6], id) end
if after == 'deleted' then redis.call('ZREM', KEYS[7], id) end
-- The shadows' scores are of the text that was; shadow.lua bounds how many there are.
if after == 'deleted' or after == 'pending' then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 2) == 'z:' then redis.call('HDEL', KEYS[1], field) end
  end
end
if text then redis.call('ZREM', text, id) end
if twin and redis.call('GET', twin) == id then redis.call('GETDEL', twin) end
if text or twin then redis.call('HDEL', KEYS[1], 'x', 'e') end
-- That people rejected it: an author's record is made of this. A remark leaves it as it is.
if before ~= after then
  if before == 'rejected' then redis.call('HDEL', KEYS[1], 'd') end
  if ARGV[#ARGV - 5] == '1' then redis.call('HSET', KEYS[1], 'd', '1') end
end
-- Not DEL, which the API's own user must not have: it deletes whatever is named.
redis.call('GETDEL', KEYS[15])
if address and after == 'deleted' then redis.call('GETDEL', address) end
for i = 25, 24 + tallies do redis.call('HINCRBY', KEYS[16], ARGV[i], 1) end
for i = 17, 16 + risks do
  local score = ARGV[i + 8 + tallies]
  if score == '' then redis.call('ZREM', KEYS[i], id) else redis.call('ZADD', KEYS[i], score, id) end
end
local function list(step, member)
  if step > 0 then redis.call('ZADD', KEYS[3], 0, member) end
  if step < 0 then redis.call('ZREM', KEYS[3], member) end
end
list(delta, id)
for _, link in ipairs(chain) do
  redis.call('HINCRBY', link[1], 'n', link[3])
  list(link[4], link[2])
end
local counted = (after == 'approved' and 1 or 0) - (before == 'approved' and 1 or 0)
local count = redis.call('HINCRBY', KEYS[2], 'n', counted)
if counted ~= 0 or delta ~= 0 or after == 'approved' or listed then redis.call('HINCRBY', KEYS[2], 'v', 1) end
redis.call('PUBLISH', ARGV[12], id .. ' ' .. before .. ' ' .. after .. ' ' .. ARGV[5] .. ' ' .. count)
redis.call('PUBLISH', site_channel, news)
if act ~= '' then redis.call('XADD', trail, 'MAXLEN', acts_kept, '*', 'i', ARGV[1], 'r', act) end
if ARGV[15] == '1' then redis.call('XADD', KEYS[11], '*', 's', ARGV[16], 'i', id, 'v', ARGV[5]) end
if ARGV[14] ~= '' then
  redis.call('XADD', KEYS[10], '*', 's', ARGV[16], 'i', id, 'v', ARGV[5], 'e', ARGV[14])
end
if ARGV[17] ~= '0' then
  local number = redis.call('INCR', KEYS[13])
  redis.call('XADD', KEYS[12], 'MAXLEN', '~', ARGV[17], '*', 's', ARGV[16], 'i', id, 'v', ARGV[5], 'n', number)
end
acknowledge()
return {'ok'}
