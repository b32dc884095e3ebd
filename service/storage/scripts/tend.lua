-- Renew claims, or end them. Only those that are still theirs by number and moderator.
-- KEYS: each claim
-- ARGV: 1 milliseconds, 0 to end them, 2.. what each claim must say: its number and moderator
-- Answers when the claims end (milliseconds), then 1 for each that was theirs, else 0.
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= 'string' then
    return redis.error_reply('WRONGTYPE a key of this claim holds something else')
  end
end
local time = redis.call('TIME')
local answer = {time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])}
for i, key in ipairs(KEYS) do
  local theirs = redis.call('GET', key) == ARGV[1 + i]
  if theirs and ARGV[1] == '0' then
    redis.call('GETDEL', key)
  elseif theirs then
    redis.call('SET', key, ARGV[1 + i], 'PX', ARGV[1])
  end
  answer[#answer + 1] = theirs and 1 or 0
end
return answer
