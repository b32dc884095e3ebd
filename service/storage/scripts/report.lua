-- Count one report against its limits, and keep it with the comment, or say why not.
-- KEYS: 1 comment, 2 its reports, 3 index of reported comments, 4 the reporter's open reports, 5 tally,
--       6 limit of the address, 7 limit of the reporter
-- ARGV: 1 report id, 2 comment id or '' (count only), 3 version as read, 4 version of the text, 5 reporter, 6 address,
--       7 record, 8 weight, 9 illegal (1 or 0), 10 how many are kept, 11 how many of one reporter are open,
--       12 how long they are kept in ms, 13 tally's field, 14 limited (1 or 0), 15 interval and 16 burst in microseconds
-- The reports are a hash: `t` the text's version, `p:REPORTER` a record, `a:ADDRESS` seen before.
-- Every check stands before the first write: Lua does not roll back.
local wants = {'hash', 'hash', 'zset', 'zset', 'hash', 'string', 'string'}
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= wants[i] then
    return redis.error_reply('WRONGTYPE a key of this report holds something else')
  end
end
local counted = redis.call('HGET', KEYS[5], ARGV[13])
if counted and not (string.find(counted, '^%d+$') and #counted < 18) then
  return redis.error_reply('WRONGTYPE a tally of this report is no number')
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local set = {}
if ARGV[14] == '1' then
  local interval, burst = tonumber(ARGV[15]), tonumber(ARGV[16])
  for i = 6, 7 do
    local due, last = string.match(redis.call('GET', KEYS[i]) or '', '^(%d+) (.*)$')
    -- A retry of this very call is counted already.
    if last ~= ARGV[1] then
      due = math.max(tonumber(due or '0'), now)
      if due - now > burst then return {'rate', math.ceil((due - now - burst) / 1000000)} end
      due = due + interval
      set[#set + 1] = {KEYS[i], string.format('%.0f', due) .. ' ' .. ARGV[1], math.ceil((due - now) / 1000)}
    end
  end
end
local answer, stale = 'stored', false
local comment = redis.call('HMGET', KEYS[1], 'v', 'i')
local known = redis.call('HMGET', KEYS[2], 't', 'p:' .. ARGV[5], 'a:' .. ARGV[6])
if ARGV[2] == '' then
  answer = 'known'
elseif comment[1] ~= ARGV[3] then
  answer = 'moved'
elseif ARGV[9] == '0' and comment[2] == ARGV[4] then
  answer = 'known'
else
  stale = known[1] and known[1] ~= ARGV[4]
  if known[2] and not stale then
    answer = 'known'
  elseif not stale and redis.call('HLEN', KEYS[2]) >= 2 * tonumber(ARGV[10]) then
    answer = 'full'
  elseif redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[11]) then
    answer = 'full'
  end
end
-- From here on only writes.
for _, limit in ipairs(set) do redis.call('SET', limit[1], limit[2], 'PX', limit[3]) end
if answer ~= 'stored' then return {answer} end
if stale then
  redis.call('PEXPIREAT', KEYS[2], 1)
  redis.call('ZREM', KEYS[3], ARGV[2])
end
local ends = math.floor(now / 1000) + tonumber(ARGV[12])
local first = redis.call('EXISTS', KEYS[2]) == 0
redis.call('HSET', KEYS[2], 't', ARGV[4], 'p:' .. ARGV[5], ARGV[7])
-- From the first report, so that no later one keeps its words for longer.
if first then redis.call('PEXPIREAT', KEYS[2], ends) end
local more = 0
if stale or not known[3] then
  redis.call('HSET', KEYS[2], 'a:' .. ARGV[6], '1')
  more = 1 + 100 * tonumber(ARGV[8])
end
local score = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[2]) or '0')
if ARGV[9] == '1' and score < 1000000 then more = more + 1000000 end
redis.call('ZADD', KEYS[3], score + more, ARGV[2])
redis.call('ZADD', KEYS[4], 0, ARGV[2])
redis.call('PEXPIREAT', KEYS[4], ends)
redis.call('HINCRBY', KEYS[5], ARGV[13], 1)
return {'stored'}
