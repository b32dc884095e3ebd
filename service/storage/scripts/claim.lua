-- Claim the first comments that nobody else has claimed. Run again, it finds its own claims and renews them.
-- KEYS: 1 counter of claims, then for each comment its hash and its claim
-- ARGV: 1 moderator, 2 how many at most, 3 milliseconds, 4.. each comment's version, '' for any
-- Answers when the claims end (milliseconds), then a number for each comment, 0 for one that was not claimed.
local function is(key, want)
  local kind = redis.call('TYPE', key).ok
  return kind == 'none' or kind == want
end
for i, key in ipairs(KEYS) do
  if not is(key, i > 1 and i % 2 == 0 and 'hash' or 'string') then
    return redis.error_reply('WRONGTYPE a key of this claim holds something else')
  end
end
local count = redis.call('GET', KEYS[1]) or '0'
if not (string.find(count, '^%d+$') and #count < 16) then
  return redis.error_reply('WRONGTYPE the counter of claims is no number')
end
local time = redis.call('TIME')
local answer = {time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])}
local left = tonumber(ARGV[2])
for i = 2, #KEYS, 2 do
  local number = 0
  local stored = left > 0 and redis.call('HMGET', KEYS[i], 'v', 's') or {}
  local decided = stored[2] == 'held' or stored[2] == 'approved' or stored[2] == 'rejected'
  if decided and (ARGV[3 + i / 2] == '' or stored[1] == ARGV[3 + i / 2]) then
    local claim = redis.call('GET', KEYS[i + 1])
    local own, by = string.match(claim or '', '^(%d+) (.*)$')
    if by == ARGV[1] then
      number = tonumber(own)
    elseif not claim then
      number = redis.call('INCR', KEYS[1])
      redis.call('HSET', KEYS[i], 'f', number)
    end
    if number > 0 then
      left = left - 1
      redis.call('SET', KEYS[i + 1], string.format('%.0f', number) .. ' ' .. ARGV[1], 'PX', ARGV[3])
    end
  end
  answer[#answer + 1] = number
end
return answer
