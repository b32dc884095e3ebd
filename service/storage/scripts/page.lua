-- Read one page of what a thread shows.
-- KEYS: 1 thread, 2 shown index. ARGV: 1 what comment keys begin with, 2 sort, 3 id to go on after or '', 4 limit
-- Answers {version, count, more, time in ms, closed, slow, days, since, notice, version of 1, status of 1, record of 1, ...}.
local thread = redis.call('HMGET', KEYS[1], 'v', 'n', 'closed', 'slow', 'cad', 'since', 'notice', 'key')
local time = redis.call('TIME')
local limit = tonumber(ARGV[4])
local ids
if ARGV[2] == 'newest' then
  local from = ARGV[3] == '' and '+' or '(' .. ARGV[3]
  ids = redis.call('ZREVRANGEBYLEX', KEYS[2], from, '-', 'LIMIT', 0, limit + 1)
else
  local from = ARGV[3] == '' and '-' or '(' .. ARGV[3]
  ids = redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, limit + 1)
end
local answer = {thread[1] or '0', thread[2] or '0', #ids > limit and 1 or 0,
  time[1] * 1000 + math.floor(time[2] / 1000)}
for i = 3, 8 do answer[#answer + 1] = thread[i] or '' end
for i = 1, math.min(#ids, limit) do
  local comment = redis.call('HMGET', ARGV[1] .. ids[i], 'v', 's', 'r')
  if comment[3] then
    answer[#answer + 1] = comment[1]
    answer[#answer + 1] = comment[2]
    answer[#answer + 1] = comment[3]
  end
end
return answer
